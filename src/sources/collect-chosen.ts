import { shownUrl } from '../reading/source-url.ts';
import { collectSources } from './collecting/collect-sources.ts';
import type { CollectPorts } from './collecting/collect-source.ts';
import { publicPoll, type PublicPoll } from './public-poll.ts';
import { chooseSource, listDueSources, listSources } from './source-store.ts';

/** Which sources staff want to have read now. */
export interface CollectChoice {
  /** By id or address: these, due or not. */
  readonly named: readonly string[];
  /** Where none is named: all that are active, and not only those that are due. */
  readonly isForced: boolean;
}

/** The sources that a choice means, each once. */
export interface ChosenSources {
  readonly sources: readonly { readonly id: string; readonly shownUrl: string }[];
  /** They are read whether they are due or not. */
  readonly isForced: boolean;
}

/** Finds the sources that staff mean. @throws NotFoundError */
export async function chooseSources(
  { database, clock }: Pick<CollectPorts, 'database' | 'clock'>,
  { named, isForced }: CollectChoice,
): Promise<ChosenSources> {
  const all = await listSources(database);
  const urls = new Map(all.map((source) => [source.id, shownUrl(source.url)]));
  const ids =
    named.length > 0
      ? await Promise.all(named.map(async (idOrUrl) => (await chooseSource(database, idOrUrl)).id))
      : isForced
        ? all.filter(({ state }) => state === 'active').map(({ id }) => id)
        : await listDueSources(database, clock());
  return {
    sources: [...new Set(ids)].map((id) => ({ id, shownUrl: urls.get(id) ?? id })),
    isForced: isForced || named.length > 0,
  };
}

/** Reads the chosen sources, a few at a time, and hands what each came to on as it comes, with the address of its source. */
export async function collectChosen(
  ports: CollectPorts,
  { sources, isForced }: ChosenSources,
  onPoll: (poll: PublicPoll, shownUrl: string) => void,
): Promise<PublicPoll[]> {
  const urls = new Map(sources.map((source) => [source.id, source.shownUrl]));
  const polls: PublicPoll[] = [];
  await collectSources(ports, [...urls.keys()], { force: isForced }, (report) => {
    const poll = publicPoll(report);
    polls.push(poll);
    onPoll(poll, urls.get(poll.sourceId) ?? poll.sourceId);
  });
  return polls;
}

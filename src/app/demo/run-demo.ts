import type { EditionPorts } from '../../editions/edition-ports.ts';
import { deliveryCounts } from '../../ledger/queue/delivery-report-store.ts';
import { listEditions } from '../../ledger/drafts/edition-store.ts';
import { getNewsletter, listNewsletters } from '../../newsletters/newsletter-store.ts';
import { collectSource } from '../../sources/collecting/collect-source.ts';
import { freeSource } from '../../sources/collecting/poll-store.ts';
import { describeReport } from '../../sources/collecting/report-words.ts';
import { listSources } from '../../sources/source-store.ts';
import { createNoticeRenderer } from '../../render/mails/render-notice.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import { listSentEditions } from '../../editions/archive-store.ts';
import { collectPorts } from '../collect-ports.ts';
import { localUrlOf } from '../config.ts';
import type { Store } from '../open-store.ts';
import { runFirstEditions, type FirstEditions } from './run-first-editions.ts';
import { setUpSample } from './set-up-sample.ts';
import { templatesFolder } from '../../kernel/package-root.ts';

/** What the demo is made of. */
export interface DemoParts {
  readonly store: Store;
  readonly editing: EditionPorts;
  readonly reader: SourceReader;
}

/** What a start did with the sample newsletter. */
export interface Demo {
  readonly slug: string;
  /** One sentence for each source that was read. */
  readonly collected: readonly string[];
  /** Whether every source of it was read at least once. */
  readonly isRead: boolean;
  readonly editions: FirstEditions;
  /** The first of this start, or the newest of earlier ones; undefined where none was sent. */
  readonly editionToShow: string | undefined;
  /** Deliveries of earlier starts that are still to be sent, such as those that were on their way when a process was killed. */
  readonly openCount: number;
}

type PreparedDemo = Omit<Demo, 'editions' | 'editionToShow' | 'openCount'>;

/** Sets the sample up where it is missing, and reads its sources if they are due. Undefined when staff removed the sample. */
export async function prepareDemo({ store, editing, reader }: DemoParts): Promise<PreparedDemo | undefined> {
  const { database, queue, clock, secrets } = store;
  const notices = await createNoticeRenderer({ templatesFolder });
  const people = {
    database,
    clock,
    addressKeySecret: secrets.addressKey,
    enqueue: queue.enqueue,
    publicUrl: editing.publicUrl,
    tokenKeys: secrets.tokenKeys,
    notices,
  };
  await setUpSample(store, people, localUrlOf(store.config));
  const newsletter = (await listNewsletters(database)).find((each) => each.isSample);
  if (!newsletter) return undefined;
  const ports = await collectPorts(store, reader);
  const collected: string[] = [];
  for (const source of await listSources(database, newsletter.id)) {
    // Nobody else reads it: the start has the data folder for itself, so a claim on it is that of a process that died.
    await freeSource(database, source.id);
    const report = await collectSource(ports, source.id, { force: source.firstReadAt === null });
    if (report.outcome !== 'not_due') collected.push(`${source.url}: ${describeReport(report)}`);
  }
  const isRead = (await listSources(database, newsletter.id)).every((source) => source.firstReadAt !== null);
  return { slug: newsletter.slug, collected, isRead };
}

/** Sends the sample newsletter once in its life, when all its sources were read; the worker must run. */
export async function sendDemo({ editing }: DemoParts, prepared: PreparedDemo): Promise<Demo> {
  const editions = prepared.isRead ? await runFirstEditions(editing) : [];
  const newsletter = await getNewsletter(editing.database, prepared.slug);
  const [latest] = await listSentEditions(editing.database, { newsletterId: newsletter.id, limit: 1 });
  let openCount = 0;
  for (const { id, endedAt } of await listEditions(editing.database, { newsletterId: newsletter.id })) {
    const { queued, sending } = endedAt === null ? await deliveryCounts(editing.database, id) : { queued: 0, sending: 0 };
    openCount += queued + sending;
  }
  return { ...prepared, editions, editionToShow: editions[0]?.id ?? latest?.id, openCount };
}

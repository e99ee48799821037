import type { WordPressExtras, WordPressMedia, WordPressReferences } from '../formats/read-wordpress.ts';
import { SourceError, type SourceErrorCode } from '../source-error.ts';
import { fetchList, fetchPage, pageCountOf, perPage, type Api } from './wordpress-api.ts';

/** Faults of the moment; others stay, and waiting for them to pass would cost the posts as well. */
const passingFaults: ReadonlySet<SourceErrorCode> = new Set(['dns', 'unknown_host', 'connect', 'tls', 'timeout']);

/** What further requests brought, and what they were refused. */
export interface FetchedExtras {
  readonly found: WordPressExtras;
  readonly problems: string[];
}

/**
 * Attached documents and unnamed terms. A site that keeps them to itself costs a sentence, not the posts; one that cannot give them at the
 * moment is asked again for all: posts without their papers would look as if these had been taken away.
 */
export async function fetchExtras(api: Api, references: WordPressReferences): Promise<FetchedExtras> {
  const problems: string[] = [];
  const attempt = async <Found>(what: string, ids: readonly number[], fetchChunk: (ids: string) => Promise<Found[]>): Promise<Found[]> => {
    const found: Found[] = [];
    for (let at = 0; at < ids.length; at += perPage) {
      try {
        found.push(...(await fetchChunk(ids.slice(at, at + perPage).join(','))));
      } catch (error) {
        if (!(error instanceof SourceError) || passingFaults.has(error.code) || api.budget.isSpent()) throw error;
        problems.push(`The site does not show ${what}: ${error.message}.`);
        return found;
      }
    }
    return found;
  };
  const idsOf = (taxonomy: 'categories' | 'tags'): number[] => [
    ...new Set(references.missingTerms.filter((term) => term.taxonomy === taxonomy).map(({ id }) => id)),
  ];
  const media = [
    ...(await attempt('attached documents', references.postIds, (ids) => fetchMedia(api, { parent: ids, media_type: 'application' }))),
    ...(await attempt('linked attachments', references.attachmentIds, (ids) => fetchMedia(api, { include: ids }))),
  ];
  const terms = [
    ...(await attempt('its categories', idsOf('categories'), (ids) => fetchTerms(api, 'categories', ids))),
    ...(await attempt('its tags', idsOf('tags'), (ids) => fetchTerms(api, 'tags', ids))),
  ];
  return { found: { media: [...new Map(media.map((item) => [item.id, item])).values()], terms }, problems };
}

async function fetchMedia(api: Api, filter: Readonly<Record<string, string>>): Promise<WordPressMedia[]> {
  const parameters = { ...filter, per_page: String(perPage) };
  const first = await fetchList(api, 'media', parameters);
  const url = first.exchange.finalUrl;
  const media: WordPressMedia[] = [];
  const count = pageCountOf(api, first);
  // Each page is read before the next is asked for: of many only what they say is kept.
  for (let page = 1; page <= count; page++) {
    const response = page === 1 ? first : await fetchPage(api, 'media', parameters, page);
    if (response === undefined) break;
    media.push(...(await api.parts.parser.parse({ kind: 'wordpress-media', pages: [response.body], url })));
  }
  return media;
}

async function fetchTerms(api: Api, taxonomy: 'categories' | 'tags', ids: string): Promise<WordPressExtras['terms'][number][]> {
  const response = await fetchList(api, taxonomy, { include: ids, per_page: String(perPage) });
  return [...(await api.parts.parser.parse({ kind: 'wordpress-terms', pages: [response.body] }))];
}

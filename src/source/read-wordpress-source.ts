import { fetchUrl, type FetchedResponse } from './fetch-url.ts';
import { headerValue } from './http-caching.ts';
import type { SourceReading, SourceRequest } from './reading.ts';
import type { WordPressExtras, WordPressMedia, WordPressReferences } from './read-wordpress.ts';
import { documentFacts, hashOf, readFeedSource, statusOutcome, validatorsOf, type ReaderParts } from './read-feed-source.ts';
import { SourceError } from './source-error.ts';
import { apiUrl, feedUrl, wordPressSite, type WordPressSite } from './wordpress-url.ts';

/** The most that the API gives at once. */
const perPage = 100;
/** WordPress compares modified_after with the site's local time: no zone is further from UTC than this. */
const zoneMarginMs = 26 * 3_600_000;
/** Statuses by which plug-ins, firewalls and old versions close the API. */
const closedStatuses = new Set([400, 401, 403, 404, 405, 406, 415, 418, 451, 500, 501]);

interface Api {
  readonly site: WordPressSite;
  readonly style: 'path' | 'parameter';
  readonly parts: ReaderParts;
}

/** Reads a WordPress site through its REST API, or through its RSS where the API is closed. */
export async function readWordPressSource(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  const site = wordPressSite(request.url);
  for (const style of ['path', 'parameter'] as const) {
    const reading = await readApi({ site, style, parts }, request);
    if (reading !== undefined) return reading;
  }
  const { modifiedAfter: _, ...feedRequest } = request;
  return readFeedSource({ ...feedRequest, kind: 'feed', url: feedUrl(site) }, parts);
}

/** A reading, or undefined where the API is not there. */
async function readApi(api: Api, request: SourceRequest): Promise<SourceReading | undefined> {
  const filters = await filtersOf(api);
  if (filters === undefined) return undefined;
  const parameters = {
    per_page: String(perPage),
    _embed: 'author,wp:term,wp:featuredmedia',
    ...filters,
    ...(request.modifiedAfter !== undefined && { modified_after: new Date(request.modifiedAfter.getTime() - zoneMarginMs).toISOString() }),
  };
  const first = await fetchApi(api, 'posts', parameters, request);
  if (isClosed(first)) return undefined;
  const outcome = statusOutcome(first, request);
  if (outcome !== undefined) return outcome;
  const rest = await fetchMorePages(api, 'posts', parameters, first);
  return assemble(api, request, first, [first, ...rest]);
}

async function assemble(
  api: Api,
  request: SourceRequest,
  first: FetchedResponse,
  responses: readonly FetchedResponse[],
): Promise<SourceReading> {
  const { parser } = api.parts;
  const pages = responses.map(({ body }) => body);
  const bodyHash = hashOf(...pages);
  const references = await parser.parse({ kind: 'wordpress-references', pages: pages.map((page) => page.slice()) });
  const extras = await fetchExtras(api, references);
  const facts = { ...documentFacts(request, api.parts), url: first.exchange.finalUrl };
  const document = await parser.parse({ kind: 'wordpress', pages, extras: extras.found, facts });
  return {
    kind: 'read',
    document: { ...document, skipped: [...document.skipped, ...extras.problems] },
    exchange: first.exchange,
    bodyHash,
  };
}

function isJson(response: FetchedResponse): boolean {
  return /\bjson\b/i.test(response.contentType ?? '') || /^\s*[[{]/.test(Buffer.from(response.body.subarray(0, 64)).toString('latin1'));
}

/** Closed is also a 200 that is a web page. */
function isClosed(response: FetchedResponse): boolean {
  const { status } = response.exchange;
  return closedStatuses.has(status) || (status >= 200 && status < 300 && !isJson(response));
}

function fetchApi(
  api: Api,
  resource: string,
  parameters: Readonly<Record<string, string>>,
  request?: SourceRequest,
): Promise<FetchedResponse> {
  const url = apiUrl(api.site, api.style, resource, parameters);
  return fetchUrl({ url, accept: 'application/json', ...(request !== undefined && validatorsOf(request)) }, api.parts.fetch);
}

/** The pages after the first, as many as X-WP-TotalPages says and the entry limit allows. */
async function fetchMorePages(
  api: Api,
  resource: string,
  parameters: Readonly<Record<string, string>>,
  first: FetchedResponse,
): Promise<FetchedResponse[]> {
  const stated = Number(headerValue(first.headers, 'x-wp-totalpages') ?? 1);
  const count = Math.min(Number.isInteger(stated) ? stated : 1, Math.ceil(api.parts.fetch.limits.maxEntries / perPage));
  const pages: FetchedResponse[] = [];
  for (let page = 2; page <= count; page++) {
    const response = await fetchApi(api, resource, { ...parameters, page: String(page) });
    // The list shrank while it was read: what is gone needs no page.
    if (response.exchange.status === 400) break;
    if (response.exchange.status !== 200)
      throw new SourceError('http_status', `Expected page ${page} of ${count} of the REST API, got status ${response.exchange.status}`);
    pages.push(response);
  }
  return pages;
}

/** The API filters by id only: slugs are looked up. Undefined where it is closed. */
async function filtersOf(api: Api): Promise<Record<string, string> | undefined> {
  const filters: Record<string, string> = {};
  for (const taxonomy of ['categories', 'tags'] as const) {
    const terms = api.site[taxonomy];
    const slugs = terms.filter((term) => !/^\d+$/.test(term));
    const ids = terms.filter((term) => /^\d+$/.test(term));
    if (slugs.length > 0) {
      const response = await fetchApi(api, taxonomy, { slug: slugs.join(','), per_page: String(perPage) });
      if (response.exchange.status !== 200 || !isJson(response)) return undefined;
      const found = await api.parts.parser.parse({ kind: 'wordpress-terms', pages: [response.body] });
      if (found.length < slugs.length)
        throw new SourceError('not_a_feed', `Expected the ${taxonomy} ${slugs.join(', ')}, the site has ${found.length} of them`);
      ids.push(...found.map(({ id }) => String(id)));
    }
    if (ids.length > 0) filters[taxonomy] = ids.join(',');
  }
  return filters;
}

interface FetchedExtras {
  readonly found: WordPressExtras;
  readonly problems: string[];
}

/** Attached documents and unnamed terms. A site that keeps them to itself costs a sentence, not the posts. */
async function fetchExtras(api: Api, references: WordPressReferences): Promise<FetchedExtras> {
  const problems: string[] = [];
  const attempt = async <Found>(what: string, ids: readonly number[], fetchChunk: (ids: string) => Promise<Found[]>): Promise<Found[]> => {
    const found: Found[] = [];
    for (let at = 0; at < ids.length; at += perPage) {
      try {
        found.push(...(await fetchChunk(ids.slice(at, at + perPage).join(','))));
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
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
  const more = await fetchMorePages(api, 'media', parameters, first);
  return api.parts.parser.parse({ kind: 'wordpress-media', pages: [first, ...more].map(({ body }) => body), url: first.exchange.finalUrl });
}

async function fetchTerms(api: Api, taxonomy: 'categories' | 'tags', ids: string): Promise<WordPressExtras['terms'][number][]> {
  const response = await fetchList(api, taxonomy, { include: ids, per_page: String(perPage) });
  return [...(await api.parts.parser.parse({ kind: 'wordpress-terms', pages: [response.body] }))];
}

async function fetchList(api: Api, resource: string, parameters: Readonly<Record<string, string>>): Promise<FetchedResponse> {
  const response = await fetchApi(api, resource, parameters);
  if (response.exchange.status !== 200)
    throw new SourceError('http_status', `Expected a list of ${resource}, got status ${response.exchange.status}`);
  return response;
}

import { fetchUrl, type FetchedResponse } from './fetch-url.ts';
import { decodeText } from './decode-text.ts';
import { asObject, asText, parseJson } from './json-value.ts';
import type { SourceReading, SourceRequest } from './reading.ts';
import { withoutValidators } from './http-caching.ts';
import { documentFacts, hashOf, readFeedSource, statusOutcome, type ReaderParts } from './read-feed-source.ts';
import { SourceError } from './source-error.ts';
import { EndOfReading, fetchApi, fetchMorePages, isClosed, isOpen, perPage, type Api } from './wordpress-api.ts';
import { fetchExtras } from './wordpress-extras.ts';
import { apiIndexUrl, feedUrl, isTermId, wordPressSite, type WordPressSite } from './wordpress-url.ts';

/** WordPress compares modified_after with the site's local time: no zone is further from UTC than this. */
const zoneMarginMs = 26 * 3_600_000;

/** Reads a WordPress site through its REST API, or through the RSS that says the same where the API is closed. */
export async function readWordPressSource(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  const site = wordPressSite(request.url);
  try {
    const reading = (await readApi({ site, style: 'path', parts }, request)) ?? (await readByParameter(site, request, parts));
    if (reading !== undefined) return reading;
  } catch (error) {
    if (error instanceof EndOfReading) return error.reading;
    throw error;
  }
  const url = feedUrl(site);
  if (url === undefined)
    throw new SourceError(
      'http_status',
      `Expected the REST API of ${site.root}, which is closed; the feed knows categories and tags by slug only, as in "${site.root}category/news/"`,
    );
  const { modifiedAfter: _, ...feedRequest } = request;
  return readFeedSource({ ...feedRequest, kind: 'feed', url }, parts);
}

/**
 * By the parameter that WordPress takes on every page, and answers for the whole site: where nothing else limits the source, a page below
 * the root must first turn out to be a site of its own.
 */
async function readByParameter(site: WordPressSite, request: SourceRequest, parts: ReaderParts): Promise<SourceReading | undefined> {
  const api: Api = { site, style: 'parameter', parts };
  if (new URL(site.root).pathname === '/' || site.categories.length + site.tags.length > 0) return readApi(api, request);
  const home = await homeOf(api);
  if (home === undefined) return undefined;
  if (new URL(home).pathname.replace(/\/?$/, '/') === new URL(site.root).pathname) return readApi(api, request);
  throw new SourceError(
    'bad_url',
    `Expected a WordPress site, got a page of ${home}; name that for all posts, "…/category/name/" for one category, or the page's own feed, as a feed (${feedUrl(site)})`,
  );
}

/** Far more than the index has, with all routes of many plug-ins. */
const maxIndexBytes = 2_000_000;

/** The home of the site as the API's index states it. */
async function homeOf(api: Api): Promise<string | undefined> {
  const response = await fetchUrl({ url: apiIndexUrl(api.site), accept: 'application/json' }, api.parts.fetch);
  if (!isOpen(response) || response.body.length > maxIndexBytes) return undefined;
  const home = asText(asObject(parseJson(decodeText(response.body)))?.['home']);
  return home !== undefined && URL.canParse(home) ? home : undefined;
}

/** A reading, or undefined where the API is not there. */
async function readApi(api: Api, request: SourceRequest): Promise<SourceReading | undefined> {
  const filters = await filtersOf(api);
  if (filters === undefined) return undefined;
  const parameters = {
    per_page: String(perPage),
    _embed: 'author,wp:term,wp:featuredmedia',
    ...filters,
    ...(request.modifiedAfter !== undefined && { modified_after: startOfDay(request.modifiedAfter.getTime() - zoneMarginMs) }),
  };
  const first = await fetchApi(api, 'posts', parameters, request);
  if (isClosed(first)) return undefined;
  const outcome = statusOutcome(first, request);
  if (outcome !== undefined) return outcome;
  const rest = await fetchMorePages(api, 'posts', parameters, first);
  return assemble(api, request, first, [first, ...rest]);
}

/** The address must stay the same for a while: caches and validators belong to it. */
function startOfDay(atMs: number): string {
  return new Date(Math.floor(atMs / 86_400_000) * 86_400_000).toISOString();
}

async function assemble(
  api: Api,
  request: SourceRequest,
  first: FetchedResponse,
  responses: readonly FetchedResponse[],
): Promise<SourceReading> {
  const { parser } = api.parts;
  const pages = responses.map(({ body }) => body);
  const references = await parser.parse({ kind: 'wordpress-references', pages: pages.map((page) => page.slice()) });
  const extras = await fetchExtras(api, references);
  // What was attached later, or hidden for an hour, is news although no post changed.
  const bodyHash = hashOf(...pages, Buffer.from(JSON.stringify(extras.found)));
  const facts = { ...documentFacts(request, api.parts), url: first.exchange.finalUrl };
  const document = await parser.parse({ kind: 'wordpress', pages, extras: extras.found, facts });
  return {
    kind: 'read',
    document: { ...document, skipped: [...document.skipped, ...extras.problems] },
    // A 304 says that the posts are the same, and nothing of what was refused beside them.
    exchange: extras.problems.length === 0 ? first.exchange : withoutValidators(first.exchange),
    bodyHash,
  };
}

/** The API filters by id only: slugs are looked up. Undefined where it is closed. */
async function filtersOf(api: Api): Promise<Record<string, string> | undefined> {
  const filters: Record<string, string> = {};
  for (const taxonomy of ['categories', 'tags'] as const) {
    const terms = api.site[taxonomy];
    const slugs = terms.filter((term) => !isTermId(term));
    const ids = terms.filter(isTermId);
    if (slugs.length > 0) {
      const response = await fetchApi(api, taxonomy, { slug: slugs.join(','), per_page: String(perPage) });
      if (!isOpen(response)) return undefined;
      const found = await api.parts.parser.parse({ kind: 'wordpress-terms', pages: [response.body] });
      if (found.length < slugs.length)
        throw new SourceError('not_a_feed', `Expected the ${taxonomy} ${slugs.join(', ')}, the site has ${found.length} of them`);
      ids.push(...found.map(({ id }) => String(id)));
    }
    if (ids.length > 0) filters[taxonomy] = ids.join(',');
  }
  return filters;
}

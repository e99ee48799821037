import type { SourceDocument } from '../entry.ts';
import type { FetchedResponse } from '../fetch/fetch-url.ts';
import { decodeText } from '../decode/decode-text.ts';
import { asObject, asText, parseJson } from '../json/json-value.ts';
import type { Exchange, SourceReading, SourceRequest } from '../source-reader.ts';
import { withoutValidators } from '../fetch/http-caching.ts';
import { documentFacts, hashOf, readFeedSource, statusOutcome, type ReaderParts } from '../read-feed-source.ts';
import { SourceError } from '../source-error.ts';
import { createRequestBudget } from '../fetch/request-budget.ts';
import { EndOfReading, fetchApi, fetchPage, ifReadable, isClosed, isOpen, pageCountOf, perPage, type Api } from './wordpress-api.ts';
import { fetchExtras } from './wordpress-extras.ts';
import { apiIndexUrl, apiUrl, wordPressFeedUrl, isTermId, wordPressSite } from './wordpress-url.ts';

/** WordPress compares modified_after with the site's local time: no zone is further from UTC than this. */
const zoneMarginMs = 26 * 3_600_000;

/** Reads a WordPress site through its REST API, or through the RSS that says the same where the API is closed. */
export async function readWordPressSource(request: SourceRequest, parts: ReaderParts): Promise<SourceReading> {
  const site = wordPressSite(request.url);
  try {
    const api: Api = { site, style: 'path', parts, budget: createRequestBudget(parts.fetch) };
    const reading = (await readApi(api, request)) ?? (await readByParameter({ ...api, style: 'parameter' }, request));
    if (reading !== undefined) return reading;
  } catch (error) {
    if (error instanceof EndOfReading) return error.reading;
    throw error;
  }
  const url = wordPressFeedUrl(site);
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
async function readByParameter(api: Api, request: SourceRequest): Promise<SourceReading | undefined> {
  const { site } = api;
  if (new URL(site.root).pathname === '/' || site.categories.length + site.tags.length > 0) return readApi(api, request);
  const home = await homeOf(api);
  if (home === undefined) return undefined;
  if (new URL(home).pathname.replace(/\/?$/, '/') === new URL(site.root).pathname) return readApi(api, request);
  throw new SourceError(
    'bad_url',
    `Expected a WordPress site, got a page of ${home}; name that for all posts, "…/category/name/" for one category, or the page's own feed, as a feed (${wordPressFeedUrl(site)})`,
  );
}

/** Far more than the index has, with all routes of many plug-ins. */
const maxIndexBytes = 2_000_000;

/** The home of the site as the API's index states it. */
async function homeOf(api: Api): Promise<string | undefined> {
  const response = await api.budget.fetch({ url: apiIndexUrl(api.site), accept: 'application/json' });
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
  const moved = { ...first, exchange: { ...withSourceAddress(first.exchange, api, request.url), isApi: true as const } };
  const outcome = statusOutcome(moved, request);
  if (outcome !== undefined) return outcome;
  return ifReadable(readPages(api, request, parameters, moved));
}

/**
 * A permanent redirect of a request to the API says where the site lives now, and not that the source is this request: its date and the ids that
 * slugs were looked up as are those of today. Undefined where the API moved in itself.
 */
function withSourceAddress({ permanentUrl, ...exchange }: Exchange, { site, style }: Api, sourceUrl: string): Exchange {
  const apiPath = apiUrl(site, style, 'posts', {}).slice(site.root.length);
  const at = permanentUrl?.indexOf(apiPath) ?? -1;
  if (permanentUrl === undefined || at < 0) return exchange;
  const newRoot = permanentUrl.slice(0, at);
  const isMoved = newRoot !== site.root && `${sourceUrl}/`.startsWith(site.root);
  return isMoved ? { ...exchange, permanentUrl: `${newRoot}${sourceUrl.slice(site.root.length)}` } : exchange;
}

/** The address must stay the same for a while: caches and validators belong to it. */
function startOfDay(atMs: number): string {
  return new Date(Math.floor(atMs / 86_400_000) * 86_400_000).toISOString();
}

/**
 * Undefined for an answer in another language than was asked for. Reads page by page, each with what it refers to, so that no more than one page is held as it came. Where the site has more than one reading
 * may cost the newest posts are read, and the others left out: the newest stand first.
 */
async function readPages(
  api: Api,
  request: SourceRequest,
  parameters: Readonly<Record<string, string>>,
  first: FetchedResponse,
): Promise<SourceReading | undefined> {
  const pageCount = pageCountOf(api, first);
  const parts: ReadPage[] = [];
  const leftOut: string[] = [];
  for (let page = 1; page <= pageCount; page++) {
    try {
      const response = page === 1 ? first : await fetchPage(api, 'posts', parameters, page);
      if (response === undefined) break;
      parts.push(await readPage(api, request, response));
    } catch (error) {
      if (page === 1 || !api.budget.isSpent()) throw error;
      leftOut.push(`The site has ${pageCount} pages of posts, more than one reading may take: the first ${page - 1} were read.`);
      break;
    }
  }
  const documents = parts.map(({ document }) => document);
  if (documents.some((document) => isInAnotherLanguage(document, api))) return undefined;
  const problems = [...leftOut, ...parts.flatMap((part) => part.problems)];
  return {
    kind: 'read',
    document: {
      ...documents[0]!,
      entries: documents.flatMap(({ entries }) => entries),
      skipped: [...new Set([...documents.flatMap(({ skipped }) => skipped), ...problems])],
    },
    // A 304 says that the posts are the same, and nothing of what was refused beside them.
    exchange: problems.length === 0 ? first.exchange : withoutValidators(first.exchange),
    bodyHash: hashOf(...parts.map(({ hash }) => Buffer.from(hash))),
  };
}

/** Some sites know a language in their pages and feeds, and show the API whole: an answer in others is none to the question. */
function isInAnotherLanguage({ entries }: SourceDocument, { site }: Api): boolean {
  const asked = site.parameters.find(([name]) => name === 'lang')?.[1].toLowerCase();
  const languageOf = (tag: string): string => tag.toLowerCase().split(/[-_]/, 1)[0]!;
  if (asked === undefined || asked === '' || asked === 'all') return false;
  return entries.some(({ language }) => language !== undefined && languageOf(language) !== languageOf(asked));
}

interface ReadPage {
  readonly document: SourceDocument;
  readonly problems: readonly string[];
  readonly hash: string;
}

async function readPage(api: Api, request: SourceRequest, { body, exchange }: FetchedResponse): Promise<ReadPage> {
  const { parser } = api.parts;
  const references = await parser.parse({ kind: 'wordpress-references', pages: [body.slice()] });
  const extras = await fetchExtras(api, references);
  // What was attached later, or hidden for an hour, is news although no post changed.
  const hash = hashOf(body, Buffer.from(JSON.stringify(extras.found)));
  const facts = { ...documentFacts(request, api.parts), url: exchange.finalUrl };
  return {
    document: await parser.parse({ kind: 'wordpress', pages: [body], extras: extras.found, facts }),
    problems: extras.problems,
    hash,
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
      const found = await ifReadable(api.parts.parser.parse({ kind: 'wordpress-terms', pages: [response.body] }));
      if (found === undefined) return undefined;
      if (found.length < slugs.length)
        throw new SourceError('not_a_feed', `Expected the ${taxonomy} ${slugs.join(', ')}, the site has ${found.length} of them`);
      ids.push(...found.map(({ id }) => String(id)));
    }
    if (ids.length > 0) filters[taxonomy] = ids.join(',');
  }
  return filters;
}

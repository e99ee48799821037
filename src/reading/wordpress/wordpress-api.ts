/*
 * Requests to the REST API of a WordPress site, and what their answers mean: a list, a closed door, or a fault of the moment.
 * Invariant: a fault of the moment is never taken for a closed door, because behind another door there may be other posts.
 */
import type { FetchedResponse } from '../fetch/fetch-url.ts';
import { headerValue } from '../fetch/http-caching.ts';
import { statusOutcome, validatorsOf, type ReaderParts } from '../read-feed-source.ts';
import type { SourceReading, SourceRequest } from '../source-reader.ts';
import type { RequestBudget } from '../fetch/request-budget.ts';
import { beginsList } from '../json/find-list.ts';
import { SourceError } from '../source-error.ts';
import { apiUrl, type WordPressSite } from './wordpress-url.ts';

/** The most that the API gives at once. */
export const perPage = 100;
/** Statuses by which sites, plug-ins and firewalls close the API, or refuse what we ask of it, for good. Faults of the moment (5xx, 429) are none. */
const closedStatuses = new Set([400, 401, 403, 404, 405, 406, 418, 451]);

/** One way to the REST API of one site. */
export interface Api {
  readonly site: WordPressSite;
  readonly style: 'path' | 'parameter';
  readonly parts: ReaderParts;
  /** What all requests of the reading may cost together. */
  readonly budget: RequestBudget;
}

/** An answer that ends the whole reading, whichever of its requests it came to. */
export class EndOfReading extends Error {
  readonly reading: SourceReading;

  constructor(reading: SourceReading) {
    super(`The reading ends as ${reading.kind}`);
    this.reading = reading;
  }
}

// Plug-ins and PHP write some lines before a list, not more.
const junkLength = 65_536;

/** Whether an answer can hold a list, whatever its type says: PHP's warnings and lines of plug-ins stand before it at times. */
function mayHoldList(response: FetchedResponse): boolean {
  if (/\bjson\b/i.test(response.contentType ?? '') || /^\s*[[{]/.test(startOf(response))) return true;
  return beginsList.test(Buffer.from(response.body.subarray(0, junkLength)).toString('latin1'));
}

function startOf(response: FetchedResponse): string {
  return Buffer.from(response.body.subarray(0, 64)).toString('latin1');
}

/** Closed is also a 200 that is a web page, or one of the API's errors ("rest_disabled"). */
export function isClosed(response: FetchedResponse): boolean {
  const { status } = response.exchange;
  return closedStatuses.has(status) || (status >= 200 && status < 300 && (!mayHoldList(response) || isError(response)));
}

/** A list that cannot be read comes to a closed API: undefined. @throws what else went wrong */
export async function ifReadable<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceError && (error.code === 'not_a_feed' || error.code === 'parse')) return undefined;
    throw error;
  }
}

function isError(response: FetchedResponse): boolean {
  return /^\s*\{\s*"code"\s*:\s*"/.test(startOf(response));
}

/** True for an answer to use, false where the API, or this part of it, is closed. @throws EndOfReading for a fault of the moment. */
export function isOpen(response: FetchedResponse): boolean {
  if (isClosed(response) || response.exchange.status === 410) return false;
  const outcome = statusOutcome(response, {});
  if (outcome !== undefined) throw new EndOfReading(outcome);
  return true;
}

/** One request to the API; its status may be any. */
export async function fetchApi(
  api: Api,
  resource: string,
  parameters: Readonly<Record<string, string>>,
  request?: SourceRequest,
): Promise<FetchedResponse> {
  const url = apiUrl(api.site, api.style, resource, parameters);
  const validators = request === undefined ? {} : validatorsOf(request);
  const response = await api.budget.fetch({ url, accept: 'application/json', ...validators });
  if (response.isTruncated) throw new SourceError('connect', `Expected a list of ${resource} from the REST API, got one that breaks off`);
  return response;
}

/** How many pages a list has, as X-WP-TotalPages says (0 of an empty one) and the entry limit allows. */
export function pageCountOf(api: Api, first: FetchedResponse): number {
  const stated = Number(headerValue(first.headers, 'x-wp-totalpages') ?? 1);
  return Math.min(Number.isInteger(stated) ? Math.max(stated, 1) : 1, Math.ceil(api.parts.fetch.limits.maxEntries / perPage));
}

/** A page after the first; undefined where the list shrank while it was read: what is gone needs no page. */
export async function fetchPage(
  api: Api,
  resource: string,
  parameters: Readonly<Record<string, string>>,
  page: number,
): Promise<FetchedResponse | undefined> {
  const response = await fetchApi(api, resource, { ...parameters, page: String(page) });
  if (response.exchange.status === 400) return undefined;
  if (!isOpen(response))
    throw new SourceError('http_status', `Expected page ${page} of the REST API, got status ${response.exchange.status}`);
  return response;
}

/** A list of the API. @throws SourceError `http_status` where it is closed. */
export async function fetchList(api: Api, resource: string, parameters: Readonly<Record<string, string>>): Promise<FetchedResponse> {
  const response = await fetchApi(api, resource, parameters);
  if (!isOpen(response)) throw new SourceError('http_status', `Expected a list of ${resource}, got status ${response.exchange.status}`);
  return response;
}

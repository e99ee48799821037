/*
 * Addresses on the web as posts use them: made absolute, only schemes that may go out, and the forms under which two are the same.
 */
import { withoutTrailing } from '../kernel/trim.ts';
import { entryLimits } from '../reading/limits.ts';
import { isTrackingParameter } from '../reading/source-url.ts';

const { maxUrlLength } = entryLimits;

// Each step of reading a post asks for the same address again, and parsing it is a good part of the work.
const maxRemembered = 500;
const remembered = new Map<string, URL | undefined>();

/** An address taken apart, undefined for what is none. It is shared: not to be changed. */
export function urlOf(address: string, baseUrl?: string): Readonly<URL> | undefined {
  const key = baseUrl === undefined ? address : `${address} ${baseUrl}`;
  if (remembered.has(key)) return remembered.get(key);
  const url = parsedUrl(address, baseUrl);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(key, url);
  return url;
}

/* Tried at once: to ask first whether it can be parsed parses it, too. */
function parsedUrl(address: string, baseUrl: string | undefined): URL | undefined {
  try {
    return new URL(address, baseUrl);
  } catch {
    return undefined;
  }
}

/** The absolute form of a link, or undefined when it is none that may go out (http, https, mailto). */
export function resolveLink(href: string | undefined, baseUrl: string | undefined): string | undefined {
  const url = parseUrl(href, baseUrl);
  return url && (url.protocol === 'http:' || url.protocol === 'https:' || url.protocol === 'mailto:') ? url.href : undefined;
}

/** The absolute form of a picture's or document's address: http or https only. */
export function resolveResource(href: string | undefined, baseUrl: string | undefined): string | undefined {
  const url = parseUrl(href, baseUrl);
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url.href : undefined;
}

function parseUrl(href: string | undefined, baseUrl: string | undefined): Readonly<URL> | undefined {
  if (href === undefined || href.length > maxUrlLength) return undefined;
  let address = href.replaceAll(/[\t\n\r]/g, '').trim();
  if (address === '') return undefined;
  // Editors write "www.example.org/x" and mean a site, not a file beside the post.
  if (/^www\.[^/]+\.[a-z]{2,}/i.test(address)) address = `https://${address}`;
  else if (address.startsWith('//')) address = `${baseUrl?.startsWith('http:') === true ? 'http:' : 'https:'}${address}`;
  const url = urlOf(address, baseUrl);
  if (!url || url.href.length > maxUrlLength) return undefined;
  if (url.protocol !== 'mailto:' && url.hostname === '') return undefined;
  return url;
}

/** The name of the file that an address or a path leads to, decoded; empty where it names none. */
export function fileNameIn(addressOrPath: string): string {
  const path = urlOf(addressOrPath)?.pathname ?? addressOrPath;
  return (
    decodePath(path)
      .split('/')
      .findLast((part) => part !== '') ?? ''
  );
}

const session = /;jsessionid=[^/;]*/i;

/**
 * One form for all addresses of a page: without scheme, `www.`, default port, fragment, tracking parameters, the session of who asks, and trailing slash.
 * Undefined for what is not an http(s) address. Query parameters keep their order: it may carry meaning.
 */
export function canonicalUrl(address: string | undefined): string | undefined {
  const url = address === undefined ? undefined : urlOf(address);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  const host = url.host.replace(/^www\./, '').replace(/\.$/, '');
  const path = withoutTrailing(decodePath(url.pathname).replace(session, ''), /\//);
  return `${host}${path}${queryWithoutTracking(url)}`;
}

function queryWithoutTracking({ search }: Readonly<URL>): string {
  if (search === '') return '';
  const parameters = [...new URLSearchParams(search)];
  const own = parameters.filter(([name]) => !isTrackingParameter(name));
  if (own.length === parameters.length) return search;
  return own.length === 0 ? '' : `?${new URLSearchParams(own).toString()}`;
}

/** The form under which two addresses are one file: like canonicalUrl, and the query counts only when the path names no file. */
export function fileKey(address: string): string {
  const url = urlOf(address);
  if (!url) return address;
  const path = decodePath(url.pathname);
  const host = url.host.replace(/^www\./, '');
  return /\.[a-z0-9]{2,5}$/i.test(path) ? `${host}${path}` : `${host}${path}${url.search}`;
}

// What servers put into an address to tell one fetch from another: by its name, or a value that no person writes.
const tokenName =
  /^(?:refresh|token|[a-z]+[_-]?token|nonce|_?wpnonce|sid|session_?id|phpsessid|jsessionid|sig|signature|hmac|policy|expires?|exp|ttl|tmstv|itok|tempauth|ticket|rnd|rand|random|_|cb|cachebuster|nocache|timestamp|ts|oh|oe|_nc_.*|googleaccessid|x-amz-.*|x-goog-.*|x-oss-.*|key-pair-id)$/i;
const tokenValue =
  /^(?:\d{10,}|(?=\d*[a-f])[a-f\d]{12,}|[a-f\d]{8}(?:-[a-f\d]{4}){3}-[a-f\d]{12}|\d{4}-\d\d-\d\dT\d\d(?::|%3A)[\d:%AZ.-]+)$/i;

// What names the thing itself, however long its number is: `?guid=…` is one paper and no other.
const thingName =
  /^(?:ind|guid|uuid|(?:(?:file|doc|document|attachment|media|asset|item|object|node|entry|content|resource|download|publication|paper)[_-]?)?(?:id|guid|uuid))$/i;

/** An address in one of its forms above without what changes at each fetch. */
function withoutTokens(key: string): string {
  const at = key.indexOf('?');
  if (at < 0) return key;
  const parts = key.slice(at + 1).split('&');
  const kept = parts.filter((part) => {
    const [name = '', value = ''] = part.split('=', 2);
    return !tokenName.test(name) && (thingName.test(name) || !tokenValue.test(value));
  });
  if (kept.length === parts.length) return key;
  return kept.length === 0 ? key.slice(0, at) : `${key.slice(0, at)}?${kept.join('&')}`;
}

/** One form of a page's address without what changes at each fetch; of what is no page the address itself. */
export function steadyPage(address: string): string {
  return withoutTokens(canonicalUrl(address) ?? address);
}

/** The key of a file without what changes at each fetch: for comparing what a source stated at two times. Two files of one post have different file keys. */
export function steadyFile(address: string): string {
  return withoutTokens(fileKey(address));
}

/** A path with its percent escapes resolved where they are valid. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Host name without `www.`, empty for what has none. */
export function siteHost(address: string | undefined): string {
  return (address === undefined ? undefined : urlOf(address))?.hostname.replace(/^www\./, '') ?? '';
}

/** Whether a text is an address and no words. */
export function isBareAddress(value: string): boolean {
  return /^(https?:\/\/|www\.)\S+$/i.test(value.trim());
}

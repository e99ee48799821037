/*
 * Addresses on the web as posts use them: made absolute, only schemes that may go out, and the forms under which two are the same.
 */

// Longer ones break mail programs and are mostly embedded data.
const maxUrlLength = 4000;

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

function parseUrl(href: string | undefined, baseUrl: string | undefined): URL | undefined {
  if (href === undefined || href.length > maxUrlLength) return undefined;
  let address = href.replaceAll(/[\t\n\r]/g, '').trim();
  if (address === '') return undefined;
  // Editors write "www.example.org/x" and mean a site, not a file beside the post.
  if (/^www\.[^/]+\.[a-z]{2,}/i.test(address)) address = `https://${address}`;
  else if (address.startsWith('//')) address = `${baseUrl?.startsWith('http:') === true ? 'http:' : 'https:'}${address}`;
  if (!URL.canParse(address, baseUrl)) return undefined;
  const url = new URL(address, baseUrl);
  if (url.href.length > maxUrlLength) return undefined;
  if (url.protocol !== 'mailto:' && url.hostname === '') return undefined;
  return url;
}

const trackingParameters =
  /^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|_hs\w+|ref_src|yclid|wt_mc|cmpid|ito|rss|feed_id|_unique_id)$/i;

/**
 * One form for all addresses of a page: without scheme, `www.`, default port, fragment, tracking parameters and trailing slash.
 * Undefined for what is not an http(s) address. Query parameters keep their order: it may carry meaning.
 */
export function canonicalUrl(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  for (const name of Array.from(url.searchParams.keys())) if (trackingParameters.test(name)) url.searchParams.delete(name);
  const host = url.host.replace(/^www\./, '').replace(/\.$/, '');
  const path = decodePath(url.pathname).replace(/\/+$/, '');
  return `${host}${path}${url.search}`;
}

/** The form under which two addresses are one file: like canonicalUrl, and the query counts only when the path names no file. */
export function fileKey(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  const path = decodePath(url.pathname);
  const host = url.host.replace(/^www\./, '');
  return /\.[a-z0-9]{2,5}$/i.test(path) ? `${host}${path}` : `${host}${path}${url.search}`;
}

/** A path with its percent escapes resolved where they are valid. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Host name without `www.`, empty for what has none. */
export function siteHost(address: string | undefined): string {
  return address !== undefined && URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, '') : '';
}

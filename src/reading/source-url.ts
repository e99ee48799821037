/** A link as the source means it: absolute ones as they are written, relative ones against the base; undefined for what is no URL. */
export function resolveUrl(raw: string, base?: string): string | undefined {
  const text = raw.replace(/[\t\n\r]+\s*/g, '').trim();
  if (text === '') return undefined;
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    // What the URL parser takes is not rewritten: ids and links are compared as they are written.
    return URL.canParse(text) ? text.replaceAll(' ', '%20') : undefined;
  }
  return base !== undefined && URL.canParse(text, base) ? new URL(text, base).href : undefined;
}

/** A relative link as it is stated, for a document of which nothing is known that it could be relative to (RFC 3986, 5.1.4). */
export function statedLink(raw: string, base: string | undefined): string | undefined {
  const text = raw.trim();
  return base !== undefined || text === '' || /^[a-z][a-z0-9+.-]*:/i.test(text) ? undefined : text;
}

/** True for what a browser opens from the web. */
export function isWebUrl(url: string): boolean {
  return /^https?:\/\/[^\s/]/i.test(url);
}

/** An address as it may be shown: without user and password. */
export function shownUrl(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === '' && url.password === '') return address;
  url.username = '';
  url.password = '';
  return url.href;
}

/** Undoes the escaping that CDATA sections with ready-made html leave in a URL; no URL means a literal `&amp;`. */
export function unescapeUrl(raw: string): string {
  return raw.includes('&') ? raw.replace(/&(?:amp|#0*38|#x0*26);/gi, '&') : raw;
}

const trackingParameters =
  /^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|_hs\w+|ref_src|yclid|wt_mc|cmpid|ito|rss|feed_id|_unique_id)$/i;

/** Whether a query parameter tells who came from where, and nothing of what is shown. */
export function isTrackingParameter(name: string): boolean {
  return trackingParameters.test(name);
}

/*
 * Where a WordPress site keeps its REST API and its feed. A source of this kind names the site, one of its archives
 * ("https://example.org/category/leadership/") or the API itself ("…/wp-json/wp/v2/posts?categories=7").
 */

/** The addresses of one WordPress source. */
export interface WordPressSite {
  /** The site's root, with a slash at its end. */
  readonly root: string;
  /** Slugs or ids of the categories that the source is limited to. */
  readonly categories: readonly string[];
  readonly tags: readonly string[];
}

/** Reads the site and its limits from the URL that staff gave. */
export function wordPressSite(sourceUrl: string): WordPressSite {
  const url = new URL(sourceUrl);
  const api = /^(.*?\/)(?:index\.php\/)?wp-json(?:\/|$)/.exec(url.pathname);
  const archive = /^(.*?\/)(category|tag)\/((?:[^/]+\/)*?[^/]+?)(?:\/feed)?\/?$/.exec(url.pathname);
  const path = api?.[1] ?? archive?.[1] ?? url.pathname.replace(/(?:feed\/?|index\.php)$/, '');
  const slug = archive?.[3]?.split('/').at(-1);
  const own = (taxonomy: string, names: readonly string[]): string[] => [
    ...(archive?.[2] === taxonomy && slug !== undefined ? [slug] : []),
    ...names.flatMap((name) => (url.searchParams.get(name) ?? '').split(',').map((part) => part.trim())).filter((part) => part !== ''),
  ];
  return {
    root: `${url.origin}${path.endsWith('/') ? path : `${path}/`}`,
    categories: own('category', ['categories', 'category', 'category_name']),
    tags: own('tag', ['tags', 'tag']),
  };
}

/** A URL of the REST API: by its own path, or by a parameter where the site has plain permalinks. */
export function apiUrl(
  site: WordPressSite,
  style: 'path' | 'parameter',
  resource: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const url = new URL(style === 'path' ? `wp-json/wp/v2/${resource}` : '', site.root);
  if (style === 'parameter') url.searchParams.set('rest_route', `/wp/v2/${resource}`);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** The RSS that says the same as the REST API, for sites that close it. Categories given by id cannot be asked for there. */
export function feedUrl(site: WordPressSite): string {
  const url = new URL(site.root);
  if (slugsOf(site.categories) !== '') url.searchParams.set('category_name', slugsOf(site.categories));
  if (slugsOf(site.tags) !== '') url.searchParams.set('tag', slugsOf(site.tags));
  if (url.search === '') return new URL('feed/', site.root).href;
  url.searchParams.set('feed', 'rss2');
  return url.href;
}

function slugsOf(terms: readonly string[]): string {
  return terms.filter((term) => !/^\d+$/.test(term)).join(',');
}

/*
 * Where a WordPress site keeps its REST API and its feed. A source of this kind names the site, one of its archives
 * ("https://example.org/category/leadership/") or the API itself ("…/wp-json/wp/v2/posts?categories=7").
 * Invariant: what is asked for is never wider than what the URL names; a URL that would need it is refused.
 */
import { isTrackingParameter } from '../source-url.ts';
import { SourceError } from '../source-error.ts';

/** The addresses of one WordPress source. */
export interface WordPressSite {
  /** The site's root, with a slash at its end. */
  readonly root: string;
  /** Slugs or ids of the categories that the source is limited to. */
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  /** Other parameters that choose posts, such as a language: they go along with every request. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Parameters by which WordPress shows less than all posts, and which the feed or the API does not know: they cannot be handed on. */
const otherLimits = [
  'author', 'author_name', 'author_exclude', 's', 'search', 'search_columns', 'p', 'page_id', 'm', 'year', 'monthnum', 'day', 'include', 'exclude', 'slug', 'name',
  'categories_exclude', 'tags_exclude', 'tax_relation', 'sticky', 'status', 'parent', 'after', 'before', 'modified_after', 'modified_before', 'offset',
]; // prettier-ignore
const termParameters = ['categories', 'category', 'category_name', 'cat', 'tags', 'tag', 'tag_id'];
/** How posts are shown and counted, not which: ours are used. */
const formParameters = [
  'rest_route', 'feed', 'paged', 'page', 'per_page', '_embed', '_fields', '_envelope', '_method', '_locale', '_jsonp', 'context', 'order', 'orderby', 'withcomments',
  'withoutcomments', 'doing_wp_cron',
]; // prettier-ignore

/** Reads the site and its limits from the URL that staff gave. @throws SourceError `bad_url` for a limit that would be lost. */
export function wordPressSite(sourceUrl: string): WordPressSite {
  if (!URL.canParse(sourceUrl)) throw new SourceError('bad_url', `Expected an http(s) URL, got ${JSON.stringify(sourceUrl.slice(0, 200))}`);
  const url = new URL(sourceUrl);
  const pathname = url.pathname.replace(/\/page\/\d+\/?$/, '/');
  const api = /^(.*?\/)(?:index\.php\/)?wp-json(?:\/([^]*))?$/.exec(pathname);
  const resource = (api?.[2] ?? url.searchParams.get('rest_route') ?? '').replace(/^\/|\/$/g, '');
  const lost = otherLimits.find((name) => url.searchParams.has(name));
  if (lost !== undefined || !/^(?:wp(?:\/v2(?:\/posts)?)?)?$/.test(resource)) throw tooNarrow(lost === undefined ? resource : `?${lost}=`);
  const archive = /^(.*?\/)(category|tag)\/((?:[^/]+\/)*?[^/]+?)(?:\/feed)?\/?$/.exec(pathname);
  const path = api?.[1] ?? archive?.[1] ?? pathname.replace(/(?<=\/)(?:feed\/?|index\.php)$/, '');
  const slug = archive?.[3]?.split('/').at(-1);
  const own = (taxonomy: string, names: readonly string[]): string[] => [
    ...(archive?.[2] === taxonomy && slug !== undefined ? [slug] : []),
    ...names.flatMap((name) => (url.searchParams.get(name) ?? '').split(',').map((part) => part.trim())).filter((part) => part !== ''),
  ];
  return {
    root: `${url.origin}${path.endsWith('/') ? path : `${path}/`}`,
    categories: own('category', ['categories', 'category', 'category_name', 'cat']),
    tags: own('tag', ['tags', 'tag', 'tag_id']),
    parameters: [...url.searchParams].filter(([name]) => choosesContent(name)),
  };
}

/** Any parameter that we do not know may choose what is shown. */
function choosesContent(name: string): boolean {
  return !formParameters.includes(name) && !termParameters.includes(name) && !isTrackingParameter(name);
}

function tooNarrow(limit: string): SourceError {
  return new SourceError(
    'bad_url',
    `Expected a WordPress site, a category or a tag of it, got a URL with ${JSON.stringify(limit)}, which would be read as the whole site`,
  );
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
  for (const [name, value] of site.parameters) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** What the API tells about itself, in short: the site's home. */
export function apiIndexUrl(site: WordPressSite): string {
  return new URL('?rest_route=/&_fields=home', site.root).href;
}

/** The RSS that says the same as the REST API, for sites that close it; undefined where it would say more: it knows no ids. */
export function wordPressFeedUrl(site: WordPressSite): string | undefined {
  if ([...site.categories, ...site.tags].some(isTermId)) return undefined;
  const url = new URL(site.root);
  if (site.categories.length > 0) url.searchParams.set('category_name', site.categories.join(','));
  if (site.tags.length > 0) url.searchParams.set('tag', site.tags.join(','));
  const isWhole = url.search === '';
  for (const [name, value] of site.parameters) url.searchParams.append(name, value);
  if (isWhole) return new URL(`feed/${url.search}`, site.root).href;
  url.searchParams.set('feed', 'rss2');
  return url.href;
}

/** True for the number of a category or tag, false for its slug. */
export function isTermId(term: string): boolean {
  return /^\d+$/.test(term);
}

import { wordPressMedia, wordPressTerms } from './wordpress-content.ts';
import type { WordPressMedia, WordPressPost, WordPressTerm } from './wordpress-content.ts';

/** Any JSON object that the API states. */
export type RestObject = Readonly<Record<string, unknown>>;

/** An answer of the API before it is written. */
export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** A post as `/wp-json/wp/v2/posts` states it. */
export function restPost(site: string, post: WordPressPost, isEmbedded: boolean): RestObject {
  const html = fillSite(post.html, site);
  return {
    id: post.id,
    date: post.date,
    date_gmt: post.dateGmt,
    guid: { rendered: `${site}/?p=${post.id}` },
    modified: post.date,
    modified_gmt: post.dateGmt,
    slug: post.slug,
    status: 'publish',
    type: 'post',
    link: `${site}/${post.slug}/`,
    title: { rendered: post.title },
    content: { rendered: post.isProtected ? '' : `\n${html}\n`, protected: post.isProtected ?? false },
    excerpt: { rendered: '', protected: post.isProtected ?? false },
    author: post.hasBrokenEmbeds ? 9 : 2,
    featured_media: post.hasBrokenEmbeds ? 999 : 0,
    comment_status: 'closed',
    sticky: false,
    format: 'standard',
    meta: [],
    categories: post.categories,
    tags: post.tags,
    _links: {
      self: [{ href: `${site}/wp-json/wp/v2/posts/${post.id}` }],
      author: [{ embeddable: true, href: `${site}/wp-json/wp/v2/users/${post.hasBrokenEmbeds ? 9 : 2}` }],
      'wp:attachment': [{ href: `${site}/wp-json/wp/v2/media?parent=${post.id}` }],
    },
    ...(isEmbedded ? { _embedded: embeddedOf(site, post) } : {}),
  };
}

function embeddedOf(site: string, post: WordPressPost): RestObject {
  const terms = (['category', 'post_tag'] as const).map((taxonomy) =>
    wordPressTerms
      .filter((term) => term.taxonomy === taxonomy && [...post.categories, ...post.tags].includes(term.id))
      .map((term) => restTerm(site, term)),
  );
  if (!post.hasBrokenEmbeds)
    return { author: [{ id: 2, name: 'Joan Adeyemi', slug: 'joan', link: `${site}/author/joan/` }], 'wp:term': terms };
  return {
    author: [{ code: 'rest_user_invalid_id', message: 'Invalid user ID.', data: { status: 404 } }],
    'wp:featuredmedia': [{ code: 'rest_forbidden', message: 'Sorry, you are not allowed to do that.', data: { status: 401 } }],
    'wp:term': terms,
  };
}

/** A category or tag as the API states it. */
export function restTerm(site: string, term: WordPressTerm): RestObject {
  const folder = term.taxonomy === 'category' ? 'category' : 'tag';
  return { id: term.id, link: `${site}/${folder}/${term.slug}/`, name: term.name, slug: term.slug, taxonomy: term.taxonomy };
}

/** A media file as the API states it. */
export function restMedia(site: string, media: WordPressMedia, lengthBytes: number): RestObject {
  const parent = media.postId === 105 ? '/our-year-in-numbers' : '';
  return {
    id: media.id,
    date_gmt: '2026-03-20T08:00:00',
    slug: media.slug,
    status: 'inherit',
    type: 'attachment',
    link: `${site}${parent}/${media.slug}/`,
    title: { rendered: media.title },
    caption: { rendered: '' },
    alt_text: '',
    media_type: media.mimeType.startsWith('image/') ? 'image' : 'file',
    mime_type: media.mimeType,
    media_details: { filesize: lengthBytes },
    post: media.postId === 0 ? null : media.postId,
    source_url: `${site}${media.file}`,
  };
}

/** Pages a list as WordPress does: totals in headers, an error for a page behind the last. */
export function pageOf(items: readonly RestObject[], query: URLSearchParams, maxPerPage: number): RestAnswer {
  const asked = Number(query.get('per_page') ?? '10');
  const page = Number(query.get('page') ?? '1');
  if (!(asked >= 1 && asked <= 100)) return restError(400, 'rest_invalid_param', 'Invalid parameter(s): per_page');
  const perPage = Math.min(asked, maxPerPage);
  const pageCount = Math.ceil(items.length / perPage);
  if (page < 1 || (page > pageCount && page > 1)) {
    return restError(400, 'rest_post_invalid_page_number', 'The page number requested is larger than the number of pages available.');
  }
  const shown = items.slice((page - 1) * perPage, page * perPage).map((item) => pickFields(item, query.get('_fields')));
  return { status: 200, body: shown, headers: { 'x-wp-total': String(items.length), 'x-wp-totalpages': String(pageCount) } };
}

/** An error in the form of the API. */
export function restError(status: number, code: string, message: string): RestAnswer {
  return { status, body: { code, message, data: { status } }, headers: {} };
}

/** Numbers of a query such as `categories=5,6`, undefined where it is not there. */
export function idsOf(query: URLSearchParams, name: string): number[] | undefined {
  return query.get(name)?.split(',').map(Number);
}

/** The files attached to one of the posts in `parent`, or all. */
export function mediaOf(query: URLSearchParams): readonly WordPressMedia[] {
  const parents = idsOf(query, 'parent');
  const ids = idsOf(query, 'include');
  const mimeType = query.get('mime_type');
  return wordPressMedia.filter(
    (media) =>
      (parents?.includes(media.postId) ?? true) && (ids?.includes(media.id) ?? true) && (mimeType === null || media.mimeType === mimeType),
  );
}

/** Content with the site's address in place of its marks. */
export function fillSite(html: string, site: string): string {
  return html.replaceAll('{site}', site).replaceAll('{encodedSite}', encodeURIComponent(site));
}

/** `_fields=id,title.rendered,_links`: top-level names; of a dotted name the first part decides, as much as a reader may rely on. */
function pickFields(item: RestObject, fields: string | null): RestObject {
  if (fields === null) return item;
  const wanted = new Set(fields.split(',').map((field) => field.trim().split('.')[0]));
  return Object.fromEntries(Object.entries(item).filter(([name]) => wanted.has(name)));
}

/*
 * What may stand in the html of a post, in one table: the sanitiser lets nothing else out, and the digest, the mail, the feeds and the archive show all
 * of it. What becomes of other markup is decided in tidy/.
 */

/** By tag, the attributes that it may have beside those that any may have. */
const allowed: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    ...withoutAttributes('p h2 h3 h4 h5 h6 blockquote pre hr br figure figcaption'),
    ...withoutAttributes('ul dl dt dd table tbody tr'),
    ol: ['start', 'reversed', 'type'],
    li: ['value'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan'],
    a: ['href', 'title'],
    img: ['src', 'alt', 'width'],
    ...withoutAttributes('strong em b i u s del ins sub sup small mark cite q code kbd samp var bdi bdo ruby rt rp span'),
    abbr: ['title'],
    time: ['datetime'],
  }),
);

/** Attributes that any element may have: its language and direction. */
export const attributesOfAny = ['lang', 'dir'] as const;

/** Every tag that a post's html may hold. */
export const allowedTags: readonly string[] = [...allowed.keys()];

/** Whether elements of this tag may stand in a post's html. */
export function isAllowedTag(tag: string): boolean {
  return allowed.has(tag);
}

/** The attributes that elements of this tag may have; none for a tag that is not allowed. */
export function allowedAttributesOf(tag: string): readonly string[] {
  const own = allowed.get(tag);
  return own === undefined ? [] : [...own, ...attributesOfAny];
}

/** By tag, the attributes that it may have beside those that any may have; tags that may have none of their own are left out. */
export function ownAttributes(): Record<string, string[]> {
  return Object.fromEntries([...allowed].flatMap(([tag, own]) => (own.length > 0 ? [[tag, [...own]]] : [])));
}

function withoutAttributes(tags: string): Record<string, readonly string[]> {
  return Object.fromEntries(tags.split(' ').map((tag) => [tag, []]));
}

/** The public address of an edition's archive page: "view in browser". */
export function archiveUrl(publicUrl: string, newsletterSlug: string, editionId: string): string {
  return `${publicUrl}/archive/${newsletterSlug}/${editionId}`;
}

/** The page that lists every post of an edition: where a digest ends that could not name them all. */
export function editionPostsUrl(publicUrl: string, newsletterSlug: string, editionId: string): string {
  return `${archiveUrl(publicUrl, newsletterSlug, editionId)}/posts`;
}

/** The Atom feed of a newsletter. */
export function feedUrl(publicUrl: string, newsletterSlug: string): string {
  return `${publicUrl}/feeds/${newsletterSlug}.atom`;
}

/*
 * The addresses of our own pages and feeds, and the paths that the web server answers: both are written here and nowhere else, so that no mail leads
 * to a page that was moved. An address begins with the public origin, which ends without a slash. Feeds, archive pages and what mails link to are for
 * ever (P8): a path may be added, and none may change.
 */

/** The path of every page and document of ours, as the web server writes its routes. */
export const sitePaths = {
  home: '/',
  archive: '/archive/:newsletter',
  edition: '/archive/:newsletter/:edition',
  editionPosts: '/archive/:newsletter/:edition/posts',
  feed: '/feeds/:file',
  subscribe: '/subscribe/:newsletter',
  subscribeForm: '/subscribe/:newsletter/form',
  personalLink: '/link/:newsletter',
  confirm: '/confirm/:token',
  unsubscribe: '/unsubscribe/:token',
  left: '/left/:token',
  preferences: '/preferences/:token',
  mine: '/mine/:token',
  mineExport: '/mine/:token/export',
  mineErase: '/mine/:token/erase',
  address: '/address/:token',
  decide: '/decide/:token',
  decideDigest: '/decide/:token/:rendition',
  outbox: '/outbox',
  outboxMessage: '/outbox/:id',
  outboxHtml: '/outbox/:id/html',
  sample: '/sample',
  sampleFile: '/sample/*',
  health: '/healthz',
  styles: '/styles.css',
  accent: '/styles/:file',
  icon: '/favicon.ico',
} as const;

/** The page that says what this is and where everything is. */
export function homeUrl(publicUrl: string): string {
  return urlOf(publicUrl, sitePaths.home);
}

/** What a newsletter has sent so far. */
export function archiveUrl(publicUrl: string, newsletterSlug: string): string {
  return urlOf(publicUrl, sitePaths.archive, newsletterSlug);
}

/** An edition as it went out: "view in browser". */
export function editionUrl(publicUrl: string, newsletterSlug: string, editionId: string): string {
  return urlOf(publicUrl, sitePaths.edition, newsletterSlug, editionId);
}

/** The page that lists every post of an edition: where a digest ends that could not name them all. */
export function editionPostsUrl(publicUrl: string, newsletterSlug: string, editionId: string): string {
  return urlOf(publicUrl, sitePaths.editionPosts, newsletterSlug, editionId);
}

/** The Atom feed of a newsletter. */
export function feedUrl(publicUrl: string, newsletterSlug: string): string {
  return urlOf(publicUrl, sitePaths.feed, `${newsletterSlug}.atom`);
}

/** Where people sign up for a newsletter. */
export function subscribeUrl(publicUrl: string, newsletterSlug: string): string {
  return urlOf(publicUrl, sitePaths.subscribe, newsletterSlug);
}

/** Where somebody who subscribes already has their own link mailed to them. */
export function personalLinkUrl(publicUrl: string, newsletterSlug: string): string {
  return urlOf(publicUrl, sitePaths.personalLink, newsletterSlug);
}

/** The page that confirms a sign-up, for whoever has the token. */
export function confirmPageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.confirm, token);
}

/** The page, and the one-click endpoint of RFC 8058, that ends a subscription. */
export function unsubscribePageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.unsubscribe, token);
}

/** Where somebody who left a moment ago takes that back, or says why. */
export function leftPageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.left, token);
}

/** What a reader receives, and how. */
export function preferencesPageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.preferences, token);
}

/** A person's own page: their data, name and address. */
export function minePageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.mine, token);
}

/** Everything that is stored about a person, as a file. */
export function mineExportUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.mineExport, token);
}

/** The page that asks before a person's data is deleted. */
export function mineErasePageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.mineErase, token);
}

/** The page where the owner of a new address confirms it. */
export function addressPageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.address, token);
}

/** The page where staff decide about an edition. */
export function decidePageUrl(publicUrl: string, token: string): string {
  return urlOf(publicUrl, sitePaths.decide, token);
}

/** The digest that is decided about, as the page shows it in a frame. */
export function decideDigestUrl(publicUrl: string, token: string, renditionId: string): string {
  return urlOf(publicUrl, sitePaths.decideDigest, token, renditionId);
}

/** What the local outbox holds. */
export function outboxUrl(publicUrl: string): string {
  return urlOf(publicUrl, sitePaths.outbox);
}

/** One message of the local outbox. */
export function outboxMessageUrl(publicUrl: string, messageId: string): string {
  return urlOf(publicUrl, sitePaths.outboxMessage, messageId);
}

/** The html of a message of the local outbox, as the page shows it in a frame. */
export function outboxHtmlUrl(publicUrl: string, messageId: string): string {
  return urlOf(publicUrl, sitePaths.outboxHtml, messageId);
}

/** The site that the sample newsletter reads. */
export function sampleSiteUrl(publicUrl: string): string {
  return `${urlOf(publicUrl, sitePaths.sample)}/`;
}

/** The path with its parameters filled in, in their order. */
function urlOf(publicUrl: string, path: string, ...values: readonly string[]): string {
  const left = [...values];
  return publicUrl + path.replaceAll(/:\w+/g, () => encodeURIComponent(left.shift() ?? ''));
}

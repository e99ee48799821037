import type { SiteContent, SitePost } from './read-site.ts';

/** What a feed of the site states beside its posts. */
export interface FeedHead {
  readonly title: string;
  readonly selfUrl: string;
  readonly pageUrl: string;
  /** Where the site's files are served, ending with a slash. */
  readonly homeUrl: string;
}

/**
 * Writes posts as RSS 2.0 the way WordPress does: categories escaped twice, guids that are no permalinks, the full text in content:encoded.
 * Depends on the posts only, never on the clock.
 */
export function writeFeed(site: SiteContent, posts: readonly SitePost[], head: FeedHead): string {
  return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
\txmlns:media="http://search.yahoo.com/mrss/"
>

<channel>
\t<title>${head.title}</title>
\t<atom:link href="${head.selfUrl}" rel="self" type="application/rss+xml" />
\t<link>${head.pageUrl}</link>
\t<description>${site.description}</description>
\t<lastBuildDate>${rfc822(lastChange(posts))}</lastBuildDate>
\t<language>${site.language}</language>
\t<sy:updatePeriod>hourly</sy:updatePeriod>
\t<sy:updateFrequency>1</sy:updateFrequency>
${posts.map((post) => writeItem(site, post, head.homeUrl)).join('')}</channel>
</rss>
`;
}

/** The last moment at which one of the posts changed. */
export function lastChange(posts: readonly SitePost[]): Date {
  return new Date(Math.max(0, ...posts.map((post) => (post.updatedAt ?? post.publishedAt).getTime())));
}

/** Where a picture or paper of a post lies, below the site. */
function mediaPath(post: SitePost, file: string): string {
  return `wp-content/uploads/${post.publishedAt.toISOString().slice(0, 7).replace('-', '/')}/${file}`;
}

function writeItem(site: SiteContent, post: SitePost, homeUrl: string): string {
  const [enclosure, image] = [post.enclosure, post.image];
  const lines = [
    `<title>${post.title}</title>`,
    `<link>${homeUrl}${post.path}</link>`,
    `<dc:creator>${cdata(post.author)}</dc:creator>`,
    `<pubDate>${rfc822(post.publishedAt)}</pubDate>`,
    ...(post.updatedAt ? [`<atom:updated>${post.updatedAt.toISOString()}</atom:updated>`] : []),
    ...[...post.categories, ...post.tags].map((name) => `<category>${cdata(name)}</category>`),
    // The guid stays what it was when the site's address changes, as on a real site that moved.
    `<guid isPermaLink="false">${site.origin}/?p=${post.id}</guid>`,
    `<description>${cdata(post.excerpt ?? excerptOf(post.html))}</description>`,
    `<content:encoded>${cdata(rebase(post.html, site.origin, homeUrl))}</content:encoded>`,
    ...(enclosure
      ? [
          `<enclosure url="${homeUrl}${mediaPath(post, enclosure)}" length="${site.media.get(enclosure)?.bytes.length ?? 0}" type="application/pdf" />`,
        ]
      : []),
    ...(image
      ? [
          `<media:content url="${homeUrl}${mediaPath(post, image.file)}" medium="image" type="image/png" width="1200" height="630"><media:description type="plain">${image.alt}</media:description></media:content>`,
        ]
      : []),
  ];
  return `\t<item>\n${lines.map((line) => `\t\t${line}\n`).join('')}\t</item>\n`;
}

/** Html whose URLs begin with the address at which the site is served. */
export function rebase(html: string, origin: string, homeUrl: string): string {
  return html.replaceAll(`${origin}/`, homeUrl);
}

/** The first 55 words, as WordPress cuts an excerpt that nobody wrote. */
function excerptOf(html: string): string {
  const words = html
    .replaceAll(/<[^>]*>/g, ' ')
    .trim()
    .split(/\s+/);
  return words.length > 55 ? `${words.slice(0, 55).join(' ')} [&#8230;]` : words.join(' ');
}

function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

function rfc822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { escapeHtml } from '../../src/kernel/text/escape-html.ts';
import { textMark, titleMark } from './marks.ts';
import type { Random } from './random.ts';

/** A post as its site shows it. */
export interface SitePost {
  readonly key: string;
  readonly source: string;
  readonly category: string;
  readonly url: string;
  readonly publishedAt: number;
  revision: number;
}

/** The site that is read: one RSS feed for each of its sources, newest first. */
export interface Site {
  feedUrl(source: string): string;
  publish(source: string, category: string): SitePost;
  readonly posts: readonly SitePost[];
  close(): void;
}

const nouns =
  'harbour lantern orchard violin compass meadow kettle bridge window garden river teacher winter letter basket mirror ladder pepper island thunder'.split(
    ' ',
  );
const minuteMs = 60_000;

/** Starts it on a loopback port. */
export async function startSite(random: Random): Promise<Site> {
  const posts: SitePost[] = [];
  const words = new Map<string, string>();
  const startedAt = Date.now();
  const server = createServer((request, response) => {
    const source = /^\/feed\/(\w+)\.xml$/.exec(request.url ?? '')?.[1];
    if (source === undefined) return void response.writeHead(200, { 'content-type': 'text/html' }).end('<title>A post</title>');
    response.writeHead(200, { 'content-type': 'application/rss+xml' }).end(feedOf(posts.filter((post) => post.source === source)));
  });
  const feedOf = (own: readonly SitePost[]): string =>
    `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Chaos</title><link>${base}</link><description>Posts</description>${own
      .toReversed()
      .map((post) => itemOf(post))
      .join('')}</channel></rss>`;
  const itemOf = (post: SitePost): string => {
    const said = words.get(post.key) ?? '';
    // Each a minute of its own, the newest first.
    const at = new Date(startedAt - 2_000 * minuteMs + Number(post.key.slice(1)) * minuteMs).toUTCString();
    const html = `<p>${textMark(post.key, post.revision)} begins this text about the ${said}.</p>`;
    return `<item><title>${post.key} ${said.split(' ').slice(0, 4).join(' ')}</title><link>${post.url}</link><guid isPermaLink="true">${post.url}</guid><pubDate>${at}</pubDate><category>${post.category}</category><description>${escapeHtml(html)}</description></item>`;
  };
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    feedUrl: (source) => `${base}/feed/${source}.xml`,
    posts,
    publish(source, category) {
      const key = titleMark(posts.length + 1);
      words.set(key, Array.from({ length: 30 }, () => `${random.pick(nouns)}${Math.floor(random.between(10, 99))}`).join(' '));
      const post = { key, source, category, url: `${base}/posts/${key}`, publishedAt: Date.now(), revision: 1 };
      posts.push(post);
      return post;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

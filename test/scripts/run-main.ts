import { main } from '../../scripts/gazette.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startHttpSite, type HttpSite } from '../support/http-site.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

/** What one command line did. */
export interface MainRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

// A busy machine makes everything wait; what is said then is tested where it is made to.
const anHour = 3_600_000;

/** Runs `gazette` in this process as its launcher does, with variables of its own, and catches what it writes. One at a time. */
export async function runMain(words: readonly string[], env: Readonly<Record<string, string>>): Promise<MainRun> {
  const written = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = (chunk: string | Uint8Array) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      return true;
    };
    return () => void (stream.write = write);
  });
  try {
    return { exitCode: await main(words, env, { sayAfterMs: anHour, since: performance.now() }), ...written };
  } finally {
    for (const undo of restore) undo();
  }
}

/** An installation of its own: a database, a data folder, and the words to run a command there. */
export interface Installation {
  readonly stored: TestDatabase;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command line of plain words; a word with spaces stands in quotes. */
  run(line: string, env?: Readonly<Record<string, string>>): Promise<MainRun>;
  /** The same, for a command that has to end with 0; returns what it printed. */
  done(line: string, env?: Readonly<Record<string, string>>): Promise<string>;
  remove(): Promise<void>;
}

export async function createInstallation(): Promise<Installation> {
  const [stored, temp] = await Promise.all([createTestDatabase(), makeTempFolder()]);
  const gazette = installationAt(stored.url, temp.folder);
  return {
    ...gazette,
    stored,
    async remove() {
      await stored.drop();
      await temp.remove();
    },
  };
}

/** Commands for a database and a data folder that are there already. */
export function installationAt(url: string, folder: string): Pick<Installation, 'env' | 'folder' | 'run' | 'done'> {
  const env = { DATABASE_URL: url, DATA_FOLDER: folder, LOG_LEVEL: 'error', ALLOW_PRIVATE_SOURCES: 'true' };
  const run = (line: string, changes: Readonly<Record<string, string>> = {}) => runMain(wordsOf(line), { ...env, ...changes });
  return {
    env,
    folder,
    run,
    async done(line, changes) {
      const { exitCode, stdout, stderr } = await run(line, changes);
      if (exitCode !== 0) throw new Error(`Expected "gazette ${line}" to end with 0, got ${exitCode}: ${stderr}`);
      return stdout;
    },
  };
}

/** The words of a command line as a shell would give them, double quotes being the only ones. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/((?:"[^"]*"|[^\s"]+)+)/g)].map(([word]) => word.replaceAll('"', ''));
}

/** What a feed of a test holds. */
export interface FeedPost {
  readonly title: string;
  readonly category?: string;
}

const feedLink = (name: string): string => `<link rel="alternate" type="application/rss+xml" title="${name}" href="/${name}">`;

/** A site with an RSS feed at /feed?for=<name> for each name, whose posts can be changed; a page that leads to several, and one that leads to none. */
export async function startFeedSite(postsFor: (name: string) => readonly FeedPost[]): Promise<HttpSite & { readonly feedUrl: string }> {
  const site = await startHttpSite((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://site.example');
    const name = searchParams.get('for') ?? '';
    const pages: Record<string, readonly [type: string, body: string]> = {
      '/feed': ['application/rss+xml', rss(postsFor(name), { name })],
      '/several': ['text/html', `<html><head>${['feed', 'essays'].map(feedLink).join('')}</head></html>`],
      '/text': ['text/plain', 'Nothing to see here.'],
    };
    const page = pages[pathname];
    response.writeHead(page ? 200 : 404, { 'content-type': page?.[0] ?? 'text/plain' }).end(page?.[1] ?? 'Not here.');
  });
  return { ...site, feedUrl: `${site.origin}/feed` };
}

/** An RSS document of posts, the first one the oldest. */
export function rss(posts: readonly FeedPost[], { name = '' } = {}): string {
  const items = posts.map(
    (
      post,
      index,
    ) => `<item><title>${post.title}</title><link>https://blog.example/${name}${index}</link><guid isPermaLink="false">${name}-${index}</guid>
      ${post.category ? `<category>${post.category}</category>` : ''}
      <pubDate>${new Date(Date.UTC(2026, 1, 1 + index)).toUTCString()}</pubDate>
      <description>A few words about ${post.title.toLowerCase()}.</description></item>`,
  );
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>A school blog</title><link>https://blog.example/</link>
    <description>News</description>${items.join('')}</channel></rss>`;
}

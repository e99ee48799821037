import type { Queryable } from '../../db/db.ts';
import { InvalidInputError } from '../../kernel/errors.ts';
import { findPostsByLink, findPostsOfEntries } from '../../posts/storing/find-posts-by-link.ts';
import type { SourceDocument } from '../../reading/entry.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import { shownUrl } from '../../reading/source-url.ts';
import { lookAtAddress } from '../../sources/look-at-address.ts';

/** Which of our posts another tool has sent already. */
export interface HadPosts {
  readonly postIds: ReadonlySet<string>;
  /** How many links or entries were named. */
  readonly named: number;
}

/** Reads a list of links, one a line, # for remarks; undefined for what is none. */
export function parseLinkList(text: string): string[] | undefined {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.length > 0 && lines.every((line) => /^https?:\/\/\S+$/i.test(line)) ? lines : undefined;
}

/** The posts whose pages have these addresses. */
export async function findHadByLinks(db: Queryable, links: readonly string[]): Promise<HadPosts> {
  return { postIds: await findPostsByLink(db, links), named: links.length };
}

/** The posts that a feed states: an address, a file, or a page that leads to one feed. @throws InvalidInputError where it cannot be read as one */
export async function findHadByFeed(db: Queryable, reader: SourceReader, target: string): Promise<HadPosts> {
  const { document, url } = await readFeed(reader, target);
  return { postIds: await findPostsOfEntries(db, document.entries, url), named: document.entries.length };
}

async function readFeed(reader: SourceReader, target: string): Promise<{ document: SourceDocument; url: string }> {
  const finding = await lookAtAddress(reader, { url: target, kind: 'feed' });
  if (finding.kind === 'readable') return { document: finding.document, url: finding.exchange.finalUrl };
  const [feed, ...others] = finding.kind === 'page' ? finding.feeds : [];
  if (feed === undefined) throw new InvalidInputError(`Expected a feed or a list of links, but "${shownUrl(target)}" is neither`);
  if (others.length > 0)
    throw new InvalidInputError(
      `Expected one feed, but "${shownUrl(target)}" is a page with several (${[feed, ...others].map((each) => each.url).join(', ')})`,
    );
  const reading = await reader.read({ url: feed.url, kind: feed.kind });
  if (reading.kind !== 'read') throw new InvalidInputError(`Expected a feed at "${shownUrl(feed.url)}", but it could not be read`);
  return { document: reading.document, url: feed.url };
}

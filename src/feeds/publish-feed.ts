import { performance } from 'node:perf_hooks';
import type { Database } from '../db/db.ts';
import { archiveUrl, feedUrl } from '../kernel/site-urls.ts';
import { listFeedPosts } from '../posts/feed-posts-store.ts';
import { loadPostingHabits } from '../sources/repeats/repeat-store.ts';
import { buildAtom } from './atom.ts';
import { feedFromPosts } from './feed-content.ts';
import { findFeedHead, findFeedVersion } from './feed-store.ts';
import { publishDocument, type PublishedDocument } from './published-document.ts';

/** What publishing feeds needs. */
export interface FeedPorts {
  readonly database: Database;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** How long a feed is served without asking the database whether it changed. Default 1 s: a retraction shows within it. */
  readonly freshMs?: number;
}

/** Gives the documents of feeds; each is built when its data changes, not per request. */
export interface FeedPublisher {
  /** The feed of the newsletter with this slug; undefined when there is none. */
  find(slug: string): Promise<PublishedDocument | undefined>;
  /** How many documents were built since the start. */
  readonly buildCount: number;
}

// Enough for a reader who was away for months.
const maxEntries = 50;
const defaultFreshMs = 1_000;
const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

interface Kept {
  readonly version: string;
  readonly document: PublishedDocument;
  readonly checkedAt: number;
}

/** Keeps the built documents in memory, one per newsletter, keyed by the version of their data. */
export function createFeedPublisher(ports: FeedPorts): FeedPublisher {
  const freshMs = ports.freshMs ?? defaultFreshMs;
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<PublishedDocument | undefined>>();
  let buildCount = 0;

  const refresh = async (slug: string): Promise<PublishedDocument | undefined> => {
    const checkedAt = performance.now();
    const before = kept.get(slug);
    const current = await findFeedVersion(ports.database, slug);
    if (!current) {
      kept.delete(slug);
      return undefined;
    }
    if (before?.version === current.version) {
      kept.set(slug, { ...before, checkedAt });
      return before.document;
    }
    const built = await build(ports, slug, current.changedAt);
    if (!built) return undefined;
    buildCount += 1;
    // What changed may not show: then readers keep the validators that they have.
    const document = before?.document.hash === built.hash ? before.document : built;
    kept.set(slug, { version: current.version, document, checkedAt });
    return document;
  };

  return {
    get buildCount() {
      return buildCount;
    },
    async find(slug) {
      if (!slugPattern.test(slug)) return undefined;
      const present = kept.get(slug);
      if (present && performance.now() - present.checkedAt < freshMs) return present.document;
      // Many readers at once ask the database once.
      const asked = underWay.get(slug) ?? refresh(slug).finally(() => underWay.delete(slug));
      underWay.set(slug, asked);
      return asked;
    },
  };
}

async function build(ports: FeedPorts, slug: string, changedAt: Date): Promise<PublishedDocument | undefined> {
  const head = await findFeedHead(ports.database, slug);
  if (!head) return undefined;
  const posts = await listFeedPosts(ports.database, { newsletterId: head.newsletterId, limit: maxEntries });
  const habits = await loadPostingHabits(
    ports.database,
    posts.map((post) => post.postId),
  );
  const urls = { selfUrl: feedUrl(ports.publicUrl, slug), alternateUrl: archiveUrl(ports.publicUrl, slug) };
  return publishDocument(buildAtom(feedFromPosts(head, posts, urls, habits)), 'application/atom+xml; charset=utf-8', changedAt);
}

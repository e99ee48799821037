import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { retractPost } from '../ledger/retract-post.ts';
import type { RenderRendition } from '../ledger/drafts/rendition.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import { loadCurrent } from './revision-content-store.ts';

/** What checking needs. */
export interface CheckPorts {
  readonly database: Database;
  readonly reader: SourceReader;
  readonly clock: Clock;
  /** Renders digests without the post; without it what is queued is changed by the next sweep. */
  readonly renderRendition?: RenderRendition;
}

/** What the page of a post says. */
export type PostCheck =
  /** 410: the site withdrew it on purpose, and so did we. */
  | { readonly kind: 'retracted'; readonly url: string }
  | { readonly kind: 'present'; readonly url: string }
  /** Any other answer is no proof: a 404 may be a fault of an hour. Staff decide. */
  | { readonly kind: 'unclear'; readonly url: string; readonly reason: string }
  | { readonly kind: 'no_page' };

/** Asks the page of a post whether it is still there, and retracts the post when the answer is 410. @throws NotFoundError */
export async function checkPost(ports: CheckPorts, postId: string): Promise<PostCheck> {
  const [post] = await loadCurrent(ports.database, [postId]);
  if (!post) throw new NotFoundError(`Expected a post, found none with id ${postId}`, { remedy: { kind: 'list', of: 'posts' } });
  const { url } = post;
  if (url === null) return { kind: 'no_page' };
  const page = await ports.reader.readPage(url);
  if (page.kind === 'failed') return { kind: 'unclear', url, reason: page.reason };
  const { status } = page.exchange;
  if (status >= 200 && status < 300) return { kind: 'present', url };
  if (status !== 410) return { kind: 'unclear', url, reason: `its page answers with status ${status}` };
  const { renderRendition } = ports;
  await retractPost(ports.database, postId, {
    reason: 'its page answers 410',
    now: ports.clock(),
    ...(renderRendition ? { renderRendition } : {}),
  });
  return { kind: 'retracted', url };
}

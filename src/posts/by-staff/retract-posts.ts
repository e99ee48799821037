import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { RenderRendition } from '../../ledger/drafts/rendition.ts';
import { retractPost, undoRetraction, type UndoneRetraction } from '../../ledger/retract-post.ts';
import type { SourceReader } from '../../reading/source-reader.ts';
import { checkPage, type PageCheck } from './check-page.ts';
import { choosePost, showPost } from '../list-posts.ts';
import type { PublicPostDetails } from '../public-post.ts';

/** Whether anything was changed, and the post as it is now. */
export interface RetractedByStaff {
  /** False: it was retracted before. */
  readonly isRetracted: boolean;
  readonly post: PublicPostDetails;
}

/** What withdrawing a post needs. */
export interface RetractionPorts {
  readonly database: Database;
  readonly clock: Clock;
  /** Renders the digests that are queued without the post. */
  readonly renderRendition: RenderRendition;
}

/** Staff withdraw a post, by its id or the address of its page: it leaves what is not sent yet, and the feeds. @throws NotFoundError */
export async function retractByStaff(ports: RetractionPorts, idOrUrl: string, reason: string): Promise<RetractedByStaff> {
  const { database, clock, renderRendition } = ports;
  const id = await choosePost(database, idOrUrl);
  const isRetracted = await retractPost(database, id, { reason, now: clock(), renderRendition });
  return { isRetracted, post: await showPost(database, id) };
}

/** The same where its page says that it is gone; where the page says anything else, nothing was changed. @throws NotFoundError */
export async function retractIfGone(
  ports: RetractionPorts & { readonly reader: SourceReader },
  idOrUrl: string,
): Promise<{ readonly page: PageCheck; readonly post: PublicPostDetails }> {
  const post = await showPost(ports.database, idOrUrl);
  const page = await checkPage(ports.reader, post.url);
  if (page.kind !== 'gone') return { page, post };
  await retractPost(ports.database, post.id, {
    reason: 'its page answers 410',
    now: ports.clock(),
    renderRendition: ports.renderRendition,
  });
  return { page, post: await showPost(ports.database, post.id) };
}

/** Staff take a retraction back: whoever missed the post in the meantime is offered it. @throws NotFoundError */
export async function undoByStaff(
  database: Database,
  idOrUrl: string,
  now: Date,
): Promise<{ readonly outcome: UndoneRetraction; readonly post: PublicPostDetails }> {
  const id = await choosePost(database, idOrUrl);
  const outcome = await undoRetraction(database, id, now);
  return { outcome, post: await showPost(database, id) };
}

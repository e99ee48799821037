import type { Tx } from '../../db/db.ts';
import { lockPosts } from '../../ledger/exclusion/posts-lock-store.ts';
import { loadAdmissions } from '../../ledger/releases/admission-store.ts';
import { offerAdmitted } from '../../posts/offer-admitted.ts';
import { finishPoll, listReleasedOfSource, type ClaimedSource, type PollResult } from './poll-store.ts';

/**
 * Ends a poll. A source that is called otherwise from now on, or has moved, may be let in by rules that go by its name: its released posts are offered then.
 * @throws ConflictError when the claim has run out and another process took the source
 */
export async function endPoll(tx: Tx, source: ClaimedSource, result: PollResult): Promise<void> {
  const isRenamed = source.url !== result.url || (source.title !== null && result.title !== undefined && source.title !== result.title);
  if (!isRenamed) return finishPoll(tx, source, result);
  await lockPosts(tx);
  const before = await loadAdmissions(tx, await listReleasedOfSource(tx, source.id));
  await finishPoll(tx, source, result);
  await offerAdmitted(tx, before, result.now);
}

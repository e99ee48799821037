import type { Database, Tx } from '../../db/db.ts';
import { holdUnfrozen } from './hold-unfrozen.ts';
import { lockFollowers, replaceTopic } from '../subscriptions/follower-store.ts';

/** Whose topic becomes which. */
export interface FollowerMove {
  readonly newsletterId: string;
  readonly fromTopicId: string;
  readonly intoTopicId: string;
  /** Waits for whoever has the newsletter's row, for a moment. */
  readonly waits: boolean;
  /** Writes down how many each step moved, in its transaction. */
  readonly record: (tx: Tx, movedCount: number) => Promise<void>;
}

/** What moving came to: how many moved; `blocked` by an edition that is being frozen, or by somebody who has the newsletter's row (null). */
export interface MovedFollowers {
  readonly movedCount: number;
  readonly blocked?: { readonly byEditionId: string | null };
}

/** Subscriptions per transaction, as in a freeze. */
const moveStepSize = 2_000;

/**
 * Lets the followers of a topic in one newsletter follow another in its place, in steps under the exclusion of offers. What a reader chooses meanwhile
 * stands: each is changed from what they chose by then, under the lock of their row. Safe to repeat after a crash.
 */
export async function moveFollowers(database: Database, move: FollowerMove): Promise<MovedFollowers> {
  const { newsletterId, fromTopicId, intoTopicId, waits, record } = move;
  let movedCount = 0;
  for (let afterId = '0'; ;) {
    const step = await database.transaction(async (tx) => {
      const blocked = await holdUnfrozen(tx, [newsletterId], waits);
      if (blocked.size > 0) return { byEditionId: blocked.get(newsletterId) ?? null };
      const ids = await lockFollowers(tx, { newsletterId, topicId: fromTopicId, afterId, limit: moveStepSize });
      const count = await replaceTopic(tx, ids, fromTopicId, intoTopicId);
      if (count > 0) await record(tx, count);
      return { lastId: ids.at(-1), count };
    });
    if (!('count' in step)) return { movedCount, blocked: step };
    if (step.lastId === undefined) return { movedCount };
    movedCount += step.count;
    afterId = step.lastId;
  }
}

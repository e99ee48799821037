import type { Queryable } from '../../db/db.ts';
import { editionReasons } from '../../ledger/drafts/edition.ts';
import { lastPositionAt } from '../../ledger/releases/release-store.ts';
import type { Beginning } from './beginning.ts';

interface BeginningRow {
  readonly since: string;
  readonly activatedAt: Date;
  readonly isMadeThere: boolean;
  readonly editionId: string | null;
}

/**
 * What set the position at which a subscription begins, as far as its row and the editions still say: an edition with that cutoff which had passed it
 * when they joined, of their schedule rather than of another, and rather one that can be shown.
 */
export async function findBeginning(db: Queryable, subscriptionId: string, joinReachDays: number): Promise<Beginning | undefined> {
  const { rows } = await db.query<BeginningRow>(
    `select c.since, s.activated_at as "activatedAt", n.made_at_position = c.since as "isMadeThere",
       (select e.id from edition e
        where e.newsletter_id = n.id and e.cutoff = c.since
          and (e.frozen_at <= s.activated_at and e.state <> 'skipped'
            or e.state = 'skipped' and not e.is_stopped_by_staff and e.reason = $2 and e.ended_at <= s.activated_at)
        order by e.schedule_id = s.schedule_id desc, e.archive_rendition_id is not null desc, e.id desc limit 1) as "editionId"
     from subscription s join newsletter n on n.id = s.newsletter_id join subscription_cursor c on c.subscription_id = s.id
     where s.id = $1 and s.activated_at is not null`,
    [subscriptionId, editionReasons.nothingDue],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  if (row.editionId !== null) return { kind: 'edition', editionId: row.editionId };
  if (row.isMadeThere) return { kind: 'newsletter' };
  const from = new Date(row.activatedAt.getTime() - joinReachDays * 86_400_000);
  return (await lastPositionAt(db, from)) === BigInt(row.since) ? { kind: 'reach', from } : undefined;
}

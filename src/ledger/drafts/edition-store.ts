import type { Queryable, Tx } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { type CheckedPlan, type Edition, editionReasons, type EditionPost, type EditionState, statesBefore } from './edition.ts';
import { parsePosition } from '../position.ts';

type EditionRow = Omit<Edition, 'cutoff' | 'previousCutoff' | 'frozenUpto'> & {
  readonly cutoff: string;
  readonly previousCutoff: string;
  readonly frozenUpto: string;
};

const columns = `id, newsletter_id as "newsletterId", schedule_id as "scheduleId", slot_at as "slotAt", state, reason, by_hand as "byHand", cutoff,
  previous_cutoff as "previousCutoff", minimum, maximum, (extract(epoch from max_wait) * 1000)::float8 as "maxWaitMs", subject, preheader, note,
  gates, repairs, archive_rendition_id as "archiveRenditionId", checked_plan as "checkedPlan", frozen_upto as "frozenUpto", freeze_run as "freezeRun",
  state_before_pause as "stateBeforePause", state_since as "stateSince", is_stopped_by_staff as "isStoppedByStaff", decide_by as "decideBy",
  composed_at as "composedAt", approved_at as "approvedAt", approved_by as "approvedBy", approved_sender as "approvedSender",
  frozen_at as "frozenAt", ended_at as "endedAt", pruned_at as "prunedAt"`;

/** SQL: whether an edition brought posts: one by hand may have brought corrections alone, and its posts are of the next. */
export function bringsPostsSql(edition: string): string {
  return `(not ${edition}.by_hand
    or exists (select from rendition r join release l on l.position = any(r.positions) and l.kind = 'post' where r.edition_id = ${edition}.id)
    or not exists (select from rendition r where r.edition_id = ${edition}.id))`;
}

/**
 * SQL: whether an edition that was approved carries the post (an id in SQL): somebody has it or is about to. One that was skipped carries nothing, and one by hand
 * that brings corrections alone none of the posts that it pinned: they wait.
 */
export function carriedSql(postId: string): string {
  return `exists (select from release l join edition_post e on e.position = l.position join edition d on d.id = e.edition_id
                  where l.post_id = ${postId} and d.approved_at is not null and d.state <> 'skipped' and not e.is_left_out
                    and ${bringsPostsSql('d')})`;
}

/** An edition. */
export async function findEdition(db: Queryable, editionId: string): Promise<Edition | undefined> {
  const { rows } = await db.query<EditionRow>(`select ${columns} from edition where id = $1`, [editionId]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** An edition. @throws NotFoundError */
export async function getEdition(db: Queryable, editionId: string): Promise<Edition> {
  return found(await findEdition(db, editionId), editionId);
}

/** The edition of a schedule that stands in the place of one that was replaced; undefined while there is none. */
export async function findReplacement(db: Queryable, replaced: Pick<Edition, 'id' | 'scheduleId'>): Promise<Edition | undefined> {
  const { rows } = await db.query<EditionRow>(
    `select ${columns} from edition
     where schedule_id = $1 and id > $2 and (state <> 'skipped' or reason is distinct from $3)
     order by id limit 1`,
    [replaced.scheduleId, replaced.id, editionReasons.replaced],
  );
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** Locks an edition's row and returns it: a freeze chunk that runs is waited for. @throws NotFoundError */
export async function lockEdition(tx: Tx, editionId: string): Promise<Edition> {
  const { rows } = await tx.query<EditionRow>(`select ${columns} from edition where id = $1 for no key update`, [editionId]);
  return found(rows[0] === undefined ? undefined : fromRow(rows[0]), editionId);
}

/** Which editions to list; newest first. */
export interface EditionFilter {
  readonly newsletterId?: string;
  readonly scheduleId?: string;
  readonly states?: readonly EditionState[];
  readonly limit?: number;
  /** Only those with a lower id. */
  readonly beforeId?: string;
}

/** Editions, newest first; at most `limit` (100). */
export async function listEditions(db: Queryable, filter: EditionFilter = {}): Promise<Edition[]> {
  const { rows } = await db.query<EditionRow>(
    `select ${columns} from edition
     where ($1::bigint is null or newsletter_id = $1) and ($2::bigint is null or schedule_id = $2) and ($3::text[] is null or state = any($3))
       and ($5::bigint is null or id < $5)
     order by id desc limit $4`,
    [filter.newsletterId ?? null, filter.scheduleId ?? null, filter.states ?? null, filter.limit ?? 100, filter.beforeId ?? null],
  );
  return rows.map(fromRow);
}

/** An edition that stopped or ended because of what was refused. */
export interface StoppedEdition {
  readonly id: string;
  readonly state: 'paused' | 'done';
  readonly reason: string;
}

/** Editions that paused themselves, or that ended lately with too much refused and had not paused before. */
export async function listStoppedEditions(db: Queryable): Promise<StoppedEdition[]> {
  const { rows } = await db.query<StoppedEdition>(
    `select id, state, coalesce(reason, '') as reason from edition
     where state = 'paused' and not is_stopped_by_staff and state_since is not null
        or state = 'done' and state_before_pause is null and reason is not null and ended_at > now() - interval '7 days'
     order by id`,
  );
  return rows;
}

/** The edition of a slot. */
export async function findEditionOfSlot(db: Queryable, scheduleId: string, slotAt: Date): Promise<Edition | undefined> {
  const { rows } = await db.query<EditionRow>(`select ${columns} from edition where schedule_id = $1 and slot_at = $2`, [
    scheduleId,
    slotAt,
  ]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/**
 * Locks a newsletter's row: approvals, offers and undone retractions of one newsletter take turns. `for no key update`, because a plain
 * `for update` blocks every sign-up through its foreign key. @throws NotFoundError
 */
export async function lockNewsletter(tx: Tx, newsletterId: string): Promise<{ readonly isClosed: boolean }> {
  const { rows } = await tx.query<{ isClosed: boolean }>(
    `select closed_at is not null as "isClosed" from newsletter where id = $1 for no key update`,
    [newsletterId],
  );
  if (rows[0] === undefined) throw new NotFoundError('Expected a newsletter, found none', { details: { newsletterId } });
  return rows[0];
}

/** The edition of a newsletter that is being frozen; ask under the newsletter's lock. */
export async function findApprovedEdition(db: Queryable, newsletterId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(`select id from edition where newsletter_id = $1 and state = 'approved'`, [newsletterId]);
  return rows[0]?.id;
}

/** Editions of a newsletter that may still have queued or sending deliveries, whatever their own state. */
export async function listOpenEditionIds(db: Queryable, newsletterId: string, exceptEditionId: string | null = null): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(`${openEditionsSql(1, 2)} order by id`, [newsletterId, exceptEditionId]);
  return rows.map((row) => row.id);
}

/** SQL: a query for the ids that `listOpenEditionIds` lists; its arguments are the numbers of parameters. */
export function openEditionsSql(newsletterId: number, exceptEditionId: number): string {
  return `select id from edition where newsletter_id = $${newsletterId} and ended_at is null and frozen_upto > 0 and id is distinct from $${exceptEditionId}`;
}

/** What an edition pinned, by position. */
export async function listEditionPosts(db: Queryable, editionId: string): Promise<EditionPost[]> {
  const { rows } = await db.query<Omit<EditionPost, 'position'> & { position: string }>(
    `select position, post_id as "postId", kind, revision, topics, rank, is_pinned_first as "isPinnedFirst", is_left_out as "isLeftOut"
     from edition_post where edition_id = $1 order by position`,
    [editionId],
  );
  return rows.map((row) => ({ ...row, position: parsePosition(row.position) }));
}

/** What is stored beside a change of state. */
export interface EditionStateChange {
  readonly to: EditionState;
  /** Undefined keeps the reason. */
  readonly reason?: string | null;
  readonly approvedBy?: string;
  /** True ends the edition: no delivery of it is open. */
  readonly hasEnded?: boolean;
  readonly isFrozen?: boolean;
  /** True where a person, and no fault, pauses, cancels or skips it. */
  readonly isByStaff?: boolean;
  readonly now: Date;
}

/** Changes the state where the table of transitions allows it (or only from `from`); false changes nothing. */
export async function setEditionState(
  tx: Tx,
  editionId: string,
  change: EditionStateChange,
  from: readonly EditionState[] = statesBefore(change.to),
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update edition
     set freeze_run = freeze_run + case when $2 = 'approved' then 1 else 0 end,
         state_before_pause = case when $2 = 'paused' then state end,
         resumed_at = case when state = 'paused' then now() else resumed_at end,
         state = $2, state_since = $6, is_stopped_by_staff = $10,
         reason = case when $3 then $4 else reason end,
         approved_by = coalesce($5, approved_by),
         approved_at = case when $5::text is null then approved_at else $6::timestamptz end,
         approved_sender = case when $5::text is null then approved_sender
           else (select n.sender_address from newsletter n where n.id = edition.newsletter_id) end,
         frozen_at = case when $7 then $6::timestamptz else frozen_at end,
         ended_at = case when $8 then $6::timestamptz end
     where id = $1 and state = any($9::text[])`,
    [
      editionId,
      change.to,
      change.reason !== undefined,
      change.reason ?? null,
      change.approvedBy ?? null,
      change.now,
      change.isFrozen ?? false,
      change.hasEnded ?? false,
      from,
      change.isByStaff ?? false,
    ],
  );
  return rowCount === 1;
}

/** Stores what a draft that was checked would do. */
export async function setCheckedPlan(db: Queryable, editionId: string, plan: CheckedPlan): Promise<void> {
  await db.query(`update edition set checked_plan = $2 where id = $1`, [editionId, JSON.stringify(plan)]);
}

/** Stores which rendition the archive page shows. */
export async function setArchiveRendition(db: Queryable, editionId: string, renditionId: string): Promise<void> {
  await db.query(`update edition set archive_rendition_id = $2 where id = $1`, [editionId, renditionId]);
}

function found<T>(value: T | undefined, editionId: string): T {
  if (value === undefined)
    throw new NotFoundError(`Expected an edition, found none with id ${editionId}`, {
      details: { editionId },
      remedy: { kind: 'list', of: 'editions' },
    });
  return value;
}

function fromRow(row: EditionRow): Edition {
  return {
    ...row,
    cutoff: parsePosition(row.cutoff),
    previousCutoff: parsePosition(row.previousCutoff),
    frozenUpto: BigInt(row.frozenUpto),
  };
}

/** How many editions are in each state that one is in. */
export async function countEditions(db: Queryable): Promise<{ readonly state: EditionState; readonly count: number }[]> {
  const { rows } = await db.query<{ state: EditionState; count: number }>(
    `select state, count(*)::integer as count from edition group by state order by state`,
  );
  return rows;
}

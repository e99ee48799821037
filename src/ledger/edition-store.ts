import type { Queryable, Tx } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { type Edition, type EditionPost, type EditionState, editionReasons, statesBefore } from './edition.ts';
import { type Position, parsePosition } from './position.ts';

interface EditionRow {
  readonly id: string;
  readonly newsletter_id: string;
  readonly schedule_id: string;
  readonly slot_at: Date | null;
  readonly state: EditionState;
  readonly reason: string | null;
  readonly by_hand: boolean;
  readonly cutoff: string;
  readonly previous_cutoff: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly max_wait_ms: number | null;
  readonly subject: string | null;
  readonly preheader: string | null;
  readonly note: string | null;
  readonly gates: unknown[];
  readonly repairs: unknown[];
  readonly archive_rendition_id: string | null;
  readonly frozen_upto: string;
  readonly state_before_pause: EditionState | null;
  readonly decide_by: Date | null;
  readonly composed_at: Date;
  readonly approved_at: Date | null;
  readonly approved_by: string | null;
  readonly frozen_at: Date | null;
  readonly ended_at: Date | null;
}

const columns = `id, newsletter_id, schedule_id, slot_at, state, reason, by_hand, cutoff, previous_cutoff, minimum, maximum,
  (extract(epoch from max_wait) * 1000)::float8 as max_wait_ms, subject, preheader, note, gates, repairs, archive_rendition_id, frozen_upto,
  state_before_pause, decide_by, composed_at, approved_at, approved_by, frozen_at, ended_at`;

/** An edition. */
export async function findEdition(db: Queryable, editionId: string): Promise<Edition | undefined> {
  const { rows } = await db.query<EditionRow>(`select ${columns} from edition where id = $1`, [editionId]);
  return rows[0] === undefined ? undefined : fromRow(rows[0]);
}

/** An edition. @throws NotFoundError */
export async function getEdition(db: Queryable, editionId: string): Promise<Edition> {
  return found(await findEdition(db, editionId), editionId);
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
}

/** Editions, newest first; at most `limit` (100). */
export async function listEditions(db: Queryable, filter: EditionFilter = {}): Promise<Edition[]> {
  const { rows } = await db.query<EditionRow>(
    `select ${columns} from edition
     where ($1::bigint is null or newsletter_id = $1) and ($2::bigint is null or schedule_id = $2) and ($3::text[] is null or state = any($3))
     order by id desc limit $4`,
    [filter.newsletterId ?? null, filter.scheduleId ?? null, filter.states ?? null, filter.limit ?? 100],
  );
  return rows.map(fromRow);
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
export async function lockNewsletter(tx: Tx, newsletterId: string): Promise<void> {
  const { rows } = await tx.query(`select from newsletter where id = $1 for no key update`, [newsletterId]);
  if (rows[0] === undefined) throw new NotFoundError('Expected a newsletter, found none', { details: { newsletterId } });
}

/** The edition of a newsletter that is being frozen; ask under the newsletter's lock. */
export async function findApprovedEdition(db: Queryable, newsletterId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(`select id from edition where newsletter_id = $1 and state = 'approved'`, [newsletterId]);
  return rows[0]?.id;
}

/** Editions of a newsletter that may still have queued or sending deliveries, whatever their own state. */
export async function listOpenEditionIds(db: Queryable, newsletterId: string, exceptEditionId: string | null = null): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from edition
     where newsletter_id = $1 and ended_at is null and frozen_upto > 0 and id is distinct from $2
     order by id`,
    [newsletterId, exceptEditionId],
  );
  return rows.map((row) => row.id);
}

/** A schedule as composing needs it. */
export interface ComposingSchedule {
  readonly minimum: number;
  readonly maximum: number;
  readonly maxWaitMs: number | null;
}

/** The schedule's rules. @throws NotFoundError when it is not one of the newsletter's, or removed */
export async function getComposingSchedule(db: Queryable, newsletterId: string, scheduleId: string): Promise<ComposingSchedule> {
  const { rows } = await db.query<{ minimum: number; maximum: number; max_wait_ms: number | null }>(
    `select s.minimum, s.maximum, (extract(epoch from s.max_wait) * 1000)::float8 as max_wait_ms
     from schedule s
     where s.id = $2 and s.newsletter_id = $1 and s.removed_at is null`,
    [newsletterId, scheduleId],
  );
  const row = rows[0];
  if (row === undefined)
    throw new NotFoundError('Expected a schedule of this newsletter, found none', { details: { newsletterId, scheduleId } });
  return { minimum: row.minimum, maximum: row.maximum, maxWaitMs: row.max_wait_ms };
}

/** The language of a newsletter. @throws NotFoundError */
export async function getNewsletterLanguage(db: Queryable, newsletterId: string): Promise<string> {
  const { rows } = await db.query<{ language: string }>(`select language from newsletter where id = $1`, [newsletterId]);
  if (rows[0] === undefined) throw new NotFoundError('Expected a newsletter, found none', { details: { newsletterId } });
  return rows[0].language;
}

/**
 * The cutoff of the schedule's edition before; for its first one that of the newsletter's last edition before the schedule existed, so that a
 * new schedule's first archive page is no dump of everything that ever was.
 */
export async function findPreviousCutoff(db: Queryable, newsletterId: string, scheduleId: string): Promise<Position> {
  const { rows } = await db.query<{ cutoff: string }>(
    `select coalesce(
       (select max(cutoff) from edition where schedule_id = $2 and approved_at is not null),
       (select max(e.cutoff) from edition e join schedule s on s.id = $2
        where e.newsletter_id = $1 and e.approved_at is not null and e.approved_at < s.created_at),
       0) as cutoff`,
    [newsletterId, scheduleId],
  );
  return parsePosition(rows[0]?.cutoff ?? '0');
}

/** What a new edition starts with. */
export interface NewEdition {
  readonly newsletterId: string;
  readonly scheduleId: string;
  readonly slotAt: Date | null;
  readonly byHand: boolean;
  readonly cutoff: Position;
  readonly previousCutoff: Position;
  readonly now: Date;
}

/** Stores an edition as a draft, or as skipped because nothing is due. Minimum, maximum and max_wait are the schedule's at this moment. */
export async function insertEdition(tx: Tx, edition: NewEdition, state: 'draft' | 'skipped'): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into edition (newsletter_id, schedule_id, slot_at, state, reason, by_hand, cutoff, previous_cutoff, minimum, maximum, max_wait,
                          composed_at, ended_at)
     select $1, id, $3, $4, case when $4 = 'skipped' then $9 end, $5, $6, $7, minimum, maximum, max_wait, $8,
            case when $4 = 'skipped' then $8::timestamptz end
     from schedule where id = $2
     returning id`,
    [
      edition.newsletterId,
      edition.scheduleId,
      edition.slotAt,
      state,
      edition.byHand,
      String(edition.cutoff),
      String(edition.previousCutoff),
      edition.now,
      editionReasons.nothingDue,
    ],
  );
  return found(rows[0], edition.scheduleId).id;
}

/** Ends the schedule's draft, where it has one, as replaced; returns its id. */
export async function replaceDraft(tx: Tx, scheduleId: string, now: Date): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string }>(
    `update edition set state = 'skipped', reason = $2, ended_at = $3 where schedule_id = $1 and state in ('draft', 'held') returning id`,
    [scheduleId, editionReasons.replaced, now],
  );
  return rows[0]?.id;
}

/** Pins releases for a draft. */
export async function insertEditionPosts(
  tx: Tx,
  editionId: string,
  posts: readonly Omit<EditionPost, 'rank' | 'isPinnedFirst' | 'isLeftOut'>[],
): Promise<void> {
  await tx.query(
    `insert into edition_post (edition_id, position, post_id, kind, revision, topics)
     select $1, u.position, u.post_id, u.kind, u.revision, u.topics::bigint[]
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::integer[], $6::text[]) as u (position, post_id, kind, revision, topics)`,
    [
      editionId,
      posts.map((post) => String(post.position)),
      posts.map((post) => post.postId),
      posts.map((post) => post.kind),
      posts.map((post) => post.revision),
      posts.map((post) => `{${post.topics.join(',')}}`),
    ],
  );
}

/** What an edition pinned, by position. */
export async function listEditionPosts(db: Queryable, editionId: string): Promise<EditionPost[]> {
  const { rows } = await db.query<{
    position: string;
    post_id: string;
    kind: 'post' | 'correction';
    revision: number;
    topics: string[];
    rank: number | null;
    is_pinned_first: boolean;
    is_left_out: boolean;
  }>(
    `select position, post_id, kind, revision, topics, rank, is_pinned_first, is_left_out from edition_post where edition_id = $1 order by position`,
    [editionId],
  );
  return rows.map((row) => ({
    position: parsePosition(row.position),
    postId: row.post_id,
    kind: row.kind,
    revision: row.revision,
    topics: row.topics,
    rank: row.rank,
    isPinnedFirst: row.is_pinned_first,
    isLeftOut: row.is_left_out,
  }));
}

/** What staff may change about one post of a draft. */
export interface EditionPostEdit {
  readonly rank?: number | null;
  readonly isPinnedFirst?: boolean;
  readonly isLeftOut?: boolean;
}

/** Edits one post of a draft; false when the edition is no draft any more, or has no such post. */
export async function editEditionPost(tx: Tx, editionId: string, position: Position, edit: EditionPostEdit): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update edition_post p
     set rank = case when $3 then $4 else rank end,
         is_pinned_first = coalesce($5, is_pinned_first), is_left_out = coalesce($6, is_left_out)
     from edition e where e.id = p.edition_id and e.id = $1 and p.position = $2 and e.state in ('draft', 'held')`,
    [editionId, String(position), edit.rank !== undefined, edit.rank ?? null, edit.isPinnedFirst ?? null, edit.isLeftOut ?? null],
  );
  return rowCount === 1;
}

/** What staff may write into a draft; null takes it out again. */
export interface EditionTextEdit {
  readonly subject?: string | null;
  readonly preheader?: string | null;
  readonly note?: string | null;
}

/** Edits the words of a draft; false when the edition is no draft any more. */
export async function editEditionTexts(tx: Tx, editionId: string, edit: EditionTextEdit): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update edition
     set subject = case when $2 then $3 else subject end,
         preheader = case when $4 then $5 else preheader end,
         note = case when $6 then $7 else note end
     where id = $1 and state in ('draft', 'held')`,
    [
      editionId,
      edit.subject !== undefined,
      edit.subject ?? null,
      edit.preheader !== undefined,
      edit.preheader ?? null,
      edit.note !== undefined,
      edit.note ?? null,
    ],
  );
  return rowCount === 1;
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
     set state_before_pause = case when $2 = 'paused' then state end,
         state = $2,
         reason = case when $3 then $4 else reason end,
         approved_by = coalesce($5, approved_by),
         approved_at = case when $5::text is null then approved_at else $6::timestamptz end,
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
    ],
  );
  return rowCount === 1;
}

/** Stores which rendition the archive page shows. */
export async function setArchiveRendition(db: Queryable, editionId: string, renditionId: string): Promise<void> {
  await db.query(`update edition set archive_rendition_id = $2 where id = $1`, [editionId, renditionId]);
}

/** Stores what gates and repairs said about a draft, and until when somebody has to decide. */
export async function setEditionChecks(
  db: Queryable,
  editionId: string,
  checks: { gates?: readonly unknown[]; repairs?: readonly unknown[]; decideBy?: Date | null },
): Promise<void> {
  await db.query(
    `update edition set gates = coalesce($2, gates), repairs = coalesce($3, repairs), decide_by = case when $4 then $5 else decide_by end
     where id = $1`,
    [
      editionId,
      checks.gates === undefined ? null : JSON.stringify(checks.gates),
      checks.repairs === undefined ? null : JSON.stringify(checks.repairs),
      checks.decideBy !== undefined,
      checks.decideBy ?? null,
    ],
  );
}

function found<T>(value: T | undefined, editionId: string): T {
  if (value === undefined) throw new NotFoundError(`No edition with id ${editionId}`, { details: { editionId } });
  return value;
}

function fromRow(row: EditionRow): Edition {
  return {
    id: row.id,
    newsletterId: row.newsletter_id,
    scheduleId: row.schedule_id,
    slotAt: row.slot_at,
    state: row.state,
    reason: row.reason,
    byHand: row.by_hand,
    cutoff: parsePosition(row.cutoff),
    previousCutoff: parsePosition(row.previous_cutoff),
    minimum: row.minimum,
    maximum: row.maximum,
    maxWaitMs: row.max_wait_ms,
    subject: row.subject,
    preheader: row.preheader,
    note: row.note,
    gates: row.gates,
    repairs: row.repairs,
    archiveRenditionId: row.archive_rendition_id,
    frozenUpto: BigInt(row.frozen_upto),
    stateBeforePause: row.state_before_pause,
    decideBy: row.decide_by,
    composedAt: row.composed_at,
    approvedAt: row.approved_at,
    approvedBy: row.approved_by,
    frozenAt: row.frozen_at,
    endedAt: row.ended_at,
  };
}

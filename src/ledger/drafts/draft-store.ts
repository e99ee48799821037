import type { Queryable, Tx } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { editionReasons, type EditionPost, type Fault } from './edition.ts';
import { bringsPostsSql } from './edition-store.ts';
import { parsePosition, type Position } from '../position.ts';

/** A schedule as composing needs it. */
export interface ComposingSchedule {
  readonly minimum: number;
  readonly maximum: number;
  readonly maxWaitMs: number | null;
}

/** The schedule's rules. @throws NotFoundError when it is not one of the newsletter's, or removed */
export async function getComposingSchedule(db: Queryable, newsletterId: string, scheduleId: string): Promise<ComposingSchedule> {
  const { rows } = await db.query<ComposingSchedule>(
    `select s.minimum, s.maximum, (extract(epoch from s.max_wait) * 1000)::float8 as "maxWaitMs"
     from schedule s
     where s.id = $2 and s.newsletter_id = $1 and s.removed_at is null`,
    [newsletterId, scheduleId],
  );
  if (rows[0] === undefined)
    throw new NotFoundError('Expected a schedule of this newsletter, found none', { details: { newsletterId, scheduleId } });
  return rows[0];
}

/** The language of a newsletter. @throws NotFoundError */
export async function getNewsletterLanguage(db: Queryable, newsletterId: string): Promise<string> {
  const { rows } = await db.query<{ language: string }>(`select language from newsletter where id = $1`, [newsletterId]);
  if (rows[0] === undefined) throw new NotFoundError('Expected a newsletter, found none', { details: { newsletterId } });
  return rows[0].language;
}

/**
 * The cutoff of the schedule's edition before that brought posts; for its first one that of the newsletter's last edition before the schedule existed, so
 * that a new schedule's first archive page is no dump of everything that ever was. One that was skipped, because nobody was to get anything when it was
 * frozen, brought none: its posts stand on the page of what brings them.
 */
export async function findPreviousCutoff(db: Queryable, newsletterId: string, scheduleId: string): Promise<Position> {
  const wentOut = `e.approved_at is not null and e.state <> 'skipped' and ${bringsPostsSql('e')}`;
  const { rows } = await db.query<{ cutoff: string }>(
    `select coalesce(
       (select e.cutoff from edition e where e.schedule_id = $2 and ${wentOut} order by e.cutoff desc limit 1),
       (select e.cutoff from edition e join schedule s on s.id = $2
        where e.newsletter_id = $1 and e.approved_at < s.created_at and ${wentOut}
        order by e.cutoff desc limit 1),
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
export async function insertEdition(tx: Tx, edition: NewEdition, skippedBecause: string | null): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `insert into edition (newsletter_id, schedule_id, slot_at, state, reason, by_hand, cutoff, previous_cutoff, minimum, maximum, max_wait,
                          composed_at, ended_at)
     select $1, id, $3, case when $4::text is null then 'draft' else 'skipped' end, $4, $5, $6, $7, minimum, maximum, max_wait, $8,
            case when $4::text is not null then $8::timestamptz end
     from schedule where id = $2
     returning id`,
    [
      edition.newsletterId,
      edition.scheduleId,
      edition.slotAt,
      skippedBecause,
      edition.byHand,
      String(edition.cutoff),
      String(edition.previousCutoff),
      edition.now,
    ],
  );
  if (rows[0] === undefined) throw new NotFoundError('Expected a schedule, found none', { details: { scheduleId: edition.scheduleId } });
  return rows[0].id;
}

/** Ends the schedule's draft, where it has one, as replaced; returns its id. */
export async function replaceDraft(tx: Tx, scheduleId: string, now: Date): Promise<string | undefined> {
  const { rows } = await tx.query<{ id: string }>(
    `update edition set state = 'skipped', reason = $2, ended_at = $3 where schedule_id = $1 and state in ('draft', 'held') returning id`,
    [scheduleId, editionReasons.replaced, now],
  );
  return rows[0]?.id;
}

/**
 * The schedule's last draft, where nobody decided about it: it was replaced, or was a send by hand to which nobody agreed. What staff edited in it is for the
 * next draft; slots for which nothing was due came to none. One that was approved was decided about, whatever became of it, and one that had nothing for
 * anybody once it was edited (it pinned posts) has had its turn: what it left out is in the next.
 */
export async function findUndecidedDraft(db: Queryable, scheduleId: string): Promise<string | undefined> {
  const { replaced, declined, nothingDue, belowMinimum, overtaken } = editionReasons;
  const { rows } = await db.query<{ id: string; isUndecided: boolean }>(
    `select id, state = 'skipped' and not is_stopped_by_staff and reason = any($2::text[]) as "isUndecided" from edition
     where schedule_id = $1
       and (state <> 'skipped' or is_stopped_by_staff or reason <> all($3::text[]) or exists (select from edition_post p where p.edition_id = edition.id))
     order by id desc limit 1`,
    [scheduleId, [replaced, declined], [nothingDue, belowMinimum, overtaken]],
  );
  return rows[0]?.isUndecided ? rows[0].id : undefined;
}

/** Gives a draft what staff had written into the one that it takes over from, and what they had decided about the posts that both have. */
export async function copyEdits(tx: Tx, fromEditionId: string, toEditionId: string): Promise<void> {
  await tx.query(
    `update edition e set subject = o.subject, preheader = o.preheader, note = o.note from edition o where o.id = $1 and e.id = $2`,
    [fromEditionId, toEditionId],
  );
  await tx.query(
    `update edition_post p set rank = o.rank, is_pinned_first = o.is_pinned_first, is_left_out = o.is_left_out
     from edition_post o where o.edition_id = $1 and p.edition_id = $2 and p.position = o.position`,
    [fromEditionId, toEditionId],
  );
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

/** Whether a later slot of the schedule was composed. */
export async function hasLaterSlot(db: Queryable, scheduleId: string, slotAt: Date): Promise<boolean> {
  const { rows } = await db.query<{ exists: boolean }>(`select exists (select from edition where schedule_id = $1 and slot_at > $2)`, [
    scheduleId,
    slotAt,
  ]);
  return rows[0]?.exists ?? false;
}

/** The draft or held edition that a schedule composed itself and that waits for staff; undefined when none does. */
export async function findWaitingDraft(db: Queryable, scheduleId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    `select id from edition where schedule_id = $1 and state in ('draft', 'held') and not by_hand`,
    [scheduleId],
  );
  return rows[0]?.id;
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

/** Stores what gates and repairs said about a draft, and until when somebody has to decide. */
export async function setEditionChecks(
  db: Queryable,
  editionId: string,
  checks: { gates?: readonly Fault[]; repairs?: readonly unknown[]; decideBy?: Date | null },
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

import type { Database, Queryable } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { listAdmittedPosts, listNewsletterRules, loadMembershipFacts } from '../../ledger/releases/membership-store.ts';
import { rulesAdmit } from '../../ledger/releases/membership.ts';
import { loadPosts } from '../../posts/load-posts.ts';
import { parsePosition, type Position } from '../../ledger/position.ts';
import { getComposingSchedule } from '../../ledger/drafts/draft-store.ts';
import { waitsForMinimum } from '../../ledger/drafts/judgement.ts';
import { planDraft, planEdition } from '../../ledger/drafts/plan-edition.ts';
import { titleOf } from '../digests/digest-model.ts';
import { findBeginning } from './beginning-store.ts';
import type { CarryingDelivery, CorrectionFacts, ExplainFacts } from './explain.ts';

interface PersonRow {
  readonly newsletterId: string;
  readonly newsletter: string;
  readonly scheduleId: string;
  readonly schedule: string;
  readonly isScheduleRemoved: boolean;
  readonly state: 'pending' | 'active' | 'left';
  readonly topics: string[] | null;
  readonly isPaused: boolean;
  readonly suppression: string | null;
  readonly cursor: string | null;
  readonly since: string | null;
  readonly owed: string[] | null;
}

interface PostRow {
  readonly state: ExplainFacts['post']['state'];
  readonly reason: string | null;
  readonly revision: number;
  readonly position: string | null;
  readonly releasedAt: Date | null;
}

/** About whom, which post and when; how far back who joins gets what was released, in days. */
export interface ExplainQuery {
  readonly postId: string;
  readonly subscriptionId: string;
  readonly now: Date;
  readonly joinReachDays: number;
}

/** Loads what explains whether one subscription gets one post. @throws NotFoundError */
export async function loadExplainFacts(db: Database, query: ExplainQuery): Promise<ExplainFacts> {
  const { postId, subscriptionId, now } = query;
  const { rows: posts } = await db.query<PostRow>(
    `select p.state, p.reason, p.revision, r.position, r.released_at as "releasedAt"
     from post p left join release r on r.post_id = p.id and r.kind = 'post' where p.id = $1`,
    [postId],
  );
  const { rows: people } = await db.query<PersonRow>(
    `select n.id as "newsletterId", n.slug as newsletter, s.id as "scheduleId", s.name as schedule, b.state, b.topics,
            s.removed_at is not null as "isScheduleRemoved", coalesce(b.paused_until > $2, false) as "isPaused", x.reason as suppression, c.cursor, c.since, c.owed
     from subscription b
       join newsletter n on n.id = b.newsletter_id
       join schedule s on s.id = b.schedule_id
       join subscriber p on p.id = b.subscriber_id
       left join suppression x on x.address_key = p.address_key
       left join subscription_cursor c on c.subscription_id = b.id
     where b.id = $1`,
    [subscriptionId, now],
  );
  const [post, person] = [posts[0], people[0]];
  if (!post) throw new NotFoundError(`Expected a post, found none with id ${postId}`, { remedy: { kind: 'list', of: 'posts' } });
  if (!person) throw new NotFoundError(`Expected a subscription, found none with id ${subscriptionId}`);
  const content = (await loadPosts(db, [{ postId, revision: post.revision }])).get(`${postId}:${post.revision}`);
  const { rows: topicNames } = await db.query<{ id: string; name: string }>(
    `select id, name from topic where id = any($1::bigint[]) order by ordinal, id`,
    [person.topics ?? []],
  );
  const position = post.position === null ? null : BigInt(post.position);
  const draft = await findDraft(db, person.scheduleId, position);
  return {
    post: {
      title: content ? titleOf(content, 'en') : `post ${postId}`,
      state: post.state,
      reason: post.reason,
      position,
      releasedAt: post.releasedAt,
      topics: (content?.topics ?? []).map(({ id, name }) => ({ id, name })),
    },
    notInNewsletter: await whyNotIn(db, postId, person.newsletterId),
    newsletter: person.newsletter,
    schedule: person.schedule,
    subscription: {
      state: person.state,
      topics: person.topics === null ? null : topicNames,
      isPaused: person.isPaused,
      suppression: person.suppression,
      cursor: person.cursor === null ? null : BigInt(person.cursor),
      since: person.since === null ? null : BigInt(person.since),
      owed: (person.owed ?? []).map(BigInt),
      beginning: await findBeginning(db, subscriptionId, query.joinReachDays),
    },
    draft,
    waitsForMinimum: await findMinimum(db, person, { subscriptionId, draft, position, now }),
    offer: await findOffer(db, postId, person.newsletterId),
    deliveries: position === null ? [] : await listCarrying(db, subscriptionId, position),
    prunedIn: position === null ? null : await findPruned(db, { subscriptionId, newsletterId: person.newsletterId, position }),
    corrections: await listCorrections(db, postId, subscriptionId),
  };
}

async function listCarrying(db: Queryable, subscriptionId: string, position: Position): Promise<CarryingDelivery[]> {
  const { rows } = await db.query<CarryingDelivery>(
    `select d.edition_id as "editionId", d.state, d.reason, d.ended_at as at, d.due_at as "dueAt",
            e.state = 'paused' as "isPaused", e.state = 'cancelled' as "isCancelled"
     from delivery d join rendition r on r.id = d.rendition_id join edition e on e.id = d.edition_id
     where d.subscription_id = $1 and $2::bigint = any (r.positions) order by d.id desc`,
    [subscriptionId, String(position)],
  );
  return rows;
}

async function findPruned(
  db: Queryable,
  query: { readonly subscriptionId: string; readonly newsletterId: string; readonly position: Position },
): Promise<ExplainFacts['prunedIn']> {
  const { rows } = await db.query<{ editionId: string; at: Date }>(
    `select e.id as "editionId", e.pruned_at as at from edition e
     where e.newsletter_id = $2 and e.pruned_at is not null and exists (select from pruned_person where subscription_id = $1)
       and exists (select from rendition r where r.edition_id = e.id and $3::bigint = any (r.positions))
     order by e.id desc limit 1`,
    [query.subscriptionId, query.newsletterId, String(query.position)],
  );
  return rows[0] ?? null;
}

async function listCorrections(db: Queryable, postId: string, subscriptionId: string): Promise<CorrectionFacts[]> {
  const { rows } = await db.query<{ position: string; releasedAt: Date; isTakenBack: boolean }>(
    `select position, released_at as "releasedAt", taken_back_at is not null as "isTakenBack"
     from release where post_id = $1 and kind = 'correction' order by position`,
    [postId],
  );
  const corrections: CorrectionFacts[] = [];
  for (const row of rows) {
    const position = parsePosition(row.position);
    const deliveries = await listCarrying(db, subscriptionId, position);
    if (!row.isTakenBack || deliveries.length > 0) corrections.push({ position, releasedAt: row.releasedAt, deliveries });
  }
  return corrections;
}

async function findDraft(db: Queryable, scheduleId: string, position: Position | null): Promise<ExplainFacts['draft']> {
  if (position === null) return null;
  const { rows } = await db.query<NonNullable<ExplainFacts['draft']>>(
    `select e.id as "editionId", e.state, p.position is not null as "isPinned", coalesce(p.is_left_out, false) as "isLeftOut"
     from edition e left join edition_post p on p.edition_id = e.id and p.position = $2
     where e.schedule_id = $1 and e.state in ('draft', 'held')`,
    [scheduleId, String(position)],
  );
  return rows[0] ?? null;
}

/** Of several that which comes first. */
async function findOffer(db: Queryable, postId: string, newsletterId: string): Promise<ExplainFacts['offer']> {
  const { rows } = await db.query<{ isHeld: boolean }>(
    `select held_at is not null as "isHeld" from offer
     where post_id = $1 and applied_at is null and kind <> 'correction' and coalesce(newsletter_id, $2) = $2 order by held_at nulls first limit 1`,
    [postId, newsletterId],
  );
  return rows[0] === undefined ? null : rows[0].isHeld ? 'held' : 'open';
}

/** The judgement that previews, notices and lists count by: of the draft that waits, or of an edition that was composed now. */
async function findMinimum(
  db: Database,
  { newsletterId, scheduleId, state, isScheduleRemoved }: PersonRow,
  { subscriptionId, draft, position, now }: Pick<ExplainFacts, 'draft'> & { subscriptionId: string; position: Position | null; now: Date },
): Promise<number | null> {
  if (state !== 'active' || isScheduleRemoved) return null;
  if (draft !== null) {
    const { edition, ...plan } = await planDraft(db, { editionId: draft.editionId, subscriptionId, now });
    const theirs = position !== null && draft.isPinned && !draft.isLeftOut ? position : undefined;
    return waitsForMinimum(plan, theirs) ? edition.minimum : null;
  }
  const plan = await planEdition(db, { newsletterId, scheduleId, subscriptionId, now });
  return waitsForMinimum(plan, undefined) ? (await getComposingSchedule(db, newsletterId, scheduleId)).minimum : null;
}

async function whyNotIn(db: Queryable, postId: string, newsletterId: string): Promise<string | null> {
  const { rows } = await db.query<{ isStated: boolean }>(
    `select exists (select from post_source p join newsletter_source n on n.source_id = p.source_id
                    where p.post_id = $1 and n.newsletter_id = $2) as "isStated"`,
    [postId, newsletterId],
  );
  if (!rows[0]?.isStated) return 'none of its sources states it';
  if ((await listAdmittedPosts(db, newsletterId, [postId])).has(postId)) return null;
  const facts = (await loadMembershipFacts(db, [postId])).get(postId);
  const rules = await listNewsletterRules(db, newsletterId);
  const because = facts && rulesAdmit(rules, facts).because;
  if (because === undefined || because === 'no include') return 'none of its including rules lets it in';
  return `its rule "${because.effect} ${because.field} ${because.pattern}" keeps it out`;
}

import type { Queryable } from '../db/db.ts';
import { NotFoundError } from '../kernel/errors.ts';
import type { DeliveryState } from '../ledger/delivery.ts';
import { listAdmittedPosts, listNewsletterRules, loadMembershipFacts } from '../ledger/membership-store.ts';
import { rulesAdmit } from '../ledger/membership.ts';
import { loadPosts } from '../posts/load-posts.ts';
import { titleOf } from './digest-model.ts';
import type { ExplainFacts } from './explain.ts';

interface PersonRow {
  readonly newsletter_id: string;
  readonly newsletter: string;
  readonly schedule: string;
  readonly state: 'pending' | 'active' | 'left';
  readonly topics: string[] | null;
  readonly is_paused: boolean;
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
  readonly released_at: Date | null;
}

interface DeliveryRow {
  readonly edition_id: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly at: Date | null;
  readonly due_at: Date;
}

/** Loads what explains whether one subscription gets one post. @throws NotFoundError */
export async function loadExplainFacts(db: Queryable, postId: string, subscriptionId: string): Promise<ExplainFacts> {
  const { rows: posts } = await db.query<PostRow>(
    `select p.state, p.reason, p.revision, r.position, r.released_at
     from post p left join release r on r.post_id = p.id and r.kind = 'post' where p.id = $1`,
    [postId],
  );
  const { rows: people } = await db.query<PersonRow>(
    `select n.id as newsletter_id, n.slug as newsletter, s.name as schedule, b.state, b.topics,
            coalesce(b.paused_until > now(), false) as is_paused, x.reason as suppression, c.cursor, c.since, c.owed
     from subscription b
       join newsletter n on n.id = b.newsletter_id
       join schedule s on s.id = b.schedule_id
       join subscriber p on p.id = b.subscriber_id
       left join suppression x on x.address_key = p.address_key
       left join subscription_cursor c on c.subscription_id = b.id
     where b.id = $1`,
    [subscriptionId],
  );
  const [post, person] = [posts[0], people[0]];
  if (!post) throw new NotFoundError(`No post with id ${postId}`);
  if (!person) throw new NotFoundError(`No subscription with id ${subscriptionId}`);
  const content = (await loadPosts(db, [{ postId, revision: post.revision }])).get(`${postId}:${post.revision}`);
  const { rows: topicNames } = await db.query<{ id: string; name: string }>(
    `select id, name from topic where id = any($1::bigint[]) order by ordinal, id`,
    [person.topics ?? []],
  );
  const { rows: deliveries } = await db.query<DeliveryRow>(
    `select d.edition_id, d.state, d.reason, d.ended_at as at, d.due_at
     from delivery d join rendition r on r.id = d.rendition_id
     where d.subscription_id = $1 and $2::bigint = any (r.positions) order by d.id desc`,
    [subscriptionId, post.position],
  );
  return {
    post: {
      title: content ? titleOf(content, 'en') : `post ${postId}`,
      state: post.state,
      reason: post.reason,
      position: post.position === null ? null : BigInt(post.position),
      releasedAt: post.released_at,
      topics: (content?.topics ?? []).map(({ id, name }) => ({ id, name })),
    },
    notInNewsletter: await whyNotIn(db, postId, person.newsletter_id),
    newsletter: person.newsletter,
    schedule: person.schedule,
    subscription: {
      state: person.state,
      topics: person.topics === null ? null : topicNames,
      isPaused: person.is_paused,
      suppression: person.suppression,
      cursor: person.cursor === null ? null : BigInt(person.cursor),
      since: person.since === null ? null : BigInt(person.since),
      owed: (person.owed ?? []).map(BigInt),
    },
    deliveries: deliveries.map((row) => ({
      editionId: row.edition_id,
      state: row.state,
      reason: row.reason,
      at: row.at,
      dueAt: row.due_at,
    })),
  };
}

async function whyNotIn(db: Queryable, postId: string, newsletterId: string): Promise<string | null> {
  const { rows } = await db.query<{ is_stated: boolean }>(
    `select exists (select from post_source p join newsletter_source n on n.source_id = p.source_id
                    where p.post_id = $1 and n.newsletter_id = $2) as is_stated`,
    [postId, newsletterId],
  );
  if (!rows[0]?.is_stated) return 'none of its sources states it';
  if ((await listAdmittedPosts(db, newsletterId, [postId])).has(postId)) return null;
  const facts = (await loadMembershipFacts(db, [postId])).get(postId);
  const rules = await listNewsletterRules(db, newsletterId);
  const because = facts && rulesAdmit(rules, facts).because;
  if (because === undefined || because === 'no include') return 'none of its including rules lets it in';
  return `its rule "${because.effect} ${because.field} ${because.pattern}" keeps it out`;
}

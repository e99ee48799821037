import { habitsOfBoth, type PostingHabits, type Repeat } from '../../content/clutter/repeats.ts';
import type { Queryable } from '../../db/db.ts';

/** How to find the last posts of a source. */
export interface LastPostsQuery {
  readonly limit: number;
  /** A longer text is given as an empty one. */
  readonly maxLength: number;
}

/** The html of the last posts of a source that readers may see, newest first. */
export async function listLastTexts(db: Queryable, sourceId: string, { limit, maxLength }: LastPostsQuery): Promise<string[]> {
  const { rows } = await db.query<{ html: string }>(
    `select case when length(r.html) <= $3 then r.html else '' end as html
     from (select distinct p.id, p.revision from post_source s join post p on p.id = s.post_id
           where s.source_id = $1 and p.state in ('known', 'released') order by p.id desc limit $2) p
       join post_revision r on r.post_id = p.id and r.revision = p.revision
     order by p.id desc`,
    [sourceId, limit, maxLength],
  );
  return rows.map(({ html }) => html);
}

/** Keeps what the posts of a source repeat; what did not change is not written. */
export async function setRepeats(db: Queryable, sourceId: string, repeats: readonly Repeat[]): Promise<void> {
  await db.query(`update source set repeats = $2::jsonb where id = $1 and repeats <> $2::jsonb`, [sourceId, JSON.stringify(repeats)]);
}

/** Decides whether full posts of a source are shown without what they repeat. */
export async function setTrims(db: Queryable, sourceId: string, trims: boolean): Promise<void> {
  await db.query(`update source set trims_repeats = $2 where id = $1`, [sourceId, trims]);
}

/** What the sources of posts repeat, by post id; a post of several sources has that of all. Absent where they repeat nothing. */
export async function loadPostingHabits(db: Queryable, postIds: readonly string[]): Promise<Map<string, PostingHabits>> {
  const { rows } = await db.query<PostingHabits & { readonly postId: string }>(
    `select distinct on (p.post_id, s.id) p.post_id as "postId", s.repeats, s.trims_repeats as trims
     from post_source p join source s on s.id = p.source_id
     where p.post_id = any($1::bigint[]) and s.repeats <> '[]'
     order by p.post_id, s.id`,
    [postIds],
  );
  const habits = new Map<string, PostingHabits>();
  for (const { postId, ...each } of rows) {
    const known = habits.get(postId);
    habits.set(postId, known ? habitsOfBoth(known, each) : each);
  }
  return habits;
}

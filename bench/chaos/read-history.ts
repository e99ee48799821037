import type { Correction, History, Post } from './history.ts';
import { readMarks } from './marks.ts';
import type { Readers } from './reader-acts.ts';
import type { Staff } from './staff-acts.ts';
import { takers, type World } from './world.ts';

/**
 * What happened in a world that has come to rest. Of the database it asks what the ledger is free to choose (positions, cutoffs), how often a delivery was in
 * doubt, and which corrections were released: of a command that died without an answer nothing else says what became of it.
 */
export async function readHistory(world: World, readers: Readers, staff: Staff, firstPost: number): Promise<History> {
  const released = await readReleases(world);
  const posts = world.site.posts.slice(firstPost).map(({ key, source, category, publishedAt }): Post => ({
    key,
    newsletters: takers[source] ?? [],
    topic: category.replace('category-', ''),
    publishedAt,
    position: released.positions.get(key),
    retractions: staff.retractionsOf(key),
  }));
  return {
    subscriptions: readers.all.map(({ address, newsletter, steps }) => ({ address, newsletter, steps })),
    posts,
    corrections: [...staff.corrections].flatMap(([key, { askedAt, isAnswered }]) => {
      const isTakenBack = released.corrections.get(key);
      if (isTakenBack === undefined && isAnswered)
        throw new Error(`Expected the correction ${key} in the database, which a command had released`);
      return isTakenBack === undefined ? [] : [correctionOf(key, askedAt, isTakenBack)];
    }),
    merges: staff.merges,
    messages: world.sink.messages(),
    passages: world.watch.passages(),
    doubts: await readDoubts(world),
  };
}

/** Its key is the note's mark: `N0012x3` tells of the third text of K0012. */
function correctionOf(key: string, askedAt: number, isTakenBack: boolean): Correction {
  const [number = '', revision = ''] = key.slice(1).split('x');
  return { key, post: `K${number}`, revision: Number(revision), askedAt, isTakenBack };
}

interface Releases {
  readonly positions: ReadonlyMap<string, number>;
  /** By the mark in the note: whether it was taken back. */
  readonly corrections: ReadonlyMap<string, boolean>;
}

async function readReleases({ store }: World): Promise<Releases> {
  const { rows } = await store.database.query<{ kind: string; position: number; title: string; note: string; isTakenBack: boolean }>(
    `select r.kind, r.position::float8 as position, v.title, coalesce(r.note, '') as note, r.taken_back_at is not null as "isTakenBack"
     from release r join post_revision v on v.post_id = r.post_id and v.revision = r.revision`,
  );
  const positions = new Map<string, number>();
  const corrections = new Map<string, boolean>();
  for (const { kind, position, title, note, isTakenBack } of rows) {
    if (kind === 'correction') for (const mark of readMarks(`CORRECTIONS\n${note}`).corrections) corrections.set(mark, isTakenBack);
    else for (const { key } of readMarks(title).posts) positions.set(key, position);
  }
  return { positions, corrections };
}

/** A resend forgets the count, not the attempts. */
async function readDoubts({ store }: World): Promise<Map<string, number>> {
  const { rows } = await store.database.query<{ id: string; count: number }>(
    `select d.id, greatest(d.doubts, count(a.id))::integer as count
     from delivery d left join attempt a on a.delivery_id = d.id and a.outcome in ('in_doubt', 'last_doubt')
     where d.doubted_at is not null group by d.id`,
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}

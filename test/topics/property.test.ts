/*
 * Histories of topics that are merged, mapped, ignored and gained, and of rules that come and go, while editions are frozen, killed and resumed and readers
 * choose: in the end everybody who kept their choice has each post that came to match it and did not cease to, and nobody has one twice. Whom a merge lets
 * follow another topic is not promised what that had before.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Database } from '../../src/db/db.ts';
import { ConflictError, NotFoundError } from '../../src/kernel/errors.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { approveEdition } from '../../src/ledger/approve-edition.ts';
import { changeTopics } from '../../src/ledger/change-subscription.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { lockPosts } from '../../src/ledger/exclusion/posts-lock-store.ts';
import { parsePositions, type Position } from '../../src/ledger/position.ts';
import { loadAdmissions } from '../../src/ledger/releases/admission-store.ts';
import { addRule, removeRule } from '../../src/newsletters/rules/change-rules.ts';
import { offerAdmitted } from '../../src/posts/offer-admitted.ts';
import { applyTopicChanges, changePostTopics } from '../../src/topics/change-post-topics.ts';
import { ignoreCategory, mapCategory } from '../../src/topics/map-category.ts';
import { continueMerges, mergeTopics } from '../../src/topics/merge-topics.ts';
import { holdTopics } from '../../src/topics/topic-store.ts';
import { freeze, insertNewsletter, insertSubscription, one, type TestNewsletter } from '../ledger/fixture.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFiledTopic, releaseFiled, type FiledTopic } from './filed-posts.ts';

/** 5 in the suite; PROPERTY_RUNS raises it with the properties of the ledger. */
const runCount = Math.ceil(Number(process.env['PROPERTY_RUNS'] ?? 2_000) / 400);

let testDatabase: TestDatabase;
let database: Database;
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 6 });
  database = testDatabase.database;
});
afterAll(async () => testDatabase.drop());

const operations = ['release', 'refile', 'merge', 'map', 'ignore', 'choose', 'rule', 'edition', 'freeze', 'kill', 'apply'] as const;
const step = fc.record({ operation: fc.constantFrom(...operations), a: fc.nat(11), b: fc.nat(11) });
type Step = { operation: (typeof operations)[number]; a: number; b: number };

class Killed extends Error {}

/** One newsletter of a database that many histories share. */
class World {
  readonly #newsletter: TestNewsletter;
  readonly #slug: string;
  readonly #topics: readonly FiledTopic[];
  readonly #readers: readonly string[];
  readonly #posts: string[] = [];
  readonly #changed = new Set<string>();
  /** Reader and position, as one text. */
  readonly #promised = new Set<string>();
  /** Topics of a post, and whether the newsletter takes it, when it was looked at last. */
  readonly #seen = new Map<string, { readonly topics: readonly string[]; readonly isAdmitted: boolean }>();

  private constructor(newsletter: TestNewsletter, slug: string, topics: readonly FiledTopic[], readers: readonly string[]) {
    this.#newsletter = newsletter;
    this.#slug = slug;
    this.#topics = topics;
    this.#readers = readers;
  }

  static async open(): Promise<World> {
    const newsletter = await insertNewsletter(database);
    const { slug } = one((await database.query<{ slug: string }>(`select slug from newsletter where id = $1`, [newsletter.id])).rows);
    const topics: FiledTopic[] = [];
    for (let n = 0; n < 4; n += 1) topics.push(await insertFiledTopic(database));
    const readers: string[] = [];
    for (const bits of [1, 2, 5, 8, 6]) {
      const scheduleId = newsletter.scheduleIds[readers.length === 3 ? 1 : 0];
      readers.push(await insertSubscription(database, newsletter, { topics: idsOf(topics, bits), scheduleId }));
    }
    return new World(newsletter, slug, topics, readers);
  }

  /** Plays steps at the same time, on connections of their own. */
  async play(steps: readonly Step[]): Promise<void> {
    await Promise.all(steps.map(async ({ operation, a, b }) => this.#actions[operation](a, b)));
    await this.#look();
  }

  /** A post that is new to somebody, or to the newsletter, is promised to whom it matches; one that matches no more is not. */
  async #look(): Promise<void> {
    const { rows: readers } = await database.query<{ id: string; topics: string[] }>(
      `select id, topics from subscription where newsletter_id = $1`,
      [this.#newsletter.id],
    );
    const { rows: posts } = await database.query<{ id: string; position: string; topics: string[] }>(
      `select r.post_id as id, r.position, array(select topic_id from post_topic t where t.post_id = r.post_id)::text[] as topics
       from release r where r.post_id = any($1::bigint[]) and r.kind = 'post'`,
      [this.#posts],
    );
    const admissions = await loadAdmissions(database, this.#posts);
    for (const { id, position, topics } of posts) {
      const isAdmitted = admissions.get(id)?.get(this.#newsletter.id) !== false;
      const before = this.#seen.get(id);
      const isNew = !before || topics.some((topic) => !before.topics.includes(topic)) || (isAdmitted && !before.isAdmitted);
      this.#seen.set(id, { topics, isAdmitted });
      for (const reader of readers) {
        const isTheirs = isAdmitted && topics.some((topic) => reader.topics.includes(topic));
        if (!isTheirs) this.#promised.delete(`${reader.id} ${position}`);
        else if (isNew) this.#promised.add(`${reader.id} ${position}`);
      }
    }
  }

  readonly #actions: Record<Step['operation'], (a: number, b: number) => Promise<unknown>> = {
    release: async (a) => {
      const { postId } = await releaseFiled(database, this.#newsletter, this.#some(a));
      this.#posts.push(postId);
    },
    refile: async (a, b) => {
      const postId = this.#posts[a % Math.max(1, this.#posts.length)];
      if (postId !== undefined) await this.#refile(postId, this.#some(b));
    },
    merge: async (a, b) => {
      const [from, into] = [this.#topics[a % 4]!, this.#topics[b % 4]!];
      // One that is gone, or part of another merge, is refused.
      if (from !== into) await refusable(mergeTopics(database, { from: from.slug, into: into.slug, now }));
    },
    map: async (a, b) => refusable(this.#map(this.#topics[a % 4]!, this.#topics[b % 4]!)),
    ignore: async (a) => ignoreCategory(database, this.#topics[a % 4]!.category, now),
    choose: async (a, b) => refusable(this.#choose(this.#readers[a % 5]!, this.#some(b))),
    rule: async (a, b) => {
      const rule = { newsletter: this.#slug, effect: 'exclude', field: 'category', pattern: this.#topics[a % 4]!.category };
      await (b % 2 === 0 ? addRule : removeRule)(database, rule, { now, offers: true });
    },
    edition: async (a) => this.#approveNew(a % 2),
    freeze: async () => this.#freeze(),
    kill: async () => this.#freeze(1),
    apply: async () => this.#apply(),
  };

  #some(bits: number): FiledTopic[] {
    return this.#topics.filter((_, bit) => (bits >> bit) % 2 === 1);
  }

  /** As whoever collects does. */
  async #refile(postId: string, topics: readonly FiledTopic[]): Promise<void> {
    await database.transaction(async (tx) => {
      await lockPosts(tx);
      const before = await loadAdmissions(tx, [postId]);
      await tx.query(`delete from post_category where post_id = $1`, [postId]);
      await tx.query(`insert into post_category (post_id, category_id) select $1, unnest($2::bigint[])`, [
        postId,
        topics.map(({ categoryId }) => categoryId),
      ]);
      await changePostTopics(tx, [postId], now);
      await offerAdmitted(tx, before, now);
    });
    await applyTopicChanges(database, { now, waits: false });
  }

  /** To a topic that is there: one that was merged would be made anew, and nobody follows it. */
  async #map(category: FiledTopic, topic: FiledTopic): Promise<void> {
    const { rows } = await database.query(`select from topic where slug = $1`, [topic.slug]);
    if (rows.length > 0) await mapCategory(database, { category: category.category, topic: topic.slug, now });
  }

  async #choose(reader: string, topics: readonly FiledTopic[]): Promise<void> {
    if (topics.length === 0) return;
    this.#changed.add(reader);
    const ids = topics.map(({ id }) => id);
    await database.transaction(async (tx) => {
      await tx.query(`select from subscription where id = $1 for no key update`, [reader]);
      await holdTopics(tx, ids);
      await changeTopics(tx, reader, ids);
    });
  }

  async #approveNew(schedule: number): Promise<void> {
    const scheduleId = this.#newsletter.scheduleIds[schedule === 0 ? 0 : 1];
    const composed = await composeEdition(database, { newsletterId: this.#newsletter.id, scheduleId, slotAt: null, byHand: true, now });
    if (composed.kind === 'composed') await approveEdition(database, composed.editionId, { by: 'test', now });
  }

  /** Freezes what is approved, a reader at a time; dies after so many. */
  async #freeze(diesAfter?: number): Promise<void> {
    const { rows } = await database.query<{ id: string }>(`select id from edition where newsletter_id = $1 and state = 'approved'`, [
      this.#newsletter.id,
    ]);
    let chunkCount = 0;
    const afterChunk = (): void => {
      chunkCount += 1;
      if (chunkCount === diesAfter) throw new Killed();
    };
    for (const { id } of rows) {
      await freeze(database, id, { chunkSize: 1, afterChunk }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
    }
  }

  /** What a tick does. */
  async #apply(): Promise<void> {
    await applyTopicChanges(database, { now, waits: false });
    await continueMerges(database, now);
    await applyOffers(database, { now, guardLimit: 1_000 });
  }

  /** Lets everything come to its end and says what is wrong. */
  async findFault(): Promise<string | undefined> {
    for (let round = 0; round < 3; round += 1) {
      for (const schedule of [0, 1]) {
        await this.#freeze();
        await this.#apply();
        await this.#look();
        await this.#approveNew(schedule);
        await this.#freeze();
        await this.#apply();
      }
    }
    const { rows: open } = await database.query(`select from topic_merge where ended_at is null union all select from topic_change`);
    if (open.length > 0) return 'something is left open';
    for (const reader of this.#readers) {
      const fault = await this.#faultOf(reader);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  async #faultOf(reader: string): Promise<string | undefined> {
    const { rows: held } = await database.query<{ positions: string }>(
      `select r.positions::text as positions from delivery d join rendition r on r.id = d.rendition_id where d.subscription_id = $1 and d.state = 'queued'`,
      [reader],
    );
    const positions: Position[] = held.flatMap((row) => parsePositions(row.positions));
    if (new Set(positions).size < positions.length) return `reader ${reader} has a post twice: ${positions.join(' ')}`;
    if (this.#changed.has(reader)) return undefined;
    const promised = [...this.#promised].filter((each) => each.startsWith(`${reader} `)).map((each) => BigInt(each.split(' ')[1]!));
    const missing = promised.filter((position) => !positions.includes(position));
    return missing.length === 0 ? undefined : `reader ${reader} lacks ${missing.join(' ')}`;
  }

  /** Leaves nothing open for the histories that follow. */
  async close(): Promise<void> {
    await database.query(`update offer set applied_at = now() where applied_at is null`);
    await database.query(`update topic_merge set ended_at = now() where ended_at is null`);
    await database.query(`delete from topic_change`);
  }
}

const idsOf = (topics: readonly FiledTopic[], bits: number): string[] =>
  topics.filter((_, bit) => (bits >> bit) % 2 === 1).map(({ id }) => id);

async function refusable(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
  });
}

test(
  'whoever kept their choice has each post that came to match it, and nobody has one twice, whatever topics and rules become meanwhile',
  async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 16, maxLength: 36 }), async (history) => {
      const world = await World.open();
      try {
        for (let n = 0; n < history.length; n += 2) await world.play(history.slice(n, n + 2));
        const fault = await world.findFault();
        if (fault !== undefined) throw new Error(fault);
      } finally {
        await world.close();
      }
    });
    const result = await fc.check(property, { numRuns: runCount, endOnFailure: true });
    expect(result.failed ? `${String(result.errorInstance)} seed ${result.seed}\n${JSON.stringify(result.counterexample)}` : '').toBe('');
  },
  60_000 + runCount * 10_000,
);

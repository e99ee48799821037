/*
 * Worlds of posts that are published, edited, deleted and put back, and lists that show them in every order, cut at every length, sometimes empty or of
 * yesterday: what is listed, and what only fell off a list, is never withdrawn; what was deleted from amid others is.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTestSource, collectPorts, startFeedSite, testClock, testReader } from '../support/feed-site.ts';
import type { FeedSite, TestClock, TestItem } from '../support/feed-site.ts';

let stored: TestDatabase;
let site: FeedSite;
let reader: SourceReader;
let time: TestClock;

beforeAll(async () => {
  stored = await createTestDatabase();
  site = await startFeedSite();
  reader = testReader(() => time.clock());
});
afterAll(async () => {
  await reader.close();
  await site.close();
  await stored.drop();
});

/** How a source lists what it publishes. */
interface Habits {
  readonly order: 'newest_first' | 'newest_last' | 'changed_first' | 'notice_first' | 'notice_last';
  readonly ids: 'own' | 'renewed' | 'links';
  readonly hasDates: boolean;
  readonly window: number;
}

type Kind = 'publish' | 'edit' | 'delete' | 'put_back' | 'poll' | 'stale_poll' | 'empty_poll';
interface Step {
  readonly kind: Kind;
  readonly choice: number;
}

interface Piece {
  readonly number: number;
  readonly changed: number;
  readonly edition: number;
}

const habits: fc.Arbitrary<Habits> = fc.record({
  order: fc.constantFrom('newest_first', 'newest_last', 'changed_first', 'notice_first', 'notice_last'),
  ids: fc.constantFrom('own', 'renewed', 'links'),
  hasDates: fc.boolean(),
  window: fc.integer({ min: 5, max: 8 }),
});
const stepOf = (weight: number, kind: Kind) => ({ weight, arbitrary: fc.nat(7).map((choice): Step => ({ kind, choice })) });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    stepOf(4, 'publish'),
    stepOf(1, 'edit'),
    stepOf(2, 'delete'),
    stepOf(1, 'put_back'),
    stepOf(6, 'poll'),
    stepOf(1, 'stale_poll'),
    stepOf(1, 'empty_poll'),
  ),
  { minLength: 4, maxLength: 16 },
);

class World {
  readonly #habits: Habits;
  readonly #host: string;
  #pieces: Piece[] = [];
  #deleted: Piece[] = [];
  #moment = 0;
  #fetches = 0;
  /** The numbers that the last list showed, and the one before it. */
  shown: readonly number[] = [];
  before: readonly number[] = [];
  /** Nothing but publishing and one deletion happened since a list that was whole. */
  isPlain = false;

  constructor(given: Habits, host: string) {
    this.#habits = given;
    this.#host = host;
    for (let each = 0; each < given.window + 1; each++) this.#publish();
  }

  get deleted(): readonly number[] {
    return this.#deleted.map((each) => each.number);
  }

  /** Those that no list showed since they were deleted. */
  readonly missing = new Set<number>();

  #publish(): void {
    this.#moment += 1;
    this.#pieces.push({ number: this.#moment, changed: this.#moment, edition: 0 });
  }

  take({ kind, choice }: Step): void {
    if (kind === 'publish') return this.#publish();
    if (kind === 'put_back') {
      const piece = this.#deleted.pop();
      if (piece) this.#pieces = [...this.#pieces, piece].toSorted((a, b) => a.number - b.number);
      this.isPlain = false;
      return undefined;
    }
    const newest = this.#pieces.toReversed();
    const piece = newest[choice % Math.min(newest.length, this.#habits.window)];
    if (!piece || this.#pieces.length < 4) return undefined;
    this.#moment += 1;
    if (kind === 'edit') {
      const edited = { ...piece, changed: this.#moment, edition: piece.edition + 1 };
      this.#pieces = this.#pieces.map((each) => (each === piece ? edited : each));
    } else {
      this.isPlain = this.isPlain && this.#deleted.length === 0;
      this.#pieces = this.#pieces.filter((each) => each !== piece);
      this.#deleted.push(piece);
      this.missing.add(piece.number);
    }
    if (kind === 'edit') this.isPlain = false;
    return undefined;
  }

  /** What the list shows now, first to last. */
  list(): Piece[] {
    const { order, window } = this.#habits;
    const [notice, ...others] = this.#pieces;
    const newest = others.toReversed();
    if (order === 'changed_first') return this.#pieces.toSorted((a, b) => b.changed - a.changed).slice(0, window);
    if (order === 'notice_first') return [notice!, ...newest.slice(0, window - 1)];
    if (order === 'notice_last') return [...newest.slice(0, window - 1), notice!];
    const all = [...newest, notice!].slice(0, window);
    return order === 'newest_last' ? all.toReversed() : all;
  }

  itemsOf(pieces: readonly Piece[]): TestItem[] {
    this.#fetches += 1;
    this.before = this.shown;
    this.shown = pieces.map((each) => each.number);
    for (const number of this.shown) if (!this.deleted.includes(number)) this.missing.delete(number);
    const { ids, hasDates } = this.#habits;
    return pieces.map(({ number, edition }) => ({
      ...(ids === 'links' ? {} : { id: `${this.#host}/${ids === 'renewed' ? `${this.#fetches}-` : ''}${number}` }),
      title: `Post ${number}`,
      link: `${this.#host}/p${number}/`,
      html: `<p>${Array.from({ length: 30 }, (_, at) => `word${at}of${number}`).join(' ')} edition ${edition}.</p>`,
      ...(hasDates ? { date: new Date(Date.UTC(2026, 3, 1, number)).toISOString() } : {}),
    }));
  }
}

let worldCount = 0;

async function withdrawnOf(sourceId: string): Promise<number[]> {
  const { rows } = await stored.database.query<{ title: string }>(
    `select distinct r.title from post p join post_revision r on r.post_id = p.id and r.revision = p.revision join post_source s on s.post_id = p.id
     where s.source_id = $1 and p.state = 'retracted'`,
    [sourceId],
  );
  return rows.map(({ title }) => Number(title.split(' ')[1]));
}

/** The posts that this list lacks, though others stand before and behind their place as they did, and nothing but new posts came. */
function taken(world: World, { order, ids, hasDates }: Habits): number[] {
  // New posts that come while ids are first seen to change are held for staff.
  if (!world.isPlain || !hasDates || order === 'changed_first' || ids === 'renewed') return [];
  const [before, shown] = order === 'newest_last' ? [world.before.toReversed(), world.shown.toReversed()] : [world.before, world.shown];
  return before.filter((number, place) => {
    const others = (part: readonly number[]): number => part.filter((each) => shown.includes(each)).length;
    return world.deleted.includes(number) && others(before.slice(0, place)) >= 1 && others(before.slice(place + 1)) >= 2;
  });
}

async function play(given: Habits, all: readonly Step[]): Promise<void> {
  worldCount += 1;
  const host = `https://l${worldCount}.example`;
  const path = `/world-${worldCount}`;
  const world = new World(given, host);
  time = testClock();
  const { id } = await addTestSource(stored.database, site.url + path, { firstRead: 'release', guardLimit: 1_000 });
  let yesterday = world.list();
  let lately = 0;
  const poll = async (items: readonly TestItem[]): Promise<number[]> => {
    site.setFeed(path, items);
    // Behind an old list the right one comes within the hour.
    time.advanceHours(lately > 0 ? 0.2 : 24);
    lately = Math.max(0, lately - 1);
    await collectSource(collectPorts(stored.database, reader, time.clock), id, { force: true });
    const withdrawn = await withdrawnOf(id);
    expect(withdrawn.filter((number) => world.shown.includes(number))).toEqual([]);
    expect(withdrawn.filter((number) => !world.missing.has(number))).toEqual([]);
    return withdrawn;
  };
  for (const step of [{ kind: 'poll', choice: 0 }, ...all, { kind: 'poll', choice: 0 }] as Step[]) {
    if (step.kind === 'poll') {
      const list = world.list();
      const withdrawn = await poll(world.itemsOf(list));
      expect(taken(world, given).filter((number) => !withdrawn.includes(number))).toEqual([]);
      [yesterday, world.isPlain] = [list, world.deleted.length === 0];
    } else if (step.kind === 'stale_poll' || step.kind === 'empty_poll') {
      lately = 2;
      world.isPlain = false;
      if (step.kind === 'stale_poll') await poll(world.itemsOf(yesterday));
      else await poll([]);
    } else world.take(step);
  }
}

test(
  'what is listed or fell off a list is never withdrawn, and what was deleted from amid it is',
  async () => {
    await fc.assert(
      fc.asyncProperty(habits, steps, (given, all) => play(given, all)),
      { numRuns: Number(process.env['WORLDS'] ?? 40) },
    );
  },
  240_000 + 400 * Number(process.env['WORLDS'] ?? 0),
);

/*
 * Worlds of posts, and feeds that show them with ids, links and dates of every habit, polled again and again: no two different texts become one post, no
 * text is stored, and so released, twice. What cannot be known is left out: words that come at another minute under another id each time.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { findEntryKeys } from '../../src/posts/identity/identity.ts';
import type { Entry, SourceDocument } from '../../src/reading/entry.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { EntriesTask } from '../../src/sources/collecting/source-task.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { entryOf } from '../support/entry-of.ts';
import { addTestSource, collectPorts, testClock } from '../support/feed-site.ts';

let stored: TestDatabase;
beforeAll(async () => {
  stored = await createTestDatabase();
});
afterAll(() => stored.drop());

type IdHabit = 'own' | 'none' | 'renewed' | 'place';
type LinkHabit = 'own' | 'shared' | 'token';
/** `coming`: of events, a year ahead. */
type DateHabit = 'fixed' | 'coming' | 'none' | 'moving';

/** How a source states what it publishes. */
interface Habits {
  readonly ids: IdHabit;
  readonly links: LinkHabit;
  readonly dates: DateHabit;
  /** It shows so many of the newest. */
  readonly window: number;
  /** Each is listed twice, in two parts of the site. */
  readonly isTwice: boolean;
  /** All have one title. */
  readonly hasOneTitle: boolean;
  /** Each text says how often it was looked at. */
  readonly hasCounter: boolean;
}

/** What somebody wrote; `number` says which it is, whatever was edited. */
interface Piece {
  readonly number: number;
  readonly words: string;
  readonly at: Date;
  readonly title: string;
}

/** `migrate`: all ids and links are made anew once, and the quotes typographic. */
type Step =
  | { readonly kind: 'publish' }
  | { readonly kind: 'migrate' }
  | { readonly kind: 'edit' | 'repeat'; readonly choice: number }
  | { readonly kind: 'poll' };

const boilerplate = 'More about our "little" school, and it\'s all - at the office from eight to four every day of the week';
const textOf = (world: number, number: number): string =>
  `${Array.from({ length: 30 }, (_, index) => (index === 7 ? 'v0' : `word${number}x${index}w${world}`)).join(' ')} ${boilerplate}`;

/** Some things nobody can tell: a text that comes under another id and with another date at each fetch. */
function isTellable({ ids, links, dates, hasOneTitle, hasCounter }: Habits): boolean {
  // Words, ids and links are all others at each fetch, and there is no date that stays.
  const hasOwn = ids === 'own' || (ids === 'none' && links === 'own');
  if (hasCounter && !hasOwn && (dates === 'moving' || (dates === 'none' && links === 'token'))) return false;
  // One id, one page and one title for all: each text may be what became of the one before.
  if (ids === 'place' && links === 'shared' && hasOneTitle) return false;
  // What looks like the posts of before is held, and one that is held becomes what stands in its place.
  if (ids === 'place' && hasCounter && hasOneTitle) return false;
  return dates !== 'moving' || ids === 'own' || (ids === 'none' && links !== 'token');
}

/** Where an edited text is known by what stayed of it: its id, or its own page. */
function keepsEdited({ ids, links }: Habits): boolean {
  return ids === 'own' || (ids === 'none' && links === 'own');
}

const habits: fc.Arbitrary<Habits> = fc
  .record({
    ids: fc.constantFrom<IdHabit>('own', 'none', 'renewed', 'place'),
    links: fc.constantFrom<LinkHabit>('own', 'shared', 'token'),
    dates: fc.constantFrom<DateHabit>('fixed', 'coming', 'none', 'moving'),
    window: fc.integer({ min: 3, max: 6 }),
    isTwice: fc.boolean(),
    hasOneTitle: fc.boolean(),
    hasCounter: fc.boolean(),
  })
  .filter(isTellable)
  // Places in a list are given once; a page of its own for each part is what lists a post twice.
  .map((each) => (each.ids === 'place' || each.links !== 'own' ? { ...each, isTwice: false } : each));

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ kind: 'publish' }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('edit' as const, 'repeat' as const), choice: fc.nat(5) }) },
    { weight: 4, arbitrary: fc.constant<Step>({ kind: 'poll' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'migrate' }) },
  ),
  { minLength: 4, maxLength: 14 },
);

const yearMs = 365 * 24 * 3_600_000;
const typographic = (text: string): string =>
  text
    .replaceAll(/"(\w+)"/g, '“$1”')
    .replaceAll("'", '’')
    .replaceAll(' - ', ' – ');

class World {
  readonly #habits: Habits;
  readonly #host: string;
  #pieces: Piece[] = [];
  #fetches = 0;
  #sinceFetch = 0;
  #migrations = 0;
  #count = 0;
  /** Words that were shown, each as often as it is a post of its own. */
  readonly shown = new Map<string, Set<number>>();

  constructor(given: Habits, host: string) {
    this.#habits = given;
    this.#host = host;
    for (let each = 0; each < 3; each++) this.publish();
  }

  publish(words = textOf(worldCount, this.#count)): void {
    const { ids, links, dates, window } = this.#habits;
    // Where dates move and only the words are an id, two of those before have to be there still: one alone is the same words on another day.
    if (ids === 'none' && links === 'shared' && dates === 'moving' && this.#fetches > 0 && this.#sinceFetch >= window - 2) return;
    this.#sinceFetch += 1;
    const number = this.#count++;
    const title = this.#habits.hasOneTitle ? 'A notice of our school' : `Notice ${words.split(' ')[0]}`;
    this.#pieces.unshift({ number, words, title, at: new Date(Date.UTC(2026, 3, 1, number)) });
  }

  /** Takes a step. An edit that nobody could follow, and words again that have no date to tell them apart, are left out. */
  take(step: Exclude<Step, { kind: 'poll' }>): void {
    if (step.kind === 'publish') return this.publish();
    if (step.kind === 'migrate') {
      // With moving dates or words all of it would be new; and what is listed twice, or again, would be so in other places.
      if (this.#habits.dates !== 'moving' && !this.#habits.hasCounter && this.#fetches > 0) this.#migrations += 1;
      return undefined;
    }
    const piece = this.#pieces[step.choice % Math.min(this.#pieces.length, this.#habits.window)]!;
    // A place in the list is no id to tell a date that was corrected from the same words on another day.
    if (step.kind === 'repeat') return this.#repeat(piece);
    // What stands there twice is edited as one only in its own part.
    if (!keepsEdited(this.#habits) || this.#habits.isTwice || this.#pieces.some((each) => each !== piece && each.words === piece.words))
      return undefined;
    const edited = { ...piece, words: piece.words.replace(/\bv(\d+)\b/, (_, edition: string) => `v${Number(edition) + 1}`) };
    this.#pieces = this.#pieces.map((each) => (each === piece ? edited : each));
    return undefined;
  }

  #repeat({ words }: Piece): void {
    const { ids, links, dates, window } = this.#habits;
    if (!['fixed', 'coming'].includes(dates) || ids === 'place') return;
    // Where only words are an id, nothing but the same words on several days may as well be one text whose date moves: something else has to be there.
    if (ids === 'none' && links === 'shared' && this.#sinceFetch >= window - 2) return;
    this.publish(words);
  }

  fetch(): Entry[] {
    this.#fetches += 1;
    this.#sinceFetch = 0;
    const visible = this.#pieces.slice(0, this.#habits.window);
    for (const { words, number } of visible) this.shown.set(words, (this.shown.get(words) ?? new Set<number>()).add(number));
    return visible.flatMap((piece, place) =>
      (this.#habits.isTwice ? ['news', 'blog'] : ['news']).map((part) => this.#entryOf(piece, place, part)),
    );
  }

  #entryOf(piece: Piece, place: number, part: string): Entry {
    const { ids, links, dates, hasCounter } = this.#habits;
    const site = this.#migrations === 0 ? '' : `m${this.#migrations}-`;
    const url = {
      own: `${this.#host}/${site}${part}/${piece.number}/`,
      shared: `${this.#host}/board/`,
      token: `${this.#host}/${part}/${this.#fetches}f${piece.number}/`,
    }[links];
    const id = {
      own: `${site}${part}-${piece.number}`,
      none: url,
      renewed: `r${this.#fetches}-${part}-${piece.number}`,
      place: String(place),
    }[ids];
    const now = new Date(Date.UTC(2026, 4, 1, this.#fetches, place));
    return entryOf({
      id: `${ids === 'none' ? '' : this.#host}${id}`,
      hasOwnId: ids !== 'none',
      url,
      title: piece.title,
      html: `<p>${this.#migrations === 0 ? piece.words : typographic(piece.words)}</p>${hasCounter ? `<p>Seen ${this.#fetches * 3} times.</p>` : ''}`,
      ...(dates === 'none'
        ? {}
        : { publishedAt: dates === 'moving' ? now : new Date(piece.at.getTime() + (dates === 'coming' ? yearMs : 0)) }),
    });
  }
}

/** A reader whose documents a world makes; what a thread would do is done at once. */
function readerOf(world: World): SourceReader {
  const run = (task: EntriesTask): unknown =>
    task.kind === 'prepare' ? task.entries.map(contentFromEntry) : findEntryKeys(task.entries, task.site);
  return {
    read: async () => {
      const entries = world.fetch();
      const document: SourceDocument = {
        format: 'rss',
        title: 'World',
        entries,
        tombstones: [],
        skipped: [],
        pollHints: { skipHoursUtc: [], skipDaysUtc: [] },
      };
      const exchange = { status: 200, finalUrl: 'https://world.example/feed', bodyBytes: 1 };
      return { kind: 'read', document, exchange, bodyHash: JSON.stringify(entries) };
    },
    readPage: () => Promise.reject(new Error('no pages here')),
    readStatus: () => Promise.reject(new Error('no pages here')),
    readLength: () => Promise.reject(new Error('no documents here')),
    runInThread: async <Result>(task: { readonly kind: string }) => run(task as EntriesTask) as Result,
    close: async () => {},
  };
}

/** Everything that was released so far has been mailed. */
async function mailAll(): Promise<void> {
  await stored.database.query(
    `insert into edition_post (edition_id, position, post_id, kind, revision, topics)
     select (select id from edition order by id limit 1), r.position, r.post_id, r.kind, r.revision, '{}' from release r
     where not exists (select from edition_post e where e.position = r.position)`,
  );
}

interface StoredText {
  readonly postId: string;
  readonly html: string;
}

async function textsOf(sourceId: string): Promise<StoredText[]> {
  const { rows } = await stored.database.query<StoredText>(
    `select r.post_id as "postId", r.html from post_revision r
     where exists (select from post_source s where s.post_id = r.post_id and s.source_id = $1)`,
    [sourceId],
  );
  return rows;
}

const worlds = Number(process.env['WORLDS'] ?? 40);
let worldCount = 0;

async function play(given: Habits, taken: readonly Step[]): Promise<void> {
  worldCount += 1;
  const host = `https://w${worldCount}.example`;
  const world = new World(given, host);
  const time = testClock();
  const reader = readerOf(world);
  const { id } = await addTestSource(stored.database, `${host}/feed`, { guardLimit: 1_000 });
  await stored.database.query(`update source set when_gone = 'ignore' where id = $1`, [id]);
  const poll = async (): Promise<void> => {
    time.advanceHours(1);
    await collectSource(collectPorts(stored.database, reader, time.clock), id, { force: true });
    await mailAll();
  };
  await poll();
  for (const step of [...taken, { kind: 'poll' } as const]) {
    if (step.kind === 'poll') await poll();
    else world.take(step);
  }
  const texts = await textsOf(id);
  const pieceOf = (html: string): string => /word(\d+)x0w/.exec(html)?.[1] ?? '';
  for (const postId of new Set(texts.map((each) => each.postId))) {
    const pieces = new Set(texts.filter((each) => each.postId === postId).map(({ html }) => pieceOf(html)));
    expect([...pieces]).toHaveLength(1);
  }
  for (const [words, numbers] of world.shown) {
    const posts = new Set(
      texts.filter(({ html }) => [words, typographic(words)].some((each) => html.includes(each))).map((each) => each.postId),
    );
    expect({ words, posts: posts.size }).toEqual({ words, posts: numbers.size });
  }
}

test(
  'no two different texts become one post, and no text is stored twice, whatever a source does with ids, links and dates',
  async () => {
    await stored.database.query(
      `with made as (insert into newsletter (slug, name, sender_name, sender_address, postal_address)
       values ('worlds', 'W', 'W', 'w@example.org', 'Street 1') returning id),
     planned as (insert into schedule (newsletter_id, name, cron, time_zone) select id, 's', '0 9 * * 5', 'UTC' from made returning id, newsletter_id)
     insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum, approved_at)
     select newsletter_id, id, 'done', 1000, 0, 1, 12, now() from planned`,
    );
    await fc.assert(
      fc.asyncProperty(habits, steps, (given, taken) => play(given, taken)),
      { numRuns: worlds },
    );
  },
  120_000 + worlds * 2_000,
);

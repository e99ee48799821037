import { describe, expect, test } from '@jest/globals';
import { inTurns } from '../../src/kernel/in-turns.ts';
import { KnownPosts, SaidBefore } from '../../src/posts/identity/known-posts.ts';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { titleKeyOf } from '../../src/content/said.ts';
import type { PreparedEntry } from '../../src/posts/identity/agreement.ts';
import { isRenewedId, recogniseAll, type KnownFacts } from '../../src/posts/identity/recognise.ts';
import type { FormerStatement, Statement, StoredPost, StoredStatement } from '../../src/posts/identity/stored-post.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { entryOf } from '../support/entry-of.ts';

const at = (minute: number, second = 0): Date => new Date(Date.UTC(2026, 4, 1, 8, minute, second));
const said = (entryId: string, statedAt: Date | null): Statement => ({
  entryId,
  postId: entryId,
  statedHash: '',
  saidHash: 'w',
  statedAt,
  awaitedHash: null,
  isGone: false,
});

describe('What a source said before in the same words', () => {
  const all = [said('late', at(9)), said('early', at(5, 30)), said('earlier', at(5)), said('undated', null)];
  const before = (): SaidBefore => new SaidBefore(new Map([['w', all]]));
  const any = (): boolean => true;

  test.each<[Date | undefined, string | undefined]>([
    [at(5), 'earlier'],
    [at(5, 10), 'early'],
    [at(9, 59), 'late'],
    [at(7), 'undated'],
    [undefined, 'late'],
  ])('at %p is found at this second, in this minute, or without a date', (moment, found) => {
    expect(before().find('w', moment, any)?.entryId).toBe(found);
    expect(before().find('other', moment, any)).toBeUndefined();
  });

  test('is not asked again once it was of no use', () => {
    const asked: string[] = [];
    const words = before();
    for (let times = 0; times < 3; times++)
      words.find('w', undefined, ({ entryId }) => {
        asked.push(entryId);
        return entryId === 'earlier';
      });
    expect(asked).toEqual(['late', 'early', 'earlier', 'earlier', 'earlier']);
  });
});

describe('Posts as a document meets them', () => {
  const statement = (sourceId: string, entryId: string, isLead: boolean): StoredStatement => ({
    sourceId,
    entryId,
    isLead,
    saidHash: null,
    statedAt: null,
  });
  const post = (id: string, statements: readonly StoredStatement[]): StoredPost => ({
    id,
    state: 'released',
    reason: null,
    revision: 1,
    contentHash: '',
    saidHash: null,
    htmlLength: 0,
    title: 'A',
    html: '<p>a</p>',
    url: null,
    documents: [],
    event: null,
    publishedAt: null,
    isMailed: false,
    statements,
  });

  test('are led by the source, by another, or by nobody', () => {
    const known = new KnownPosts({ sourceId: '1', unchangedIds: new Set(['b']) });
    expect(known.statedOf(post('1', [statement('1', 'a', true), statement('2', 'b', false)]))).toMatchObject({
      isOwn: true,
      isForeign: true,
      isLedByOwn: true,
      unchanged: undefined,
    });
    expect(known.statedOf(post('2', [statement('1', 'b', false), statement('2', 'b', true)]))).toMatchObject({
      isLedByOwn: false,
      unchanged: { entryId: 'b' },
    });
    expect(known.statedOf(post('3', []))).toMatchObject({ isOwn: false, isForeign: false, isLedByOwn: null });
  });

  test('are compared once with each text, and after some comparisons others have their turn', async () => {
    const known = new KnownPosts({ sourceId: '1', unchangedIds: new Set() });
    const posts = Array.from({ length: 100 }, (_, index) => post(String(index), []));
    const text = { title: 'A', html: '<p>a</p>' };
    let turns = 0;
    let isDone = false;
    const others = (): void => {
      turns += 1;
      if (!isDone) setImmediate(others);
    };
    setImmediate(others);
    await inTurns(
      (function* compare() {
        for (const each of [...posts, ...posts]) {
          known.likenessOf(text, each);
          if (known.isPauseDue()) yield undefined;
        }
      })(),
    );
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

describe('Words that come back under a new id of the source', () => {
  const prepared = (entry: Partial<Entry>): PreparedEntry => {
    const whole = entryOf(entry);
    return {
      entry: whole,
      entryId: whole.id,
      idKind: 'guid',
      page: undefined,
      keys: [],
      statedHash: '',
      prepared: contentFromEntry(whole),
    };
  };
  const recognised = (before: Statement) =>
    ({
      entry: prepared({ id: 'new' }),
      stored: undefined,
      rule: 'words',
      before,
      twinOf: undefined,
      takesId: false,
      isUnheard: false,
      isLikeFormer: false,
    }) as const;

  test('say that it makes its ids anew where they were listed until now, not where they were gone in between', () => {
    expect(isRenewedId(recognised(said('old', at(5))))).toBe(true);
    expect(isRenewedId(recognised({ ...said('old', at(5)), isGone: true }))).toBe(false);
    expect(isRenewedId(recognised(said('new', at(5))))).toBe(false);
  });
});

describe('A page that has one menu', () => {
  const html = `<p>${Array.from({ length: 30 }, (_, number) => `words${String.fromCharCode(97 + (number % 26))}${'x'.repeat(number)}`).join(' ')}</p>`;
  const canteen = (name: string): string => `https://example.org/${name}/menu`;
  const stored = (id: string, url: string): StoredPost => ({
    id,
    state: 'released',
    reason: null,
    revision: 1,
    contentHash: '',
    saidHash: 'then',
    htmlLength: html.length,
    title: 'Menu',
    html,
    url,
    event: null,
    documents: [],
    publishedAt: null,
    isMailed: true,
    statements: [],
  });
  const former = (postId: string): FormerStatement => ({ ...said(postId, null), saidHash: 'then', isTitleOfSeveral: true });

  /** How an entry with one other word is recognised beside former posts of its title on these pages. */
  const ruleOf = (...pages: readonly string[]): string | undefined => {
    const whole = entryOf({ id: 'new', title: 'Menu', url: canteen('north'), html: html.replace('wordsc', 'soup') });
    const posts = pages.map((page, index) => stored(`${index + 1}`, canteen(page)));
    const entry: PreparedEntry = {
      entry: whole,
      entryId: 'new',
      idKind: 'guid',
      page: 'example.org/north/menu',
      keys: [{ kind: 'url', key: 'example.org/north/menu' }],
      statedHash: '',
      prepared: contentFromEntry(whole),
    };
    const facts: KnownFacts = {
      sourceId: '1',
      statements: new Map(),
      saidBefore: new Map(),
      formerByTitle: new Map([[titleKeyOf('Menu'), posts.map(({ id }) => former(id))]]),
      postOfKey: new Map(),
      posts: new Map(posts.map((post) => [post.id, post])),
      presentIds: new Set(['new']),
      idHabit: 'renewed',
      datesMove: false,
      now: at(9),
    };
    const work = recogniseAll([entry], facts, new KnownPosts({ sourceId: '1', unchangedIds: new Set() }));
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value[0]?.rule;
    }
  };

  test('has it mended, though another page of its source has one of that title; a page that had several has another', () => {
    expect(ruleOf('north', 'south')).toBe('words');
    expect(ruleOf('north', 'north')).toBe('new');
  });
});

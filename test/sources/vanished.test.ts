/* What becomes of posts that vanish from amid what their source lists before they were mailed, and of those that only seem to. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { retractPost, undoRetraction } from '../../src/ledger/retract-post.ts';
import { releaseByStaff } from '../../src/posts/by-staff/decide-posts.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { CollectReport } from '../../src/sources/collecting/collect-source.ts';
import { decideWhenGone, pauseSource, removeSource } from '../../src/sources/change-source-state.ts';
import { goneReason } from '../../src/posts/post.ts';
import type { TestDatabase } from '../support/database.ts';
import { writeFeed } from '../support/feed-site.ts';
import type { FeedSite, TestClock, TestItem } from '../support/feed-site.ts';
import { longText as long, november as day, openPollRoom } from '../support/poll-room.ts';

const room = openPollRoom();
const { add, mail } = room;
let stored: TestDatabase;
let site: FeedSite;
let time: TestClock;
let path: string;
let host: string;
beforeEach(() => {
  ({ stored, site, time, path, host } = room);
});

/** One poll of what the source shows now, a day after the last one. */
async function poll(source: string, items: readonly TestItem[] | undefined, ofPath = path, hours = 24): Promise<CollectReport> {
  if (items) site.setFeed(ofPath, items);
  time.advanceHours(hours);
  return collectSource(room.ports, source, { force: true });
}

const item = (number: number): TestItem => ({
  id: `${host}/${number}`,
  title: `Post ${number}`,
  link: `${host}/p${number}/`,
  date: day(number),
  html: long(`group ${number}`),
});
const items = (...numbers: number[]): TestItem[] => numbers.map(item);
const withoutIds = (...numbers: number[]): TestItem[] =>
  items(...numbers).map(({ title, link, date, html }) => ({ title, link, date, html }) as TestItem);

/** The titles of a source's posts in a state. */
async function titles(source: string, state: string): Promise<string[]> {
  const { rows } = await stored.database.query<{ title: string }>(
    `select distinct p.id, r.title from post p join post_revision r on r.post_id = p.id and r.revision = p.revision
       join post_source s on s.post_id = p.id where s.source_id = $1 and p.state = $2 order by p.id`,
    [source, state],
  );
  return rows.map((row) => row.title);
}
const idOf = async (title: string, source: string): Promise<string> => {
  const { rows } = await stored.database.query<{ id: string }>(
    `select p.id from post p join post_revision r on r.post_id = p.id and r.revision = p.revision join post_source s on s.post_id = p.id
     where r.title = $1 and s.source_id = $2`,
    [title, source],
  );
  return rows[0]!.id;
};

describe('A post that vanishes from amid a list', () => {
  const stateOf = async (source: string, title: string): Promise<string | undefined> => {
    for (const state of ['known', 'held', 'released', 'retracted']) if ((await titles(source, state)).includes(title)) return state;
    return undefined;
  };

  test('before it was mailed is withdrawn, and comes back when it is listed again', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await poll(source, items(3, 2, 1));
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ releasedCount: 1, goneCount: 1, retractedCount: 1 });
    expect(await stateOf(source, 'Post 3')).toBe('retracted');
    expect(await poll(source, items(5, 4, 2, 1))).toMatchObject({ goneCount: 0, retractedCount: 0 });
    await poll(source, items(4, 3, 2, 1));
    expect(await stateOf(source, 'Post 3')).toBe('released');
  });

  test('stays as staff decide', async () => {
    const source = await add();
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'warn');
    await poll(source, items(2, 1));
    await poll(source, items(3, 2, 1));
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ goneCount: 1, retractedCount: 0 });
    expect(await stateOf(source, 'Post 3')).toBe('released');
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'ignore');
    expect(await poll(source, items(5, 2, 1))).toMatchObject({ goneCount: 0, retractedCount: 0 });
  });

  test('and that staff bring back is not withdrawn again; one that they withdrew stays so', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await poll(source, items(3, 2, 1));
    await poll(source, items(4, 2, 1));
    await undoRetraction(stored.database, await idOf('Post 3', source), time.clock());
    await poll(source, items(5, 4, 2, 1));
    expect(await stateOf(source, 'Post 3')).toBe('released');
    await retractPost(stored.database, await idOf('Post 4', source), { reason: 'by staff', now: time.clock() });
    await poll(source, items(5, 2, 1));
    await poll(source, items(5, 4, 2, 1));
    expect(await stateOf(source, 'Post 4')).toBe('retracted');
  });

  test('after it was mailed, or with another source that lists it, is left alone', async () => {
    const [source, other] = [await add(), await add(`${path}-2`)];
    await poll(source, items(2, 1));
    await poll(source, items(3, 2, 1));
    await poll(other, items(3, 2, 1), `${path}-2`);
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ goneCount: 0, retractedCount: 0 });
    await mail();
    expect(await poll(source, items(5, 2, 1))).toMatchObject({ goneCount: 0, retractedCount: 0 });
  });

  test('is withdrawn where the other source that listed it is read no more', async () => {
    const [source, other] = [await add(), await add(`${path}-2`)];
    await poll(source, items(2, 1));
    await poll(source, items(3, 2, 1));
    await poll(other, items(3, 2, 1), `${path}-2`);
    await pauseSource({ database: stored.database, clock: time.clock }, other);
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ goneCount: 1 });
  });
});

describe('Nothing that is listed is withdrawn', () => {
  const renewed = (fetch: number, ...numbers: number[]): TestItem[] =>
    items(...numbers).map((each) => ({ ...each, id: `${each.id}-f${fetch}` }));

  test('when its source makes its ids anew at each fetch', async () => {
    const source = await add();
    await poll(source, renewed(1, 5, 4, 3, 2, 1));
    await poll(source, renewed(2, 5, 4, 3, 2, 1));
    for (const fetch of [3, 4, 5])
      expect(await poll(source, renewed(fetch, 7, 6, 5, 4, 3))).toMatchObject({ goneCount: 0, retractedCount: 0 });
    expect(await titles(source, 'retracted')).toEqual([]);
    expect(await poll(source, renewed(6, 7, 5, 4, 3))).toMatchObject({ goneCount: 1, retractedCount: 1 });
    await poll(source, renewed(7, 7, 6, 5, 4));
    expect(await titles(source, 'retracted')).toEqual([]);
  });

  test('when its links have other tokens at each fetch and it has no guid', async () => {
    const source = await add();
    const linked = (fetch: number, ...numbers: number[]): TestItem[] =>
      withoutIds(...numbers).map((each) => ({ ...each, link: `${each.link}?sid=${fetch}abc${fetch}` }));
    await poll(source, linked(1, 3, 2, 1));
    for (const fetch of [2, 3, 4]) expect(await poll(source, linked(fetch, 6, 5, 4, 3, 2))).toMatchObject({ goneCount: 0 });
  });

  test('when its guids change from http to https, all at once or one by one', async () => {
    const source = await add();
    const secure = (from: number, ...numbers: number[]): TestItem[] =>
      items(...numbers).map((each, index) => ({ ...each, id: (index < from ? 'http' : 'https') + each.id!.slice(5) }));
    await poll(source, secure(9, 3, 2, 1));
    await poll(source, secure(9, 6, 5, 4, 3, 2));
    expect(await poll(source, secure(3, 6, 5, 4, 3, 2))).toMatchObject({ goneCount: 0 });
    expect(await poll(source, secure(0, 6, 5, 4, 3, 2))).toMatchObject({ goneCount: 0 });
  });

  test('when one of them has moved to another page', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await poll(source, items(5, 4, 3, 2, 1));
    const moved = { ...item(4), id: `${host}/other-4`, link: `${host}/other/4/` };
    expect(await poll(source, [item(5), moved, ...items(3, 2, 1)])).toMatchObject({ goneCount: 0 });
    expect(await poll(source, [item(6), item(5), moved, ...items(3, 2)])).toMatchObject({ goneCount: 0 });
  });

  test('on a board of one page that grows', async () => {
    const source = await add();
    const board = (...numbers: number[]): TestItem[] => withoutIds(...numbers).map((each) => ({ ...each, link: `${host}/board/` }));
    await poll(source, board(1));
    await poll(source, board(2, 1));
    for (const list of [board(4, 3, 2, 1), board(5, 4, 3, 2, 1)]) expect(await poll(source, list)).toMatchObject({ goneCount: 0 });
    expect(await poll(source, board(5, 4, 2, 1))).toMatchObject({ goneCount: 1 });
  });

  test('when an old notice that was kept on top is no more', async () => {
    const source = await add(path, 'release');
    await poll(source, items(1, 9, 8, 7, 6, 5));
    await poll(source, items(9, 8, 7, 6, 5));
    expect(await poll(source, items(10, 9, 8, 7, 6))).toMatchObject({ goneCount: 0 });
  });

  test('of the next events of a calendar, when one more is put between them', async () => {
    const source = await add();
    const events = (...numbers: number[]): TestItem[] =>
      numbers.map((number) => ({ ...item(number), date: new Date(Date.UTC(2027, 0, number, 18)).toISOString() }));
    await poll(source, events(2, 5, 9, 14, 20));
    await poll(source, events(5, 9, 14, 20, 22));
    expect(await poll(source, events(5, 9, 10, 14, 20))).toMatchObject({ releasedCount: 1, goneCount: 0 });
    expect(await poll(source, events(5, 9, 10, 11, 14))).toMatchObject({ releasedCount: 1, goneCount: 0 });
  });

  test('when it was removed, and added again with another list', async () => {
    const source = await add(path, 'release');
    await poll(source, items(4, 3, 2, 1));
    await removeSource({ database: stored.database, clock: time.clock }, source);
    expect(await add()).toBe(source);
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ outcome: 'read', goneCount: 0 });
  });

  test('by another source: what vanished from one comes back with the other', async () => {
    const [source, other] = [await add(), await add(`${path}-2`)];
    await poll(source, items(2, 1));
    await poll(other, items(2, 1), `${path}-2`);
    await poll(source, items(4, 3, 2, 1));
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ retractedCount: 1 });
    await poll(other, items(3, 2, 1), `${path}-2`);
    expect(await titles(source, 'retracted')).toEqual([]);
  });

  test('when an entry says nothing for a moment', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await poll(source, items(4, 3, 2, 1));
    const empty = { id: item(3).id!, html: '' };
    expect(await poll(source, [item(4), empty, ...items(2, 1)])).toMatchObject({ goneCount: 0 });
    // Nor where nobody can tell which one it is.
    expect(await poll(source, [item(4), { id: 'x', html: '' }, ...items(2, 1)], path, 0.5)).toMatchObject({ goneCount: 0 });
    expect(await poll(source, items(5, 4, 3, 2, 1))).toMatchObject({ goneCount: 0, newCount: 1 });
  });
});

describe('A post that vanished is judged as long as it waits to be mailed', () => {
  test('when the newest was deleted, as soon as a newer one is listed or an hour has passed', async () => {
    const [source, other] = [await add(), await add(`${path}-2`)];
    for (const [each, at] of [
      [source, path],
      [other, `${path}-2`],
    ] as const) {
      await poll(each, items(2, 1), at);
      await poll(each, items(at === path ? 3 : 13, 2, 1), at);
      expect(await poll(each, items(2, 1), at, 0.5)).toMatchObject({ goneCount: 0 });
    }
    expect(await poll(source, items(4, 2, 1), path, 0.25)).toMatchObject({ goneCount: 1, retractedCount: 1 });
    expect(await poll(other, undefined, `${path}-2`, 2)).toMatchObject({ outcome: 'unchanged', goneCount: 1, retractedCount: 1 });
  });

  test('and comes back when a cache had shown the list of yesterday', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await poll(source, items(3, 2, 1));
    await poll(source, items(2, 1), path, 0.25);
    expect(await poll(source, items(4, 3, 2, 1), path, 0.25)).toMatchObject({ goneCount: 0 });
    expect(await poll(source, items(5, 4, 3, 2, 1))).toMatchObject({ goneCount: 0 });
  });

  test('when the list was empty, or broke off, in between', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await poll(source, items(4, 3, 2, 1));
    expect(await poll(source, [])).toMatchObject({ goneCount: 0 });
    const whole = writeFeed(items(4, 3, 2, 1));
    site.set(path, {
      body: whole.slice(0, whole.indexOf('<title>Post 3')),
      headers: { 'content-length': String(whole.length) },
      isCut: true,
    });
    expect(await poll(source, undefined)).toMatchObject({ outcome: 'read', goneCount: 0 });
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ goneCount: 1 });
    expect(await titles(source, 'retracted')).toEqual(['Post 3']);
  });

  test('when it was held while it vanished, and staff release it then', async () => {
    const source = await add();
    await poll(source, items(2, 1));
    await stored.database.query(`update source set guard_limit = 1 where id = $1`, [source]);
    await poll(source, items(5, 4, 3, 2, 1));
    expect(await titles(source, 'held')).toContain('Post 4');
    expect(await poll(source, items(5, 3, 2, 1))).toMatchObject({ goneCount: 0 });
    await releaseByStaff(stored.database, [await idOf('Post 4', source)], time.clock());
    expect(await poll(source, undefined)).toMatchObject({ goneCount: 1, retractedCount: 1 });
  });

  test('when it was ignored, and staff decide otherwise later', async () => {
    const source = await add();
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'ignore');
    await poll(source, items(2, 1));
    await poll(source, items(4, 3, 2, 1));
    expect(await poll(source, items(4, 2, 1))).toMatchObject({ goneCount: 0 });
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'hold');
    expect(await poll(source, undefined)).toMatchObject({ goneCount: 1, retractedCount: 1 });
  });

  test('of a feed that states only when its entries were updated', async () => {
    const source = await add();
    const atom = (...numbers: number[]): { body: string } => ({
      body: `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>${host}</id><updated>${day(28)}</updated>${numbers
        .map(
          (number) => `<entry><id>${host}/${number}</id><title>Post ${number}</title><updated>${day(number)}</updated>
            <link href="${host}/p${number}/"/><content type="html">${long(`group ${number}`).replaceAll('<', '&lt;')}</content></entry>`,
        )
        .join('')}</feed>`,
    });
    for (const list of [
      [2, 1],
      [4, 3, 2, 1],
    ]) {
      site.set(path, atom(...list));
      await poll(source, undefined);
    }
    site.set(path, atom(4, 2, 1));
    expect(await poll(source, undefined)).toMatchObject({ goneCount: 1 });
  });

  test('also behind a crash between its withdrawal and the note of it', async () => {
    const source = await add();
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'ignore');
    await poll(source, items(2, 1));
    await poll(source, items(4, 3, 2, 1));
    await poll(source, items(4, 2, 1));
    await retractPost(stored.database, await idOf('Post 3', source), { reason: goneReason(source), now: time.clock() });
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'hold');
    expect(await poll(source, undefined)).toMatchObject({ goneCount: 1, retractedCount: 0 });
  });

  test('until it was mailed all the same', async () => {
    const source = await add();
    await decideWhenGone({ database: stored.database, clock: time.clock }, source, 'warn');
    await poll(source, items(2, 1));
    await poll(source, items(4, 3, 2, 1));
    await poll(source, items(4, 2, 1));
    await mail();
    await poll(source, undefined);
    expect((await stored.database.query(`select from vanished_post where source_id = $1`, [source])).rowCount).toBe(0);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConflictError } from '../../src/kernel/errors.ts';
import { releaseCorrection, releasePosts } from '../../src/ledger/releases/release-posts.ts';
import { lastPosition } from '../../src/ledger/releases/release-store.ts';
import { retractPost } from '../../src/ledger/retract-post.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { type TestNewsletter, insertNewsletter, insertPost } from './fixture.ts';

let testDatabase: TestDatabase;
let newsletter: TestNewsletter;
const now = new Date();
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  newsletter = await insertNewsletter(testDatabase.database);
});
afterAll(async () => testDatabase.drop());

const release = async (...postIds: string[]): Promise<Map<string, bigint>> =>
  testDatabase.database.transaction(async (tx) =>
    releasePosts(
      tx,
      postIds.map((postId) => ({ postId, revision: 1 })),
      now,
    ),
  );

describe('a release', () => {
  test('takes the next positions in the order given and marks the posts', async () => {
    const before = await lastPosition(testDatabase.database);
    const [a, b] = [await insertPost(testDatabase.database, newsletter), await insertPost(testDatabase.database, newsletter)];
    expect(await release(b, a)).toEqual(
      new Map([
        [b, before + 1n],
        [a, before + 2n],
      ]),
    );
    expect(await lastPosition(testDatabase.database)).toBe(before + 2n);
    const { rows } = await testDatabase.database.query(`select state from post where id = any($1)`, [[a, b]]);
    expect(rows).toEqual([{ state: 'released' }, { state: 'released' }]);
  });

  test('is one for life: a second keeps the position', async () => {
    const post = await insertPost(testDatabase.database, newsletter);
    const first = await release(post);
    await testDatabase.database.query(`update post set state = 'held' where id = $1`, [post]);
    expect(await release(post, post)).toEqual(first);
  });

  test('passes over what is retracted', async () => {
    const post = await insertPost(testDatabase.database, newsletter);
    await retractPost(testDatabase.database, post, { reason: 'wrong', now });
    expect(await release(post)).toEqual(new Map());
  });

  test('never appears below one that was committed before', async () => {
    const before = await lastPosition(testDatabase.database);
    const [slow, fast] = [await insertPost(testDatabase.database, newsletter), await insertPost(testDatabase.database, newsletter)];
    let second: Promise<Map<string, bigint>> | undefined;
    const positions = await testDatabase.database.transaction(async (tx) => {
      const first = await releasePosts(tx, [{ postId: slow, revision: 1 }], now);
      second = release(fast);
      await waitFor(async () => (await countWaiting(testDatabase.database)) === 1);
      // Whoever reads the last position meanwhile does not pass what is not committed.
      expect(await lastPosition(testDatabase.database)).toBe(before);
      return first;
    });
    expect(positions.get(slow)).toBe(before + 1n);
    expect((await second)?.get(fast)).toBe(before + 2n);
  });
});

describe('a correction', () => {
  test('is a release of its own', async () => {
    const post = await insertPost(testDatabase.database, newsletter);
    const [position] = (await release(post)).values();
    const corrected = await testDatabase.database.transaction(async (tx) =>
      releaseCorrection(tx, { postId: post, revision: 2, note: 'The date', now }),
    );
    expect(corrected).toBeGreaterThan(position ?? 0n);
    const { rows } = await testDatabase.database.query(`select kind, revision, note from release where position = $1`, [String(corrected)]);
    expect(rows).toEqual([{ kind: 'correction', revision: 2, note: 'The date' }]);
  });

  test('needs a post that was released', async () => {
    const post = await insertPost(testDatabase.database, newsletter);
    const correcting = testDatabase.database.transaction(async (tx) =>
      releaseCorrection(tx, { postId: post, revision: 2, note: undefined, now }),
    );
    await expect(correcting).rejects.toThrow(ConflictError);
  });
});

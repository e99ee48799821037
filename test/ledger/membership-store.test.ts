import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listNewslettersOfPost, loadMembershipFacts } from '../../src/ledger/releases/membership-store.ts';
import { loadReleaseFacts } from '../../src/ledger/releases/release-facts-store.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { insertNewsletter, insertPost, insertTopics, one, releaseNewPost } from './fixture.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 2 });
});
afterAll(async () => testDatabase.drop());

describe('the posts of a newsletter', () => {
  test('are seen by rules with every source, category, tag, author and title', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const postId = await insertPost(database, newsletter);
    await database.query(`update post_revision set title = 'A title', authors = '["Ana", "Bo"]' where post_id = $1`, [postId]);
    await database.query(`update source set title = 'The School' where id = $1`, [newsletter.sourceId]);
    await database.query(
      `with c as (insert into category (slug, name, kind) values ('news', 'News', 'category'), ('web', 'Web', 'tag') returning id)
       insert into post_category (post_id, category_id) select $1, id from c`,
      [postId],
    );
    const { rows } = await database.query<{ url: string }>(`select url from source where id = $1`, [newsletter.sourceId]);
    expect((await loadMembershipFacts(database, [postId])).get(postId)).toEqual({
      source: [newsletter.sourceId, one(rows).url, 'The School'],
      category: ['news', 'News'],
      tag: ['web', 'Web'],
      author: ['Ana', 'Bo'],
      title: ['A title'],
    });
  });

  test('are those that one of its sources states and its rules admit', async () => {
    const { database } = testDatabase;
    const [taking, refusing, other] = [
      await insertNewsletter(database),
      await insertNewsletter(database),
      await insertNewsletter(database),
    ];
    const postId = await insertPost(database, taking);
    await database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [refusing.id, taking.sourceId]);
    await database.query(`insert into newsletter_rule (newsletter_id, effect, field, pattern) values ($1, 'include', 'tag', 'mail')`, [
      refusing.id,
    ]);
    expect(await listNewslettersOfPost(database, postId)).toEqual([taking.id]);
    expect(other.id).not.toBe(taking.id);
  });

  test('are known to selection with topics, revision and whether they may go', async () => {
    const { database } = testDatabase;
    const newsletter = await insertNewsletter(database);
    const stranger = await insertNewsletter(database);
    const topics = await insertTopics(database, 2);
    const { postId, position } = await releaseNewPost(database, newsletter, topics);
    await database.query(`update post set revision = 1, state = 'retracted' where id = $1`, [postId]);
    const range = { above: position - 1n, upto: position };
    expect(await loadReleaseFacts(database, newsletter.id, range)).toMatchObject([
      { position, postId, kind: 'post', revision: 1, topics, isRetracted: true, isAdmitted: true },
    ]);
    expect(await loadReleaseFacts(database, stranger.id, range)).toMatchObject([{ position, isAdmitted: false }]);
    expect(await loadReleaseFacts(database, newsletter.id, { above: position, upto: position, positions: [position] })).toHaveLength(1);
  });
});

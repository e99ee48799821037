/*
 * Posts that the rules of a newsletter kept out and that are let in later: an offer like a gained topic, to the readers of that newsletter alone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database, Tx } from '../../src/db/db.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { lockPosts } from '../../src/ledger/exclusion/posts-lock-store.ts';
import type { Position } from '../../src/ledger/position.ts';
import { loadAdmissions } from '../../src/ledger/releases/admission-store.ts';
import { addRule, listRules, removeRule } from '../../src/newsletters/rules/change-rules.ts';
import { offerAdmitted } from '../../src/posts/offer-admitted.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import {
  approve,
  composeDraft,
  cursorOf,
  freeze,
  insertNewsletter,
  insertSubscription,
  one,
  releaseNewPost,
  sendEdition,
  story,
  type TestNewsletter,
} from '../ledger/fixture.ts';
import { isBlocking } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { collectPorts, startFeedSite, testClock, testReader, writeFeed, type FeedSite } from '../support/feed-site.ts';
import { waitFor } from '../support/wait-for.ts';

let testDatabase: TestDatabase;
let database: Database;
let newsletter: TestNewsletter;
let slug: string;
let reader: string;
const now = new Date();

beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 8 });
  database = testDatabase.database;
});
afterAll(async () => testDatabase.drop());
beforeEach(async () => {
  await database.query(`update offer set applied_at = now() where applied_at is null`);
  newsletter = await insertNewsletter(database);
  slug = one((await database.query<{ slug: string }>(`select slug from newsletter where id = $1`, [newsletter.id])).rows).slug;
  reader = await insertSubscription(database, newsletter);
});

const rule = (effect: string, pattern: string) => ({ newsletter: slug, effect, field: 'title', pattern });
const add = async (effect: string, pattern: string, offers = true) => addRule(database, rule(effect, pattern), { now, offers });
const remove = async (effect: string, pattern: string, offers = true) => removeRule(database, rule(effect, pattern), { now, offers });

async function setTitle(tx: Tx, postId: string, title: string): Promise<void> {
  await tx.query(`update post_revision set title = $2 where post_id = $1`, [postId, title]);
}

/** A released post that a rule keeps out, and that an edition has passed. */
async function releaseKeptOut(title = 'Internal notice'): Promise<{ postId: string; position: Position }> {
  const kept = await releaseNewPost(database, newsletter);
  await database.transaction(async (tx) => setTitle(tx, kept.postId, title));
  await releaseNewPost(database, newsletter);
  await sendEdition(database, newsletter);
  return kept;
}

const owed = async (subscriptionId = reader): Promise<readonly Position[]> => (await cursorOf(database, subscriptionId)).owed;

describe('a rule that goes', () => {
  test('brings what it kept out and digests have passed, to those who have not had it', async () => {
    await add('exclude', 'internal*');
    const { postId, position } = await releaseKeptOut();
    const above = await releaseNewPost(database, newsletter);
    await database.transaction(async (tx) => setTitle(tx, above.postId, 'Internal too'));
    const change = await remove('exclude', 'internal*');
    // What is above every cursor comes by itself.
    expect(change).toMatchObject({ kind: 'changed', admitted: [{ postId, title: 'Internal notice' }] });
    expect(await applyOffers(database, { now })).toMatchObject({ appliedCount: 1 });
    expect(await owed()).toEqual([position]);
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toContain(`${position} ${position + 1n} ${above.position}`);
  });

  test('brings nothing where staff decline, but what digests have not come to', async () => {
    await add('exclude', 'internal*');
    await releaseKeptOut();
    expect(await remove('exclude', 'internal*', false)).toMatchObject({ kind: 'changed', admitted: [{ title: 'Internal notice' }] });
    expect(await applyOffers(database, { now })).toMatchObject({ appliedCount: 0 });
    expect(await owed()).toEqual([]);
  });

  test('says what it would bring without going', async () => {
    await add('exclude', 'internal*');
    await releaseKeptOut();
    const planned = await removeRule(database, rule('exclude', 'internal*'), { now, offers: true, isDryRun: true });
    expect(planned).toMatchObject({ kind: 'changed', admitted: [{ title: 'Internal notice' }] });
    expect(await listRules(database, slug)).toHaveLength(1);
    expect(await applyOffers(database, { now })).toMatchObject({ appliedCount: 0 });
  });

  test('brings nothing that another rule keeps out', async () => {
    await add('exclude', 'internal*');
    await add('exclude', '*notice');
    await releaseKeptOut();
    expect(await remove('exclude', 'internal*')).toMatchObject({ admitted: [] });
    expect(await remove('exclude', '*notice')).toMatchObject({ admitted: [{ title: 'Internal notice' }] });
  });

  test('waits while an edition is being frozen', async () => {
    await add('exclude', 'internal*');
    const { position } = await releaseKeptOut();
    await releaseNewPost(database, newsletter);
    const { editionId } = await composeDraft(database, newsletter);
    await approve(database, editionId);
    expect(await remove('exclude', 'internal*')).toEqual({ kind: 'waits', forEditionId: editionId });
    expect(await listRules(database, slug)).toHaveLength(1);
    await freeze(database, editionId);
    await remove('exclude', 'internal*');
    await applyOffers(database, { now });
    expect(await owed()).toEqual([position]);
  });

  test('is offered to the readers of its newsletter alone', async () => {
    const other = await insertNewsletter(database);
    await database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [other.id, newsletter.sourceId]);
    const [topic] = (await database.query<{ id: string }>(`insert into topic (slug, name) values ('rules', 'Rules') returning id`)).rows;
    const stranger = await insertSubscription(database, other, { topics: [topic!.id] });
    await add('exclude', 'internal*');
    const { position } = await releaseKeptOut();
    const { position: last } = await releaseNewPost(database, other, [topic!.id]);
    await sendEdition(database, other);
    // Follows everything from now on: what was passed stays passed.
    await database.query(`update subscription set topics = null where id = $1`, [stranger]);
    await remove('exclude', 'internal*');
    await applyOffers(database, { now });
    expect([await owed(), await owed(stranger), await story(database, stranger)]).toEqual([[position], [], `queued ${last}`]);
  });
});

test('one more rule that includes lets posts in like one that goes', async () => {
  await add('include', 'a post');
  const { position } = await releaseKeptOut();
  expect(await add('include', 'internal*')).toMatchObject({ kind: 'changed', admitted: [{ title: 'Internal notice' }] });
  await applyOffers(database, { now });
  expect(await owed()).toEqual([position]);
});

test('a post that changes while its rule goes is let in by one of the two, whoever comes first', async () => {
  await add('exclude', 'internal*');
  await add('exclude', '*notice');
  const { postId, position } = await releaseKeptOut();
  const removing = await database.transaction(async (collecting) => {
    await lockPosts(collecting);
    const before = await loadAdmissions(collecting, [postId]);
    await setTitle(collecting, postId, 'Internal news');
    await offerAdmitted(collecting, before, now);
    const promise = remove('exclude', 'internal*');
    await waitFor(async () => isBlocking(collecting));
    return { promise };
  });
  expect(await removing.promise).toMatchObject({ admitted: [{ title: 'Internal news' }] });
  await applyOffers(database, { now });
  expect(await owed()).toEqual([position]);
});

describe('a source that states a post otherwise', () => {
  let site: FeedSite;
  let sourceReader: SourceReader;
  const time = testClock();
  beforeAll(async () => {
    site = await startFeedSite();
    sourceReader = testReader(time.clock);
  });
  afterAll(async () => {
    await sourceReader.close();
    await site.close();
  });

  const collect = async (title: string, categories: readonly string[] = [], sourceTitle = 'Internal posts'): Promise<void> => {
    const item = { id: `${slug}-1`, link: `https://${slug}.example/1`, title, html: '<p>The words stay.</p>', categories };
    site.set(`/${slug}`, { body: writeFeed([item]).replace(/<title>[^<]*/, `<title>${sourceTitle}`) });
    await collectSource(collectPorts(database, sourceReader, time.clock), newsletter.sourceId, { force: true });
  };
  beforeEach(async () => {
    await database.query(`update source set url = $2, first_read = 'release' where id = $1`, [newsletter.sourceId, `${site.url}/${slug}`]);
  });

  test.each([
    ['its title', 'title', 'internal*', async () => collect('For everybody')],
    ['the name of the source', 'source', '*internal*', async () => collect('Internal notice', ['Staff'], 'For everybody')],
    ['its categories', 'category', 'staff', async () => collect('Internal notice', ['Parents'])],
  ])('so that rules let it in by %s offers it once', async (_, field, pattern, change) => {
    await addRule(database, { newsletter: slug, effect: 'exclude', field, pattern }, { now, offers: true });
    await collect('Internal notice', ['Staff']);
    // Of another source: an edition goes out and passes what is kept out.
    const { sourceId } = await insertNewsletter(database);
    await database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [newsletter.id, sourceId]);
    await releaseNewPost(database, { ...newsletter, sourceId });
    await sendEdition(database, newsletter);
    expect(await story(database, reader)).toMatch(/^queued \d+$/);
    await change();
    await change();
    expect(await applyOffers(database, { now })).toMatchObject({ appliedCount: 1 });
    expect(await owed()).toHaveLength(1);
  });
});

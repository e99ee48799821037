import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { explain } from '../../src/editions/explain/explain.ts';
import { loadExplainFacts } from '../../src/editions/explain/explain-store.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { NotFoundError } from '../../src/kernel/errors.ts';
import {
  activateSubscription,
  beginAnew,
  changeTopics,
  leaveSubscription,
  pauseSubscription,
} from '../../src/ledger/change-subscription.ts';
import { recordCorrection } from '../../src/ledger/record-correction.ts';
import { insertOffer, markOffersHeld, type OfferKind } from '../../src/ledger/offer-store.ts';
import { applyOffers } from '../../src/ledger/apply-offers.ts';
import { retractPost } from '../../src/ledger/retract-post.ts';
import {
  acceptAll,
  addReader,
  addTopic,
  foundPaper,
  freeze,
  friday,
  later,
  openNewsroom,
  releasePost,
  storePost,
  type Newsroom,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;
let paper: TestPaper;

beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(() => room.close());
beforeEach(async () => {
  room.setNow(friday);
  paper = await foundPaper(room, { name: 'fridays' });
});

const why = async (postId: string, subscriptionId: string): Promise<string> =>
  explain(await loadExplainFacts(room.database, { postId, subscriptionId, now: room.ports.clock(), joinReachDays: 35 }));

/** Composes and freezes the edition of a slot. */
async function sendSlot(slotAt = friday): Promise<string> {
  const { editionId } = await runSlot(room.ports, paper.schedule.id, slotAt);
  await freeze(room, editionId);
  return editionId;
}

describe('why a reader got a post, or did not', () => {
  test('follows the post from its release to its acceptance', async () => {
    const topic = await addTopic(room, 'Leadership');
    const reader = await addReader(room, paper, { topics: [topic] });
    const { postId, position } = await releasePost(room, paper, { title: 'On handovers', topics: [topic] });
    const intro = `"On handovers", released 2026-03-06 08:00 UTC at position ${position}, under Leadership, in "${paper.newsletter.slug}":`;
    expect(await why(postId, reader)).toBe(`${intro} it comes with the next edition of their schedule "fridays".`);
    const editionId = await sendSlot();
    expect(await why(postId, reader)).toBe(
      `${intro} as they follow Leadership, it is on its way to them in edition ${editionId}, due 2026-03-06 08:00 UTC.`,
    );
    await acceptAll(room, editionId);
    expect(await why(postId, reader)).toBe(
      `${intro} as they follow Leadership, they got it in edition ${editionId}, which their mail server accepted 2026-03-06 08:00 UTC.`,
    );
  });

  test('follows a correction from its release to its acceptance', async () => {
    const reader = await addReader(room, paper);
    const { postId } = await releasePost(room, paper);
    let revision = 1;
    const correct = async (): Promise<void> => {
      revision += 1;
      const values = [postId, revision];
      await room.database.query(
        `insert into post_revision (post_id, revision, content_hash, title, url, html, summary)
         select post_id, $2, content_hash, title, url, html, summary from post_revision where post_id = $1 and revision = 1`,
        values,
      );
      await room.database.query(`update post set revision = $2 where id = $1`, values);
      await room.database.transaction(async (tx) => recordCorrection(tx, { postId, revision, note: 'Wrong.', now: room.ports.clock() }));
      await applyOffers(room.database, { now: room.ports.clock() });
    };
    await correct();
    expect(await why(postId, reader)).toMatch(
      /Its correction of 2026-03-06 08:00 UTC needs no line of its own: they get the post as it is now\.$/,
    );
    await acceptAll(room, await sendSlot());
    room.setNow(later(friday, 1));
    await correct();
    expect(await why(postId, reader)).toMatch(
      /Its correction of 2026-03-06 09:00 UTC comes as a short line beside the posts of their next edition\.$/,
    );
    await releasePost(room, paper);
    const editionId = await sendSlot(later(friday, 1));
    expect(await why(postId, reader)).toContain(`is on its way to them in edition ${editionId}.`);
    await acceptAll(room, editionId);
    expect(await why(postId, reader)).toContain(`was in edition ${editionId}, which their mail server accepted.`);
    expect(await why(postId, await addReader(room, paper))).not.toContain('orrection');
  });

  test('names the draft that it is in, or that staff left it out of, and the minimum that it waits for', async () => {
    const strict = await foundPaper(room, { name: 'fridays', approval: 'required' });
    const reader = await addReader(room, strict);
    const { postId, position } = await releasePost(room, strict);
    const { editionId } = await runSlot(room.ports, strict.schedule.id, friday);
    expect(await why(postId, reader)).toMatch(
      new RegExp(`it is in edition ${editionId}, which waits for approval; should that be skipped`),
    );
    await room.database.query(`update edition_post set is_left_out = true where edition_id = $1 and position = $2`, [
      editionId,
      String(position),
    ]);
    expect(await why(postId, reader)).toMatch(new RegExp(`staff left it out of edition ${editionId}; it comes with the one after`));

    const patient = await foundPaper(room, { name: 'fridays', minimum: 2 });
    const waiting = await addReader(room, patient);
    const first = await releasePost(room, patient);
    expect(await why(first.postId, waiting)).toMatch(/waits until there are 2 posts for them, which is the least/);
    await releasePost(room, patient);
    expect(await why(first.postId, waiting)).toMatch(/it comes with the next edition/);
  });

  test('tells apart what they do not follow, what came before them, and what they would have got', async () => {
    const [leadership, research] = [await addTopic(room, 'Leadership'), await addTopic(room, 'Research')];
    const reader = await addReader(room, paper, { topics: [research] });
    const early = await releasePost(room, paper, { topics: [research] });
    await room.database.transaction((tx) => beginAnew(tx, reader, friday));
    const other = await releasePost(room, paper, { topics: [leadership] });
    expect(await why(early.postId, reader)).toMatch(/before they became active/);
    expect(await why(other.postId, reader)).toMatch(/they follow Research, and the post is under none of these/);
    // An edition that carries something for them passes what they do not follow; what they choose afterwards begins there.
    const fitting = await releasePost(room, paper, { topics: [research] });
    await acceptAll(room, await sendSlot());
    await room.database.transaction((tx) => changeTopics(tx, reader, null));
    expect(await why(fitting.postId, reader)).toMatch(/they got it/);
    expect(await why(other.postId, reader)).toMatch(/an edition passed it while they did not follow it/);
    // What is offered to them is to come; a correction is not for them.
    const offer = async (kind: OfferKind) =>
      room.database.transaction((tx) => insertOffer(tx, { postId: other.postId, kind, topicId: null, now: friday }));
    await offer('correction');
    expect(await why(other.postId, reader)).toMatch(/it will not be sent on its own later/);
    const offerId = await offer('topic');
    expect(await why(other.postId, reader)).toMatch(/it is offered now to those who have not had it: within a minute/);
    await markOffersHeld(room.database, [offerId], friday);
    expect(await why(other.postId, reader)).toMatch(/is held until staff release it/);
    await applyOffers(room.database, { now: friday, releasedOfferIds: [offerId] });
    expect(await why(other.postId, reader)).toMatch(/it comes with the next edition of their schedule/);
  });

  test('knows held, known and retracted posts, and those of other newsletters', async () => {
    const reader = await addReader(room, paper);
    const held = await storePost(room, paper, { reason: 'too many at once' });
    const known = await storePost(room, paper, { state: 'known' });
    const retracted = await releasePost(room, paper);
    await retractPost(room.database, retracted.postId, { reason: 'wrong figures', now: friday });
    const foreign = await releasePost(room, await foundPaper(room));
    expect(await why(held, reader)).toMatch(/it is held: too many at once/);
    expect(await why(known, reader)).toMatch(/was there already/);
    expect(await why(retracted.postId, reader)).toMatch(/it was retracted \(wrong figures\)/);
    expect(await why(foreign.postId, reader)).toMatch(/does not take it: none of its sources states it/);
  });

  test('names the rule that keeps a post out', async () => {
    const reader = await addReader(room, paper);
    const { postId } = await releasePost(room, paper, { title: 'Draft: do not mail' });
    const add = (effect: string, pattern: string) =>
      room.database.query(`insert into newsletter_rule (newsletter_id, effect, field, pattern) values ($1, $2, 'title', $3)`, [
        paper.newsletter.id,
        effect,
        pattern,
      ]);
    await add('include', 'Essay*');
    expect(await why(postId, reader)).toMatch(/none of its including rules lets it in/);
    await add('exclude', 'Draft*');
    expect(await why(postId, reader)).toMatch(/its rule "exclude title Draft\*" keeps it out/);
  });

  test('knows readers who are pending, paused, gone or suppressed', async () => {
    const reader = await addReader(room, paper);
    const { postId } = await releasePost(room, paper);
    const inTx = (work: Parameters<typeof room.database.transaction<void>>[0]) => room.database.transaction(work);
    await inTx((tx) => pauseSubscription(tx, reader, 'indefinitely', friday));
    expect(await why(postId, reader)).toMatch(/when their pause ends/);
    await room.database.query(
      `insert into suppression (address_key, reason, source) select p.address_key, 'complained', 'test' from subscription s join subscriber p on p.id = s.subscriber_id where s.id = $1`,
      [reader],
    );
    expect(await why(postId, reader)).toMatch(/suppressed \(complained\)/);
    await inTx((tx) => leaveSubscription(tx, reader, friday));
    expect(await why(postId, reader)).toMatch(/they have left/);
    await room.database.query(`update subscription set state = 'pending' where id = $1`, [reader]);
    expect(await why(postId, reader)).toMatch(/have not confirmed/);
    await room.database.query(`delete from suppression`);
    await inTx(async (tx) => void (await activateSubscription(tx, reader, friday)));
    expect(await why(postId, reader)).toMatch(/it comes with the next edition/);
    await inTx((tx) => beginAnew(tx, reader, friday));
    expect(await why(postId, reader)).toMatch(/before they became active \(or started afresh\)/);
  });

  test('says of a post from before they joined what their beginning was: an edition, the making of the newsletter, or 35 days', async () => {
    const old = await addReader(room, paper);
    const left = await releasePost(room, paper);
    await acceptAll(room, await sendSlot());
    room.setNow(later(friday, 1));
    const reader = await addReader(room, paper);
    const { rows } = await room.database.query<{ id: string }>(`select id from edition where newsletter_id = $1`, [paper.newsletter.id]);
    expect(await why(left.postId, reader)).toMatch(new RegExp(`before the edition preceding their joining \\(edition ${rows[0]!.id}\\)`));
    expect(await why(left.postId, old)).toMatch(/they got it/);
    const shared = await foundPaper(room);
    await room.database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [
      shared.newsletter.id,
      paper.sourceId,
    ]);
    expect(await why(left.postId, await addReader(room, shared))).toMatch(/before the newsletter was made/);
    const { postId } = await releasePost(room, shared);
    room.setNow(later(friday, 36 * 24));
    expect(await why(postId, await addReader(room, shared))).toMatch(
      /too long before they joined: who joins gets nothing from before 2026-03-07/,
    );
  });

  test('says of what was in a delivery that ended why it is not sent again', async () => {
    const reader = await addReader(room, paper);
    const { postId } = await releasePost(room, paper);
    const editionId = await sendSlot();
    const end = (state: string, reason: string | null) =>
      room.database.query(`update delivery set state = $2, reason = $3, ended_at = $4 where edition_id = $1`, [
        editionId,
        state,
        reason,
        friday,
      ]);
    await end('rejected', null);
    expect(await why(postId, reader)).toMatch(new RegExp(`refused edition ${editionId}`));
    await end('in_doubt', 'third doubt');
    expect(await why(postId, reader)).toMatch(/they may have it/);
    await end('suppressed', null);
    expect(await why(postId, reader)).toMatch(new RegExp(`edition ${editionId} held it for them and ended suppressed`));
  });

  test('is asked of posts and subscriptions that exist', async () => {
    const reader = await addReader(room, paper);
    const { postId } = await releasePost(room, paper);
    await expect(
      loadExplainFacts(room.database, { postId: '999999', subscriptionId: reader, now: friday, joinReachDays: 35 }),
    ).rejects.toThrow(NotFoundError);
    await expect(loadExplainFacts(room.database, { postId, subscriptionId: '999999', now: friday, joinReachDays: 35 })).rejects.toThrow(
      NotFoundError,
    );
  });
});

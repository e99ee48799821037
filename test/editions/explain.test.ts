import { describe, expect, test } from '@jest/globals';
import { explain, remedyOf, type CarryingDelivery, type ExplainFacts } from '../../src/editions/explain/explain.ts';

const at = new Date('2026-03-06T08:01:30Z');
const leadership = { id: '3', name: 'Leadership' };
const research = { id: '7', name: 'Research' };

/** A released post at position 10 that the reader is to be sent with the next edition; each test changes what it is about. */
const waiting: ExplainFacts = {
  post: { title: 'A post', state: 'released', reason: null, position: 10n, releasedAt: at, topics: [leadership] },
  notInNewsletter: null,
  newsletter: 'weekly',
  schedule: 'fridays',
  subscription: {
    state: 'active',
    topics: null,
    isPaused: false,
    suppression: null,
    cursor: 9n,
    since: 2n,
    owed: [],
    beginning: undefined,
  },
  draft: null,
  waitsForMinimum: null,
  offer: null,
  deliveries: [],
  prunedIn: null,
  corrections: [],
};

const passed = { ...waiting, subscription: { ...waiting.subscription, cursor: 12n } };

const delivery = (state: CarryingDelivery['state'], reason: string | null = null, editionId = '5'): CarryingDelivery => ({
  editionId,
  state,
  reason,
  at: state === 'queued' || state === 'sending' ? null : at,
  dueAt: new Date('2026-03-07T07:00:00Z'),
  isPaused: false,
  isCancelled: false,
});

const withDeliveries = (...deliveries: CarryingDelivery[]): ExplainFacts => ({ ...passed, deliveries });
const subscribed = (subscription: Partial<ExplainFacts['subscription']>, facts = waiting): ExplainFacts => ({
  ...facts,
  subscription: { ...facts.subscription, ...subscription },
});
const posted = (post: Partial<ExplainFacts['post']>): ExplainFacts => ({ ...waiting, post: { ...waiting.post, ...post } });

describe('the paragraph begins with', () => {
  test('the post, when it was released and where, its topics and the newsletter', () => {
    expect(explain(waiting)).toMatch(/^"A post", released 2026-03-06 08:01 UTC at position 10, under Leadership, in "weekly": /);
  });

  test('no release and no topic where there is none', () => {
    const text = explain(posted({ state: 'held', reason: 'waits', position: null, releasedAt: null, topics: [] }));
    expect(text).toMatch(/^"A post", in "weekly": /);
  });
});

describe('something helps', () => {
  test.each<[string, ExplainFacts, unknown]>([
    ['where staff can send again what may have arrived', withDeliveries(delivery('in_doubt')), { kind: 'resend_in_doubt', editionId: '5' }],
    ['not where it arrived', withDeliveries(delivery('in_doubt'), delivery('accepted')), undefined],
    ['not where it is on its way', withDeliveries(delivery('queued'), delivery('in_doubt')), undefined],
    ['not where it was refused', withDeliveries(delivery('rejected')), undefined],
    ['not where they have left', subscribed({ state: 'left' }, withDeliveries(delivery('in_doubt'))), undefined],
  ])('%s', (_name, facts, remedy) => {
    expect(remedyOf(facts)).toEqual(remedy);
  });
});

describe('where deliveries were deleted with age', () => {
  const prunedIn = { editionId: '4', at };

  test('nobody says that they never got it, nor that they did', () => {
    const text = explain({ ...passed, prunedIn });
    expect(text).toMatch(
      /: it went out with edition 4, whose deliveries were deleted 2026-03-06 08:01 UTC: whether they got it is not known any more, and it is not sent again\.$/,
    );
    expect(explain({ ...passed, prunedIn, subscription: { ...passed.subscription, state: 'left' } })).toContain('not known any more');
  });

  test('what is known still is said: a delivery that is kept, and what is to come', () => {
    expect(explain({ ...withDeliveries(delivery('accepted')), prunedIn })).toContain('they got it in edition 5');
    expect(explain({ ...waiting, prunedIn })).toContain('it comes with the next edition');
  });
});

describe('the paragraph says why the post is theirs:', () => {
  test.each<[string, ExplainFacts, RegExp]>([
    ['all topics', withDeliveries(delivery('accepted')), /: as they follow all topics, they got it in edition 5/],
    [
      'the topics that they share with it',
      subscribed({ topics: [research, leadership] }, withDeliveries(delivery('queued'))),
      /: as they follow Leadership, it is on its way/,
    ],
    [
      'nothing that is not so any more',
      subscribed({ topics: [research] }, withDeliveries(delivery('accepted'))),
      /: they got it in edition 5/,
    ],
  ])('%s', (_name, facts, text) => {
    expect(explain(facts)).toMatch(text);
  });
});

describe('the paragraph ends with', () => {
  test.each<[string, ExplainFacts, RegExp]>([
    ['an accepted delivery', withDeliveries(delivery('accepted')), /they got it in edition 5, .* accepted 2026-03-06 08:01 UTC\.$/],
    ['a queued delivery', withDeliveries(delivery('queued')), /on its way to them in edition 5, due 2026-03-07 07:00 UTC\.$/],
    ['a deferred delivery', withDeliveries(delivery('queued', 'deferred')), /in edition 5, due 2026-03-07 07:00 UTC \(deferred\)\.$/],
    ['a delivery being sent', withDeliveries(delivery('sending')), /on its way to them in edition 5\.$/],
    ['a refused delivery', withDeliveries(delivery('rejected')), /their mail server refused edition 5 2026-03-06 08:01 UTC\.$/],
    [
      'a delivery in doubt',
      withDeliveries(delivery('in_doubt')),
      /they may have it: .* edition 5 .*not sent again by itself; staff can have it sent again\.$/,
    ],
    [
      'a delivery in doubt to a reader who left',
      subscribed({ state: 'left' }, withDeliveries(delivery('in_doubt', 'left'))),
      /not sent again by itself, and cannot be, because they have left the newsletter\.$/,
    ],
    [
      'a delivery in doubt to a reader who left and did not confirm again',
      subscribed({ state: 'pending' }, withDeliveries(delivery('in_doubt', 'left'))),
      /cannot be, because they have not confirmed their subscription\.$/,
    ],
    [
      'a delivery in doubt to an address that is suppressed',
      subscribed({ suppression: 'bounced' }, withDeliveries(delivery('in_doubt', 'suppressed'))),
      /they may have it: .* cannot be, because their address is suppressed \(bounced\)\.$/,
    ],
    [
      'a delivery in doubt to a reader who paused',
      subscribed({ isPaused: true }, withDeliveries(delivery('in_doubt', 'paused'))),
      /cannot be, because their subscription is paused\.$/,
    ],
    [
      'a delivery in doubt of a cancelled edition',
      withDeliveries({ ...delivery('in_doubt', 'edition'), isCancelled: true }),
      /cannot be, because the edition was cancelled\.$/,
    ],
    ['a known post', posted({ state: 'known', position: null, releasedAt: null }), /was there already when its source was first read\.$/],
    ['a held post', posted({ state: 'held', reason: 'too many at once' }), /it is held: too many at once\.$/],
    ['a held post without a reason', posted({ state: 'held' }), /it is held: no reason given\.$/],
    [
      'a retracted post',
      posted({ state: 'retracted', reason: 'wrong figures' }),
      /it was retracted \(wrong figures\) before it reached them\.$/,
    ],
    [
      'a post that the newsletter does not take',
      { ...waiting, notInNewsletter: 'none of its sources states it' },
      /does not take it: none of its/,
    ],
    ['a pending subscription', subscribed({ state: 'pending', cursor: null, since: null }), /have not confirmed/],
    ['a reader who left', subscribed({ state: 'left' }), /they have left the newsletter/],
    ['a suppressed address', subscribed({ suppression: 'complained' }), /their address is suppressed \(complained\)/],
    ['other topics', subscribed({ topics: [research] }), /they follow Research, and the post is under none of these\.$/],
    ['topics that are gone', subscribed({ topics: [] }), /they follow no topic, and/],
    ['a reader who came later', subscribed({ since: 10n, cursor: 10n }), /before they became active \(or started afresh\)/],
    [
      'a reader who joined behind an edition',
      subscribed({ since: 10n, cursor: 10n, beginning: { kind: 'edition', editionId: '5' } }),
      /it was released before the edition preceding their joining \(edition 5\), and who joins gets what was released since\.$/,
    ],
    [
      'a reader of a newsletter that was made later',
      subscribed({ since: 10n, cursor: 10n, beginning: { kind: 'newsletter' } }),
      /it was released before the newsletter was made, and nothing from before is sent\.$/,
    ],
    [
      'a reader who joined long after',
      subscribed({ since: 10n, cursor: 10n, beginning: { kind: 'reach', from: at } }),
      /too long before they joined: who joins gets nothing from before 2026-03-06 08:01 UTC\.$/,
    ],
    ['a post that is to be sent', waiting, /it comes with the next edition of their schedule "fridays"\.$/],
    ['a post that is owed', subscribed({ cursor: 12n, owed: [10n] }), /it comes with the next edition of their schedule "fridays"\.$/],
    ['a paused reader', subscribed({ isPaused: true }), /next edition of their schedule "fridays", when their pause ends\.$/],
    [
      'a post passed without a delivery',
      passed,
      /an edition passed it while they did not follow it, or the newsletter did not take it; it will not/,
    ],
    ['a post that is offered', { ...passed, offer: 'open' }, /it is offered now to those who have not had it: within a minute/],
    ['an offer that is held', { ...withDeliveries(delivery('cancelled', 'retracted')), offer: 'held' }, /is held until staff release it/],
    ['what waits for them, offered or not', { ...waiting, offer: 'open' }, /it comes with the next edition/],
    [
      'a delivery that ended and was not given back',
      withDeliveries(delivery('cancelled', 'retracted')),
      /edition 5 held it for them and ended cancelled \(retracted\)/,
    ],
    [
      'an expired delivery that was given back',
      subscribed({ owed: [10n] }, withDeliveries(delivery('expired'))),
      /comes with the next edition/,
    ],
  ])('%s', (_name, facts, ending) => {
    expect(explain(facts)).toMatch(ending);
  });

  test('what was refused by policy and is owed again', () => {
    const facts = subscribed({ owed: [10n] }, withDeliveries(delivery('rejected', 'policy')));
    expect(explain(facts)).toMatch(/refused edition 5 .*\(policy\); it is owed and comes with the next edition\.$/);
  });

  test('the delivery that reached them, whatever else held the post', () => {
    const text = explain(
      withDeliveries(delivery('superseded', null, '6'), delivery('accepted', null, '5'), delivery('rejected', null, '4')),
    );
    expect(text).toMatch(/they got it in edition 5/);
  });

  test('that the edition which holds it is paused', () => {
    expect(explain(withDeliveries({ ...delivery('queued'), isPaused: true }))).toMatch(/it is in edition 5, which is paused\.$/);
  });

  test('the open delivery, where an older one of it ended', () => {
    expect(explain(withDeliveries(delivery('queued', null, '6'), delivery('superseded', null, '5')))).toMatch(/in edition 6/);
  });

  test('what holds for somebody who left and had got it before', () => {
    expect(explain(subscribed({ state: 'left' }, withDeliveries(delivery('accepted'))))).toMatch(/they got it/);
  });
});

test('it is one paragraph', () => {
  expect(explain(withDeliveries(delivery('accepted')))).not.toMatch(/\n/);
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { askDomains } from '../../src/ledger/accounts/ask-domains.ts';
import { pruneReceivingDomains } from '../../src/ledger/accounts/receiving-domain-store.ts';
import {
  afterRequest,
  type DomainNews,
  type DomainRules,
  domainTroubles,
  newReceivingStanding,
} from '../../src/ledger/accounts/receiving-standing.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const minute = 60_000;
const rules: DomainRules = { perMinute: undefined, gapsMs: [minute, 2 * minute, 5 * minute] };
const refused = (claimedAgoMs = 0, trouble: (typeof domainTroubles)[number] = 'limit'): DomainNews => ({
  kind: 'refused',
  claimedAgoMs,
  trouble,
  reply: '421 4.7.0 No',
  perSecond: 4,
});
const answered = (claimedAgoMs = 0): DomainNews => ({ kind: 'answered', claimedAgoMs });

describe('what becomes of a domain', () => {
  const play = (steps: readonly (readonly [number, DomainNews])[], random = 0) =>
    steps.reduce(
      (before, [now, news]) => afterRequest(before, { group: 'g', news: [news], mostCount: 0 }, rules, now, random).after,
      newReceivingStanding(),
    );

  test.each<[string, [number, DomainNews][], { tryCount: number; until: number } | null]>([
    ['refused once', [[0, refused()]], { tryCount: 1, until: minute }],
    [
      'refused together',
      [
        [100, refused(50)],
        [120, refused(60)],
      ],
      { tryCount: 1, until: 100 + minute },
    ],
    [
      'refused again',
      [
        [0, refused()],
        [minute, refused()],
      ],
      { tryCount: 2, until: 3 * minute },
    ],
    [
      'refused ever again',
      [
        [0, refused()],
        [1, refused()],
        [2, refused()],
        [3, refused()],
      ],
      { tryCount: 4, until: 3 + 5 * minute },
    ],
    [
      'answered since',
      [
        [0, refused()],
        [minute, answered()],
      ],
      null,
    ],
    [
      'answered to what was on its way',
      [
        [100, refused()],
        [200, answered(150)],
      ],
      { tryCount: 1, until: 100 + minute },
    ],
    [
      'refused, answered and refused',
      [
        [0, refused()],
        [1, refused()],
        [2, answered()],
        [3, refused()],
      ],
      { tryCount: 1, until: 3 + minute },
    ],
    ['answered without having stood still', [[0, answered()]], null],
  ])('that was %s', (_name, steps, hold) => {
    const { hold: found } = play(steps);
    if (hold === null) expect(found).toBeNull();
    else expect(found).toMatchObject(hold);
  });

  test('is up to a tenth longer by chance', () => {
    expect(play([[0, refused()]], 1).hold?.until).toBe(1.1 * minute);
  });

  test('halves its rate where its host wants less, once for what was refused together, and not where nobody came through', () => {
    expect(play([[0, refused(0, 'unreachable')]]).rate.learnedPerSecond).toBeNull();
    expect(play([[1_000, refused()]]).rate.learnedPerSecond).toBe(4);
    expect(
      play([
        [1_000, refused(10)],
        [1_001, refused(11)],
      ]).rate.learnedPerSecond,
    ).toBe(4);
  });

  test('is given nothing while it stands still, and goes unwritten where it has no rate', () => {
    const ask = { group: 'g', news: [], mostCount: 5 };
    const standing = play([[0, refused(0, 'unreachable')]]);
    expect(afterRequest(standing, ask, { ...rules, perMinute: 60 }, 1_000, 0)).toEqual({ after: standing, block: undefined });
    const free = newReceivingStanding();
    expect(afterRequest(free, ask, rules, 1_000, 0).after).toBe(free);
    expect(afterRequest(free, ask, { ...rules, perMinute: 600 }, 1_000, 0)).toMatchObject({ block: { count: 5, isCounted: true } });
  });
});

describe('the domains of an account', () => {
  let stored: TestDatabase;
  beforeAll(async () => {
    stored = await createTestDatabase({ maxConnections: 12 });
  });
  afterAll(async () => stored.drop());
  beforeEach(async () => void (await stored.database.query('delete from receiving_domain')));

  const ask = async (requests: Parameters<typeof askDomains>[2], changes: Partial<DomainRules> = {}, account = 'relay:25') =>
    askDomains(stored.database, account, requests, { ...rules, ...changes }, () => 0);
  const perMinuteAsk = (group: string) => ({ group, news: [], mostCount: 100 });

  test('are told of all that stand still, whoever heard it, and of no other account', async () => {
    await ask([{ group: 'gmail.com', news: [refused()], mostCount: 0 }]);
    const [answer, ...others] = await ask([]);
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ group: 'gmail.com', hold: { trouble: 'limit', tryCount: 1 }, isLearned: true, block: undefined });
    expect(answer!.hold!.untilInMs).toBeGreaterThan(0);
    expect(answer!.hold!.untilInMs).toBeLessThanOrEqual(minute);
    expect(await ask([], {}, 'other:25')).toEqual([]);
    await ask([{ group: 'gmail.com', news: [answered()], mostCount: 0 }]);
    expect(await ask([])).toMatchObject([{ hold: null, isLearned: true }]);
  });

  test('are kept as they are heard by many at once, each once', async () => {
    const groups = Array.from({ length: 20 }, (_none, at) => `d${at}.example`);
    const all = await Promise.all(
      Array.from({ length: 8 }, (_none, at) =>
        ask((at % 2 === 0 ? groups : groups.toReversed()).map((group) => ({ group, news: [refused(10_000)], mostCount: 0 }))),
      ),
    );
    expect(all.map((answers) => answers.length)).toEqual(Array(8).fill(20));
    const { rows } = await stored.database.query(`select distinct try_count as tries, version from receiving_domain`);
    expect(rows).toEqual([{ tries: 1, version: '1' }]);
  });

  test('give no more than their minute to all together, whoever asks how often', async () => {
    const given: { group: string; at: number }[] = [];
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let round = 0; round < 3; round += 1) {
          const answers = await ask([perMinuteAsk('a.example'), perMinuteAsk('b.example')], { perMinute: 120 });
          for (const { group, block } of answers)
            for (let one = 0; one < (block?.count ?? 0); one += 1) given.push({ group, at: block!.startsInMs + one * block!.spacingMs });
        }
      }),
    );
    // No moment is given that is more than a second and a half ahead, and each is 517 milliseconds after the one before.
    for (const group of ['a.example', 'b.example']) {
      const count = given.filter((one) => one.group === group).length;
      expect(count).toBeGreaterThanOrEqual(1);
      const { rows } = await stored.database.query<{ aheadMs: number }>(
        `select (extract(epoch from next_at - clock_timestamp()) * 1000)::float8 as "aheadMs" from receiving_domain where domain_group = $1`,
        [group],
      );
      expect(rows[0]!.aheadMs).toBeLessThan(1_500 + 517);
    }
  });

  test('are forgotten when there is nothing to know of them', async () => {
    await ask([perMinuteAsk('old.example'), perMinuteAsk('new.example')], { perMinute: 60 });
    await ask(['held.example', 'stale.example'].map((group) => ({ group, news: [refused(0, 'unreachable')], mostCount: 0 })));
    const back = async (group: string, days: number) =>
      stored.database.query(
        `update receiving_domain set next_at = next_at - $2 * interval '1 day', learned_at = learned_at - $2 * interval '1 day', answered_at = answered_at - $2 * interval '1 day',
           held_until = held_until - $2 * interval '1 day' where domain_group = $1`,
        [group, days],
      );
    await back('old.example', 2);
    await back('held.example', 2);
    await back('stale.example', 40);
    await pruneReceivingDomains(stored.database, 30);
    const { rows } = await stored.database.query(`select domain_group as "group" from receiving_domain order by 1`);
    expect(rows).toEqual([{ group: 'held.example' }, { group: 'new.example' }]);
  });

  test('have the troubles that the table knows', async () => {
    const { rows } = await stored.database.query<{ definition: string }>(
      `select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'receiving_domain_trouble_check'`,
    );
    expect([...rows[0]!.definition.matchAll(/'(\w+)'::text/g)].map((match) => match[1])).toEqual([...domainTroubles]);
  });
});

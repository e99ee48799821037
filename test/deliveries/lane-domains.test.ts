import { describe, expect, test } from '@jest/globals';
import type { DomainAnswer } from '../../src/ledger/accounts/ask-domains.ts';
import {
  asksDomainsInMs,
  domainHeldUntil,
  domainRound,
  domainsAnswered,
  domainsAsked,
  domainsBegun,
  domainsNotAnswered,
  hearAnswer,
  hearTrouble,
  type LaneDomains,
  newLaneDomains,
} from '../../src/deliveries/domain/lane-domains.ts';
import type { DomainLimits } from '../../src/mail/sending-limits.ts';

const group = 'gmail.com';
const message = { group, expiresAt: Infinity };
const held = (untilInMs: number, refusedAgoMs = 0): DomainAnswer => ({
  group,
  hold: { trouble: 'limit', untilInMs, refusedAgoMs, tryCount: 1 },
  isLearned: false,
  block: undefined,
});

/** That was told at 0 that nothing stands still. */
function told(limits: DomainLimits = { connections: 2 }): LaneDomains {
  const domains = newLaneDomains(limits)!;
  domainsAnswered(domains, { requests: [], answers: [], tookMs: 0 }, 0);
  return domains;
}

const refuse = (
  domains: LaneDomains,
  deliveryId: string,
  now: number,
  changes: { trouble?: 'limit' | 'unreachable'; claimedAt?: number } = {},
) =>
  hearTrouble(
    domains,
    group,
    { deliveryId, claimedAt: changes.claimedAt ?? now, trouble: changes.trouble ?? 'limit', reply: '421 No', pauseMs: 60_000 },
    now,
  );
const decide = (domains: LaneDomains, now: number) => domainRound(domains, [], now).decide(message).kind;
const say = (domains: LaneDomains, now: number) => domainsAsked(domains, new Map(), now);

describe('a domain', () => {
  test('is not bothered before it is known what the others know, nor when that is long ago', () => {
    const domains = newLaneDomains({ connections: 2 })!;
    expect(decide(domains, 0)).toBe('hold');
    expect(asksDomainsInMs(domains, true, 0)).toBe(0);
    domainsAnswered(domains, { requests: [], answers: [], tookMs: 0 }, 0);
    expect([decide(domains, 0), decide(domains, 10_000), decide(domains, 10_001)]).toEqual(['send', 'send', 'hold']);
  });

  test('is asked for once a second while somebody waits, and what was heard is said at once', () => {
    const domains = told();
    expect([asksDomainsInMs(domains, true, 400), asksDomainsInMs(domains, false, 400)]).toEqual([600, Infinity]);
    refuse(domains, '1', 400);
    expect(asksDomainsInMs(domains, false, 400)).toBe(0);
    const requests = say(domains, 500);
    expect(requests).toEqual([
      { group, mostCount: 0, news: [{ kind: 'refused', trouble: 'limit', reply: '421 No', perSecond: 5, claimedAgoMs: 100 }] },
    ]);
    expect(asksDomainsInMs(domains, true, 500)).toBe(Infinity);
    domainsAnswered(domains, { requests, answers: [held(60_000)], tookMs: 0 }, 520);
    expect(asksDomainsInMs(domains, false, 520)).toBe(Infinity);
    expect(domainHeldUntil(domains, group)).toBe(60_520);
  });

  test('of which something was heard while it was asked for keeps that, and says it the next time', () => {
    const domains = told();
    const requests = say(domains, 100);
    refuse(domains, '1', 110);
    domainsAnswered(domains, { requests, answers: [], tookMs: 0 }, 120);
    expect(domainHeldUntil(domains, group)).toBe(60_110);
    expect(say(domains, 130)).toHaveLength(1);
  });

  test('says it again where the database did not answer, and not at once', () => {
    const domains = told();
    refuse(domains, '1', 100);
    say(domains, 100);
    domainsNotAnswered(domains, 150);
    expect(asksDomainsInMs(domains, true, 150)).toBe(1_000);
    expect(say(domains, 1_150)).toMatchObject([{ group, news: [{ kind: 'refused', claimedAgoMs: 1_050 }] }]);
  });

  test('refuses those that were on their way together once', () => {
    const domains = told();
    expect([refuse(domains, '1', 100, { claimedAt: 50 }), refuse(domains, '2', 110, { claimedAt: 50 })]).toEqual(['domain', 'domain']);
    expect(say(domains, 120)[0]?.news).toHaveLength(1);
  });

  test('that refuses the same message again has that charged: others are not to wait for it for ever', () => {
    const domains = told();
    expect(refuse(domains, '1', 100)).toBe('domain');
    expect(refuse(domains, '1', 61_000)).toBe('message');
    expect(refuse(domains, '2', 190_000)).toBe('domain');
    hearAnswer(domains, group, 400_000, 400_000);
    expect(refuse(domains, '2', 400_001)).toBe('domain');
  });

  test('stands still where nobody came through three times, by different messages and with no answer between', () => {
    const domains = told();
    const away = { trouble: 'unreachable' } as const;
    for (const id of ['1', '2', '2', '1']) expect(refuse(domains, id, 10, away)).toBe('message');
    hearAnswer(domains, group, 20, 20);
    for (const id of ['3', '4']) refuse(domains, id, 30, away);
    expect(domainHeldUntil(domains, group)).toBe(-Infinity);
    refuse(domains, '5', 40, away);
    expect(domainHeldUntil(domains, group)).toBe(60_040);
  });

  test('goes on by the answer to what was claimed since, tried one at a time', () => {
    const domains = told();
    refuse(domains, '1', 100);
    const requests = say(domains, 100);
    domainsAnswered(domains, { requests, answers: [held(5_000)], tookMs: 0 }, 100);
    hearAnswer(domains, group, 90, 200);
    expect([decide(domains, 200), decide(domains, 5_100)]).toEqual(['hold', 'send']);
    const round = domainRound(domains, [], 5_100);
    round.go(message);
    expect(round.decide(message)).toEqual({ kind: 'hold', until: Infinity });
    hearAnswer(domains, group, 5_100, 5_200);
    expect(domainHeldUntil(domains, group)).toBe(-Infinity);
    expect(say(domains, 5_200)).toMatchObject([{ group, news: [{ kind: 'answered' }] }]);
  });

  test('that others let go on goes on here too', () => {
    const domains = told();
    domainsAnswered(domains, { requests: say(domains, 0), answers: [held(60_000)], tookMs: 0 }, 0);
    expect(decide(domains, 100)).toBe('hold');
    domainsAnswered(domains, { requests: say(domains, 1_000), answers: [], tookMs: 0 }, 1_000);
    expect(decide(domains, 1_000)).toBe('send');
  });

  test('with a rate gets a block for as many as wait, starts no more than it has, and none while it stands still', () => {
    const domains = told({ connections: 9, perMinute: 600 });
    expect(decide(domains, 0)).toBe('hold');
    const requests = domainsAsked(domains, new Map([[group, 3]]), 0);
    expect(requests).toEqual([{ group, mostCount: 3, news: [], answeredAgoMs: undefined }]);
    const block = { count: 2, startsInMs: 0, spacingMs: 100, keepMs: 2_000, retryInMs: 0, isUsedUp: false, isCounted: true };
    domainsAnswered(domains, { requests, answers: [{ group, hold: null, isLearned: false, block }], tookMs: 0 }, 0);
    expect(domainRound(domains, [], 0).decide(message)).toEqual({ kind: 'send' });
    domainsBegun(domains, [group], 0);
    expect(domainRound(domains, [], 20).decide(message)).toEqual({ kind: 'hold', until: 100 });
    domainsBegun(domains, [group], 100);
    expect(domainRound(domains, [], 120).decide(message)).toEqual({ kind: 'hold', until: Infinity });
    refuse(domains, '1', 130);
    domainsAnswered(domains, { requests: say(domains, 130), answers: [held(60_000)], tookMs: 0 }, 130);
    expect(domainsAsked(domains, new Map([[group, 3]]), 2_000)).toEqual([]);
  });
});

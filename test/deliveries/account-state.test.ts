import { test } from '@jest/globals';
import fc from 'fast-check';
import type { AccountTrouble } from '../../src/ledger/accounts/account-outage.ts';
import { type RelayEvent, type RelayRule, RelayWorld } from './relay-world.ts';

const at = fc.nat(20);
const sender = fc.nat(1);
const domain = fc.nat(3);
const trouble = fc.constantFrom<AccountTrouble>('unreachable', 'connections', 'login', 'sender', 'rate', 'quota', 'quota', 'quota');
const ofReader = fc.constantFrom<AccountTrouble>('login', 'sender', 'quota');
const rule: fc.Arbitrary<RelayRule> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      trouble: ofReader,
      isAfterReader: fc.constant(true),
      domain: fc.option(domain, { nil: undefined }),
      sender: fc.constant(undefined),
    }),
  },
  fc.record({
    trouble,
    isAfterReader: fc.boolean(),
    domain: fc.option(domain, { nil: undefined }),
    sender: fc.option(sender, { nil: undefined }),
  }),
);
const event: fc.Arbitrary<RelayEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('offer'), sender, domain, reader: fc.nat(2) }) },
  { weight: 8, arbitrary: fc.constant({ kind: 'claim' }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('land'), at, isLost: fc.constantFrom(false, false, false, true) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('relay'), rules: fc.array(rule, { maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'follow' }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('time'), ms: fc.constantFrom(1, 50, 1_000, 61_000, 3_700_000) }) },
  fc.record({
    kind: fc.constant('others refused'),
    sender: fc.option(sender),
    domain: fc.option(domain),
    dueInMs: fc.constantFrom(-1, 500, 60_000),
  }),
  fc.record({ kind: fc.constant('others went'), sender: fc.option(sender) }),
);
/** What stays as it is in the end: nothing, or the server of one domain that refuses our quota. */
const rest = fc.constantFrom<readonly RelayRule[]>([], [{ trouble: 'quota', isAfterReader: true, domain: 1, sender: undefined }]);

test('whatever a relay refuses: a doubt holds back its own domain alone, two make it sure, an answer ends what it was claimed after, and nobody waits for ever', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120, size: 'max' }), rest, (events, rules) => {
      const world = new RelayWorld();
      for (const one of events) world.play(one);
      world.drain(rules);
    }),
    { numRuns: 1_000 },
  );
});

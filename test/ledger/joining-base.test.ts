import { describe, expect, test } from '@jest/globals';
import { editionStates } from '../../src/ledger/drafts/edition.ts';
import { joiningBase, passesToJoiners } from '../../src/ledger/drafts/joining-base.ts';

describe('the base of who joins', () => {
  const edition = { id: '7', cutoff: 30n };

  test.each([
    ['the cutoff of the edition that passed last', { edition, madeAt: 10n, reach: 20n }, { position: 30n, editionId: '7' }],
    [
      'where the newsletter was made, as long as none has',
      { edition: undefined, madeAt: 10n, reach: 5n },
      { position: 10n, editionId: undefined },
    ],
    ['never further back than is reached', { edition, madeAt: 10n, reach: 31n }, { position: 31n, editionId: undefined }],
    ['the edition, where it is as far back', { edition, madeAt: 10n, reach: 30n }, { position: 30n, editionId: '7' }],
  ])('is %s', (_, facts, base) => {
    expect(joiningBase(facts)).toEqual(base);
  });
});

describe('an edition passes its posts to nobody who joins later', () => {
  const carrying = { minimum: 2, bringsCorrectionsAlone: false };
  const passing = (reason: string | null, isStoppedByStaff = false, carried = carrying): string[] =>
    editionStates.filter((state) => passesToJoiners({ state, reason, isStoppedByStaff, ...carried }));

  test('when it is being sent or done, whatever its reason', () => {
    for (const reason of [null, 'replaced', 'nothing due: fewer posts than the minimum', 'too many refused'])
      expect(passing(reason)).toEqual(['sending', 'done']);
  });

  test('when it found nothing due and nobody waited, but not when staff skipped it in these words', () => {
    expect(passing('nothing due')).toEqual(['sending', 'done', 'skipped']);
    expect(passing('nothing due', true)).toEqual(['sending', 'done']);
  });

  test('when it brings corrections alone and its posts may wait for the minimum', () => {
    expect(passing(null, false, { minimum: 2, bringsCorrectionsAlone: true })).toEqual([]);
    expect(passing(null, false, { minimum: 1, bringsCorrectionsAlone: true })).toEqual(['sending', 'done']);
  });
});

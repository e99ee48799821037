import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { listPublicDeliveries } from '../../src/deliveries/report/list-deliveries.ts';
import { countInDoubt, resendInDoubt } from '../../src/deliveries/by-staff/resend-in-doubt.ts';
import { NotFoundError } from '../../src/kernel/errors.ts';
import type { Job } from '../../src/kernel/job.ts';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { listPublicOutages } from '../../src/ledger/accounts/list-outages.ts';
import { recordAccountRefusal } from '../../src/ledger/accounts/record-account-refusal.ts';
import { retryAccounts } from '../../src/deliveries/by-staff/retry-accounts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertFrozenEdition, type FrozenEdition, noteDoubts } from '../support/frozen-edition.ts';

let copy: TestDatabase;
let edition: FrozenEdition;
beforeAll(async () => {
  copy = await createTestDatabase();
});
afterAll(async () => copy.drop());
beforeEach(async () => {
  edition = await insertFrozenEdition(copy.database, { count: 3, state: 'done' });
});

const slugOf = async ({ newsletterId }: FrozenEdition): Promise<string> => {
  const { rows } = await copy.database.query<{ slug: string }>(`select slug from newsletter where id = $1`, [newsletterId]);
  return rows[0]!.slug;
};

describe('the deliveries of an edition', () => {
  test('are shown as programs see them: of the edition that is named, or the latest that has gone out', async () => {
    const { editionId } = edition;
    const shown = await listPublicDeliveries(copy.database, { editionId, limit: 2 });
    expect(Object.keys(shown)).toEqual(['edition', 'counts', 'deliveries']);
    expect(JSON.stringify(shown.edition)).toBe(`{"id":"${editionId}","state":"done","reason":null,"prunedAt":null}`);
    expect(Object.keys(shown.deliveries[0]!).join(' ')).toBe(
      'id editionId subscriptionId address name state reason reply attempts isDoubted renditionId dueAt firstAttemptAt endedAt',
    );
    expect(shown.deliveries).toHaveLength(2);
    const rest = { editionId, limit: 2, afterId: shown.deliveries[1]!.id };
    expect((await listPublicDeliveries(copy.database, rest)).deliveries).toHaveLength(1);
    expect((await listPublicDeliveries(copy.database, { limit: 9 })).edition.id).toBe(editionId);

    const other = await insertFrozenEdition(copy.database, { count: 1, state: 'done' });
    const ofFirst = { newsletter: await slugOf(edition), limit: 9 };
    expect((await listPublicDeliveries(copy.database, ofFirst)).edition.id).toBe(editionId);
    expect((await listPublicDeliveries(copy.database, { limit: 9 })).edition.id).toBe(other.editionId);
    await copy.database.query(`update edition set state = 'draft' where id = $1`, [editionId]);
    await expect(listPublicDeliveries(copy.database, ofFirst)).rejects.toThrow(/an edition that has gone out, found none yet/);
    await expect(listPublicDeliveries(copy.database, { newsletter: 'nope', limit: 1 })).rejects.toThrow(NotFoundError);
    await expect(listPublicDeliveries(copy.database, { editionId: '999999', limit: 1 })).rejects.toThrow(NotFoundError);
  });

  test('that ended in doubt are counted by who may be mailed, and sent again with a job of their own', async () => {
    const { editionId } = edition;
    await copy.database.query(
      `update delivery set state = 'in_doubt', reason = 'third doubt', doubted_at = now(), ended_at = now() where edition_id = $1`,
      [editionId],
    );
    await noteDoubts(copy.database, editionId);
    await copy.database.query(`update subscription set state = 'left' where id = $1`, [edition.subscriptionIds[0]]);
    expect(JSON.stringify(await countInDoubt(copy.database, editionId))).toBe(
      `{"edition":{"id":"${editionId}","state":"done","reason":null,"prunedAt":null},"mailable":2,` +
        '"unmailable":{"erased":0,"left":1,"suppressed":0,"paused":0}}',
    );
    const jobs: Job[] = [];
    const ports = { database: copy.database, enqueue: async (_tx: unknown, job: Job) => void jobs.push(job), clock: () => new Date() };
    expect(await resendInDoubt(ports, editionId)).toBe(2);
    expect(jobs).toMatchObject([{ name: 'deliver', editionId }]);
    expect(await resendInDoubt(ports, editionId)).toBe(0);
    expect(jobs).toHaveLength(1);
    await expect(countInDoubt(copy.database, '999999')).rejects.toThrow(NotFoundError);
  });
});

test('an account that stands still is shown as programs see it, and tried when staff say so', async () => {
  const refusal = { account: 'relay.example:587', trouble: 'quota' as const, sender: null, reply: '550 Daily limit', onlyAt: null };
  await recordAccountRefusal(copy.database, refusal, defaultOutagePolicy, 0);
  const [outage] = await listPublicOutages(copy.database);
  expect(Object.keys(outage!).join(' ')).toBe('id account sender trouble reply beganAt nextTryAt waitMs ageMs tryCount toldAt onlyAt');
  expect(await retryAccounts(copy.database)).toMatchObject({ outages: [{ id: outage!.id, account: 'relay.example:587' }], domains: [] });
  expect(await listPublicOutages(copy.database)).toMatchObject([{ waitMs: 0 }]);
});

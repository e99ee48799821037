import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { dumpSchema } from '../src/db/dump-schema.ts';
import { accountTroubles } from '../src/ledger/accounts/account-outage.ts';
import { holdCauses } from '../src/ledger/hold/sending-hold.ts';
import { rejectionSubjects } from '../src/ledger/queue/attempt.ts';
import { deliveryStates } from '../src/ledger/queue/delivery.ts';
import { editionStates } from '../src/ledger/drafts/edition.ts';
import { keyKinds } from '../src/posts/identity/identity.ts';
import { recognitionRules } from '../src/posts/identity/stored-post.ts';
import { postStates } from '../src/posts/post.ts';
import { gonePolicies, sourceStates } from '../src/sources/source.ts';
import { subscriptionStates } from '../src/subscribers/subscriber.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from './support/database.ts';

let copy: TestDatabase;

beforeAll(async () => {
  copy = await createTestDatabase();
});

afterAll(async () => {
  await copy.drop();
});

describe('docs/schema.sql', () => {
  const path = new URL('../docs/schema.sql', import.meta.url);

  test('is what the migrations make', async () => {
    const dumped = await dumpSchema(copy.database);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(path, dumped);
    expect(await readFile(path, 'utf8')).toBe(dumped);
  });

  test('makes the same tables again', async () => {
    const dumped = await dumpSchema(copy.database);
    const again = await createEmptyDatabase();
    await again.database.query(dumped);
    expect(await dumpSchema(again.database)).toBe(dumped);
    await again.drop();
  });

  test('is not written when the schema holds what it would leave out', async () => {
    const other = await createEmptyDatabase();
    await other.database.query('create table thing (id bigint); create view things as select id from thing');
    await expect(dumpSchema(other.database)).rejects.toThrow(/relation things/);
    await other.drop();
  });
});

describe('the states that a check constraint allows', () => {
  /** The quoted words of a constraint, as Postgres words it. */
  async function allowedStates(constraint: string): Promise<string[]> {
    const { rows } = await copy.database.query<{ text: string }>(
      'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1',
      [constraint],
    );
    return [...(rows[0]?.text ?? '').matchAll(/'(\w+)'/g)].map(([, state]) => state ?? '').sort();
  }

  test.each([
    ['account_outage_trouble_check', accountTroubles],
    ['delivery_state_check', deliveryStates],
    ['edition_state_check', editionStates],
    ['post_state_check', postStates],
    ['post_key_kind_check', keyKinds],
    ['post_source_recognised_by_check', recognitionRules],
    ['source_when_gone_check', gonePolicies],
    ['refusal_subject_check', rejectionSubjects],
    ['sending_hold_cause_check', holdCauses],
    ['source_state_check', sourceStates],
    ['subscription_state_check', subscriptionStates],
  ])('%s are those of the code', async (constraint, states) => {
    expect(await allowedStates(constraint)).toEqual([...states].sort());
  });
});

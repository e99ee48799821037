import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deliveryStates } from '../../src/ledger/queue/delivery.ts';
import { type EditionState, editionStates, statesBefore } from '../../src/ledger/drafts/edition.ts';
import { ruleFields } from '../../src/ledger/releases/membership.ts';
import { type TestDatabase, createTestDatabase } from '../support/database.ts';
import { one } from './fixture.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase({ maxConnections: 1 });
});
afterAll(async () => testDatabase.drop());

async function valuesOfCheck(name: string): Promise<string[]> {
  const { rows } = await testDatabase.database.query<{ definition: string }>(
    `select pg_get_constraintdef(oid) as definition from pg_constraint where conname = $1`,
    [name],
  );
  return [...one(rows).definition.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '');
}

describe('the tables of the ledger', () => {
  test.each([
    ['delivery_state_check', deliveryStates],
    ['edition_state_check', editionStates],
    ['newsletter_rule_field_check', ruleFields],
  ])('%s allows exactly the states of the rules', async (constraint, states) => {
    expect((await valuesOfCheck(constraint)).sort()).toEqual([...states].sort());
  });

  test('no index of deliveries mentions state, due_at or worker_id: every update of a send is HOT', async () => {
    const { rows } = await testDatabase.database.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where tablename = 'delivery'`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((row) => /state|due_at|worker_id/.test(row.indexdef))).toEqual([]);
  });
});

describe('the states of an edition', () => {
  test('end in skipped, cancelled or done', () => {
    expect(editionStates.filter((state) => !editionStates.some((next) => statesBefore(next).includes(state)))).toEqual([
      'skipped',
      'cancelled',
    ]);
  });

  test('are approved only as drafts, or to go on with a paused freeze', () => {
    expect(statesBefore('approved')).toEqual(['draft', 'paused']);
  });

  test('of a draft are skipped and not cancelled, of an approved one the other way round', () => {
    const endsOf = (state: EditionState) => (['skipped', 'cancelled'] as const).filter((end) => statesBefore(end).includes(state));
    expect(endsOf('draft')).toEqual(['skipped']);
    expect(endsOf('sending')).toEqual(['cancelled']);
  });
});

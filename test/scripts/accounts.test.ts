import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { askDomains } from '../../src/ledger/accounts/ask-domains.ts';
import { takeBlock } from '../../src/ledger/accounts/take-block.ts';
import { recordAccountRefusal } from '../../src/ledger/accounts/record-account-refusal.ts';
import { insertFrozenEdition, noteDoubts } from '../support/frozen-edition.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
beforeAll(async () => {
  gazette = await createInstallation();
  await gazette.done('migrate');
});
afterAll(async () => gazette.remove());
beforeEach(async () => {
  await gazette.stored.database.query(`delete from account_outage`);
});

const refuse = async (trouble: 'login' | 'quota', onlyAt: string | null = null) =>
  recordAccountRefusal(
    gazette.stored.database,
    { account: 'relay.example:587', trouble, sender: null, reply: '550 5.4.5 Daily limit exceeded', onlyAt },
    defaultOutagePolicy,
    0,
  );

describe('an account that stands still', () => {
  test('is said to be in doubt where readers at one domain alone were told so: theirs stands still, and nothing has failed', async () => {
    await refuse('quota', 'corp.example');
    expect((await gazette.run('newsletters list')).stderr).toMatch(
      /^Mail to corp\.example stands still: relay\.example:587 .* to readers at corp\.example alone: others go, .* It said: 550 5\.4\.5 Daily limit exceeded\n$/,
    );
    expect(await gazette.done('accounts list')).toContain('quota (only at corp.example)');
    expect((await gazette.run('doctor')).stdout).toMatch(/warn +Mail to corp\.example stands still/i);
  });

  test('is said by every command, on stderr, and listed with the words of its server', async () => {
    expect((await gazette.run('newsletters list')).stderr).toBe('');
    await refuse('quota');
    const { stderr, exitCode } = await gazette.run('newsletters list');
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^Mail stands still: relay\.example:587 says that its quota is used up since .*5\.4\.5 Daily limit exceeded\n$/,
      ),
    ]);
    const doctor = await gazette.run('doctor');
    expect([doctor.exitCode, doctor.stdout]).toEqual([1, expect.stringMatching(/FAIL +Mail stands still: relay\.example:587/)]);
    expect(await gazette.done('accounts list')).toMatch(/relay\.example:587 +quota +\(all\)/);
    expect(JSON.parse(await gazette.done('accounts list --json'))).toMatchObject([{ account: 'relay.example:587', tryCount: 1 }]);
  });

  test('is tried at once when staff say so', async () => {
    await refuse('quota');
    expect(await gazette.done('accounts retry')).toMatch(/^1 outage will be tried/);
    const { rows } = await gazette.stored.database.query(`select next_try_at <= now() as is_due from account_outage`);
    expect(rows).toEqual([{ is_due: true }]);
    await gazette.stored.database.query(`delete from account_outage`);
    expect(await gazette.done('accounts retry')).toBe('No account stands still.\n');
  });
});

test('a domain that stands still is said by those who show accounts and deliveries, fails nothing, and is tried at once when staff say so', async () => {
  const { database } = gazette.stored;
  const { editionId } = await insertFrozenEdition(database, { count: 1 });
  const news = { kind: 'refused', claimedAgoMs: 0, trouble: 'limit', reply: '421 4.7.0 Unusual rate', perSecond: 4 } as const;
  const rules = { perMinute: undefined, gapsMs: [3_600_000] };
  await askDomains(database, 'mta.example:25', [{ group: 'gmail.com', news: [news], mostCount: 0 }], rules, () => 0);
  const words =
    /Mail to gmail\.com stands still since 20.*: its host wants less mail at present\. All other mail goes on; mta\.example:25 tries one .* It said: 421 4\.7\.0 Unusual rate\n/;
  expect(await gazette.done('accounts list')).toMatch(words);
  expect((await gazette.run('doctor')).stdout).toMatch(/warn +Mail to gmail\.com stands still/i);
  expect((await gazette.run(`deliveries ${editionId}`)).stderr).toMatch(words);
  expect((await gazette.run('newsletters list')).stderr).toBe('');
  expect(await gazette.done('accounts retry')).toMatch(/^1 domain will be tried/);
  const { rows } = await database.query(`select held_until <= now() as is_due from receiving_domain`);
  expect(rows).toEqual([{ is_due: true }]);
  await refuse('quota');
  expect(await gazette.done('accounts retry')).toMatch(/^1 outage and 1 domain will be tried/);
  await database.query(`delete from receiving_domain`);
  await database.query(`delete from account_outage`);
  expect((await gazette.run(`deliveries ${editionId}`)).stderr).toBe('');
});

test('an account whose day is used up is listed with when it goes on, and does not stand still', async () => {
  const { database } = gazette.stored;
  for (let round = 0; round < 2; round += 1) await takeBlock(database, 'relay.example:587', { perDay: 5 }, { mostCount: 5 });
  const listed = await gazette.done('accounts list');
  expect(listed).toMatch(/^relay\.example:587 was given all that its limits allow; what is left goes on by itself at 20\d\d-/);
  expect(listed).toContain('No account stands still.');
  await database.query(`delete from account_rate`);
  expect(await gazette.done('accounts list')).not.toContain('limits allow');
});

test('a refused sender that staff changed is not spoken of any more', async () => {
  const { database } = gazette.stored;
  const { newsletterId } = await insertFrozenEdition(database, { count: 1, state: 'done' });
  const { rows } = await database.query<{ slug: string; sender: string }>(
    `select slug, sender_address as sender from newsletter where id = $1`,
    [newsletterId],
  );
  const { slug, sender } = rows[0]!;
  await recordAccountRefusal(
    database,
    { account: 'relay.example:587', trouble: 'sender', sender, reply: '550 5.1.0 Sender rejected', onlyAt: null },
    defaultOutagePolicy,
    0,
  );
  expect((await gazette.run(`newsletters set ${slug} --colour #7a1f3d`)).exitCode).toBe(0);
  expect(await gazette.done('accounts list')).toContain(sender);
  await gazette.done(`newsletters set ${slug} --sender letter@new.example`);
  expect(await gazette.done('accounts list')).toBe('No account stands still.\n');
});

describe('deliveries resend', () => {
  test('sends again what ended in doubt, and only that, when it is told to', async () => {
    const { database } = gazette.stored;
    const edition = await insertFrozenEdition(database, { count: 5, state: 'done' });
    await database.query(
      `update delivery set state = case when id % 2 = $2 then 'in_doubt' else 'rejected' end, reason = 'policy', doubted_at = now(), ended_at = now()
       where edition_id = $1`,
      [edition.editionId, Number(edition.fromId) % 2],
    );
    await noteDoubts(database, edition.editionId);
    const line = `deliveries resend ${edition.editionId}`;
    expect((await gazette.run(line)).exitCode).toBe(2);
    expect(await gazette.done(`${line} --in-doubt --dry-run`)).toMatch(/^3 deliveries .* ended in doubt/);
    expect((await gazette.run(`${line} --in-doubt`)).exitCode).toBe(2);
    expect(await gazette.done(`${line} --in-doubt --yes`)).toMatch(/^3 deliveries .* queued again/);
    const { rows } = await database.query(
      `select state, count(*)::integer as count from delivery where edition_id = $1 group by 1 order by 1`,
      [edition.editionId],
    );
    expect(rows).toEqual([
      { state: 'queued', count: 3 },
      { state: 'rejected', count: 2 },
    ]);
    expect(await gazette.done(`${line} --in-doubt --yes`)).toMatch(/^0 deliveries/);
  });

  test('leaves what is for readers who may not be mailed any more, and says how many and why', async () => {
    const { database } = gazette.stored;
    const edition = await insertFrozenEdition(database, { count: 4, state: 'done' });
    await database.query(
      `update delivery set state = 'in_doubt', reason = 'third doubt', doubted_at = now(), ended_at = now() where edition_id = $1`,
      [edition.editionId],
    );
    await noteDoubts(database, edition.editionId);
    await database.query(`update subscription set state = 'left' where id = any($1::bigint[])`, [edition.subscriptionIds.slice(0, 2)]);
    await database.query(`update subscription set paused_until = 'infinity' where id = $1`, [edition.subscriptionIds[2]]);
    const left =
      '3 deliveries are left as they are, because nothing may be mailed to their readers now: 2 not subscribed any more, 1 paused.';
    const line = `deliveries resend ${edition.editionId} --in-doubt`;
    expect(await gazette.done(`${line} --dry-run`)).toBe(
      `1 delivery of edition ${edition.editionId} ended in doubt with a reader who may be mailed now.\n${left}\n`,
    );
    expect(await gazette.done(`${line} --yes`)).toBe(`1 delivery of edition ${edition.editionId} queued again.\n${left}\n`);
    await database.query(`update delivery set state = 'accepted' where edition_id = $1 and state = 'queued'`, [edition.editionId]);
    expect(await gazette.done(`${line} --yes`)).toMatch(/^0 deliveries [^\n]*\n3 deliveries are left as they are/);
  });
});

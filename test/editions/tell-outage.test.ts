import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createOutageTeller } from '../../src/editions/decide/tell-outage.ts';
import { runTick } from '../../src/jobs/run-tick.ts';
import { type AccountRefusal, defaultOutagePolicy } from '../../src/ledger/accounts/account-outage.ts';
import { endOutage, listOpenOutages } from '../../src/ledger/accounts/account-outage-store.ts';
import { defaultRetryPolicy } from '../../src/ledger/queue/attempt.ts';
import { settleRanges } from '../../src/ledger/queue/open-range-store.ts';
import { countsByState } from '../../src/ledger/queue/delivery-report-store.ts';
import { endEdition } from '../../src/ledger/sweep/sweep-store.ts';
import { stopForStaff } from '../../src/ledger/drafts/decide-edition.ts';
import { resumeEdition } from '../../src/ledger/approve-edition.ts';
import { recordAccountRefusal } from '../../src/ledger/accounts/record-account-refusal.ts';
import { addReader, foundPaper, freeze, friday, later, noticesOf, openNewsroom, releasePost, type Newsroom } from './newsroom.ts';
import { runSlot } from '../../src/editions/run-slot.ts';

let room: Newsroom;
beforeAll(async () => {
  room = await openNewsroom();
});
afterAll(async () => room.close());
beforeEach(async () => {
  room.setNow(friday);
  await room.database.query(`delete from notice`);
  await room.database.query(`delete from account_outage`);
  await room.database.query(`update newsletter set staff_address = null`);
});

const refuse = async (refusal: Partial<AccountRefusal> = {}) =>
  recordAccountRefusal(
    room.database,
    { account: 'relay.example:587', trouble: 'login', sender: null, reply: '535 Wrong password', onlyAt: null, ...refusal },
    defaultOutagePolicy,
    0,
  );
const tick = async () => runTick({ ...room.ports, retry: defaultRetryPolicy });
const subjects = async (): Promise<string[]> =>
  (await room.database.query<{ subject: string; to: string }>(`select subject, recipient_address as to from notice order by id`)).rows.map(
    (row) => `${row.to}: ${row.subject}`,
  );

const unwrapped = (text = ''): string => text.replaceAll('\n', ' ');

describe('staff are told that an account stands still', () => {
  test('once, each address of theirs, however often it is refused and looked at', async () => {
    const first = await foundPaper(room, {}, { staffAddress: 'one@example.org' });
    await foundPaper(room, {}, { staffAddress: 'one@example.org' });
    await foundPaper(room, {}, { staffAddress: 'two@example.org' });
    await foundPaper(room, {}, { staffAddress: 'sample@example.org', isSample: true });
    const outage = await refuse();
    await Promise.all([room.ports.tellOutage(outage), room.ports.tellOutage(outage)]);
    await tick();
    await room.database.query(`update account_outage set next_try_at = now()`);
    await room.ports.tellOutage(await refuse());
    expect(await subjects()).toEqual(
      expect.arrayContaining([
        'one@example.org: Mail stands still: relay.example:587',
        'two@example.org: Mail stands still: relay.example:587',
      ]),
    );
    expect(await subjects()).toHaveLength(2);
    const [notice] = await noticesOf(room, first);
    expect(unwrapped(notice?.text)).toMatch(/relay\.example:587 refuses the log-in since .* It said: 535 Wrong password/);
    expect(notice?.text).toMatch(/Nothing is lost/);
  });

  test('of what is in doubt as of one domain, and of all mail when it turns out to be so', async () => {
    await foundPaper(room, {}, { staffAddress: 'one@example.org' });
    const doubtful = { trouble: 'quota', reply: '550 5.4.5 Daily limit', onlyAt: 'corp.example' } as const;
    await room.ports.tellOutage(await refuse(doubtful));
    await room.ports.tellOutage(await refuse({ ...doubtful, onlyAt: null }));
    expect(await subjects()).toEqual([
      'one@example.org: Mail to corp.example stands still: relay.example:587',
      'one@example.org: Mail stands still: relay.example:587',
    ]);
    const [first] = (await room.database.query<{ plain: string }>(`select plain from notice order by id`)).rows;
    expect(unwrapped(first?.plain)).toMatch(
      /quota is used up since .*, to readers at corp\.example alone: others go, .* It said: 550 5\.4\.5 Daily limit/,
    );
  });

  test('of a refused sender only where a newsletter sends as this address', async () => {
    await foundPaper(room, {}, { staffAddress: 'one@example.org', senderAddress: 'concerned@example.org' });
    await foundPaper(room, {}, { staffAddress: 'two@example.org' });
    await room.ports.tellOutage(await refuse({ trouble: 'sender', sender: 'concerned@example.org', reply: '550 5.1.0 No' }));
    expect(await subjects()).toEqual(['one@example.org: Mail stands still: relay.example:587']);
    const { rows } = await room.database.query<{ plain: string }>(`select plain from notice`);
    expect(unwrapped(rows[0]?.plain)).toContain('refuses the sender concerned@example.org');
  });

  test('of a refused sender by mail from another one that is not, where there is one', async () => {
    await foundPaper(room, {}, { senderAddress: 'elsewhere@example.org', isSample: true });
    await foundPaper(room, {}, { staffAddress: 'one@example.org', senderAddress: 'concerned@example.org' });
    await foundPaper(room);
    await refuse({ trouble: 'sender', sender: 'also-refused@example.org', reply: '550 5.1.0 No' });
    await room.ports.tellOutage(await refuse({ trouble: 'sender', sender: 'concerned@example.org', reply: '550 5.1.0 No' }));
    const { rows } = await room.database.query<{ sender: string }>(
      `select sender_address as sender from notice where recipient_address = 'one@example.org'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sender).not.toMatch(/concerned|refused/);
  });

  test('of a sender in doubt by mail from it, and that no edition pauses for it', async () => {
    await foundPaper(room, {}, { staffAddress: 'one@example.org', senderAddress: 'concerned@example.org' });
    await foundPaper(room);
    await room.ports.tellOutage(await refuse({ trouble: 'sender', sender: 'concerned@example.org', onlyAt: 'corp.example' }));
    const { rows } = await room.database.query<{ sender: string; plain: string }>(`select sender_address as sender, plain from notice`);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sender).toBe('concerned@example.org');
    expect(unwrapped(rows[0]?.plain)).toMatch(/their own server may be what speaks.*no edition pauses for it/);
    expect(unwrapped(rows[0]?.plain)).not.toMatch(/After an hour/);
  });

  describe('of one that follows a like one', () => {
    /** As if so much time had passed. */
    const pass = async (minutes: number) =>
      room.database.query(
        `update account_outage set told_at = told_at - p.time, began_at = began_at - p.time, next_try_at = next_try_at - p.time,
           ended_at = ended_at - p.time
         from (select $1 * interval '1 minute' as time) as p`,
        [minutes],
      );
    beforeEach(async () => {
      await foundPaper(room, {}, { staffAddress: 'one@example.org' });
    });

    test.each([
      ['login', 60],
      ['unreachable', 6 * 60],
      ['rate', 6 * 24 * 60],
    ] as const)('only when it lasts until the quiet time since they were told is over, and once (%s, %i min)', async (trouble, quiet) => {
      await room.ports.tellOutage(await refuse({ trouble }));
      await pass(quiet / 2);
      await endOutage(room.database, { account: 'relay.example:587', sender: null });
      await room.ports.tellOutage(await refuse({ trouble }));
      await pass(quiet / 2 - 1);
      await room.ports.tellOutage(await refuse({ trouble }));
      await tick();
      expect(await subjects()).toHaveLength(1);
      await pass(2);
      await Promise.all([tick(), tick()]);
      expect(await subjects()).toHaveLength(2);
      await pass(2 * quiet);
      await room.ports.tellOutage(await refuse({ trouble }));
      await tick();
      expect(await subjects()).toHaveLength(2);
    });

    test('by the next refusal too, and not where it ended meanwhile', async () => {
      await room.ports.tellOutage(await refuse());
      for (let time = 1; time <= 2; time += 1) {
        await pass(20);
        await endOutage(room.database, { account: 'relay.example:587', sender: null });
        await room.ports.tellOutage(await refuse());
      }
      await pass(21);
      expect(await subjects()).toHaveLength(1);
      await room.ports.tellOutage(await refuse());
      expect(await subjects()).toHaveLength(2);
      const { rows } = await room.database.query<{ tellings: string }>(`select count(distinct told_at) as tellings from account_outage`);
      expect(rows[0]?.tellings).toBe('2');
    });
  });

  test('by the tick, where a process died before it told them', async () => {
    await foundPaper(room, {}, { staffAddress: 'one@example.org' });
    await refuse();
    await tick();
    expect(await subjects()).toHaveLength(1);
    expect((await listOpenOutages(room.database))[0]?.toldAt).not.toBeNull();
  });

  test('where nobody is to be told only by the log, and nothing is tried again and again', async () => {
    room.warnings.length = 0;
    const tell = createOutageTeller({ ...room.notifyPorts, staffAddress: undefined });
    await tell(await refuse());
    for (const outage of await listOpenOutages(room.database)) await tell(outage);
    expect(room.warnings).toEqual(['account.stands_still']);
  });
});

test('staff are told, once, of an edition that was refused before it could pause', async () => {
  const paper = await foundPaper(room, {}, { staffAddress: 'one@example.org' });
  await addReader(room, paper);
  await releasePost(room, paper);
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  await freeze(room, editionId);
  await room.database.query(`update delivery set state = 'rejected', reason = 'policy', ended_at = now() where edition_id = $1`, [
    editionId,
  ]);
  await settleRanges(room.database, { editionId, fromId: '0', toId: '9000000000000', isEarly: true });
  expect(await endEdition(room.database, editionId, { reason: 'all of it was refused', counts: countsByState([]) })).toBe(true);
  await tick();
  await tick();
  expect(await subjects()).toEqual([`one@example.org: Refused: edition ${editionId} of ${paper.newsletter.name}`]);
  expect(unwrapped((await noticesOf(room, paper))[0]?.text)).toMatch(/has ended: .* all of it was refused\.\s+Whom it did not reach/);
});

test('staff are told of an edition that paused itself, once for each pause', async () => {
  const paper = await foundPaper(room, {}, { staffAddress: 'one@example.org' });
  await addReader(room, paper);
  await releasePost(room, paper);
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  await freeze(room, editionId);
  for (let pause = 1; pause <= 2; pause += 1) {
    room.setNow(later(friday, pause));
    const stopped = await stopForStaff(room.database, editionId, { reason: 'too much was refused', now: room.ports.clock() });
    expect(stopped.kind).toBe('changed');
    await tick();
    await tick();
    expect(await subjects()).toHaveLength(pause);
    await resumeEdition(room.database, editionId, { now: room.ports.clock() });
  }
  expect(unwrapped((await noticesOf(room, paper))[0]?.text)).toMatch(/is paused now\.\s+too much was refused/);
});

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { insertHold } from '../../src/ledger/hold/sending-hold-store.ts';
import { listDueNotices } from '../../src/notices/notice-store.ts';
import { foundPaper, openNewsroom, type Newsroom } from './newsroom.ts';

let room: Newsroom;
beforeAll(async () => {
  room = await openNewsroom();
  await foundPaper(room, {}, { staffAddress: 'one@example.org' });
  await foundPaper(room, {}, { staffAddress: 'one@example.org' });
  await foundPaper(room, {}, { staffAddress: 'two@example.org' });
  await foundPaper(room, {}, { staffAddress: 'sample@example.org', isSample: true });
});
afterAll(async () => room.close());
beforeEach(async () => {
  await room.database.query(`delete from notice`);
  await room.database.query(`delete from sending_hold`);
});

const mails = async () =>
  (await room.database.query<{ to: string; plain: string }>(`select recipient_address as to, plain from notice order by 1`)).rows;

test('staff are told once, each address, that a restored backup is held, and that mail goes although sending is held', async () => {
  await room.database.transaction((tx) => insertHold(tx, { cause: 'restored', reason: 'the data is on another server than before' }));
  await Promise.all([room.ports.tellHold(), room.ports.tellHold()]);
  await room.ports.tellHold();
  const told = await mails();
  expect(told.map(({ to }) => to)).toEqual(['one@example.org', 'two@example.org']);
  const text = told[0]!.plain.replaceAll(/\s+/g, ' ');
  expect(text).toContain('restored backup (the data is on another server than before)');
  expect(text).toContain('gazette sending resume');
  expect(await listDueNotices(room.database, 10)).toHaveLength(2);
});

test('of what staff hold themselves nobody is told', async () => {
  await room.database.transaction((tx) => insertHold(tx, { cause: 'staff', reason: 'moving' }));
  await room.ports.tellHold();
  expect(await mails()).toEqual([]);
});

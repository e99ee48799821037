import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findLinkedDecision } from '../../src/editions/decide/decide-by-link.ts';
import { createStaffNotifier } from '../../src/editions/decide/notify-staff.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { sendTest, type TestTarget } from '../../src/editions/by-hand/send-test.ts';
import { editDraft } from '../../src/editions/decide/decide-by-staff.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { pauseSubscription } from '../../src/ledger/change-subscription.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { mailerSet, type MailerSet } from '../../src/mail/mailers.ts';
import type { Mailer } from '../../src/mail/message.ts';
import { deliverNotice } from '../../src/notices/deliver-notice.ts';
import { testSetup } from '../support/frozen-edition.ts';
import { headerOf, startScriptedSmtp, type ScriptedSmtp } from '../support/smtp-server.ts';
import {
  addReader,
  addTopic,
  countRows,
  foundPaper,
  friday,
  later,
  linkIn,
  noticesOf,
  openNewsroom,
  releasePost,
  type Newsroom,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;
let smtp: ScriptedSmtp;
let outbox: ScriptedSmtp;
let mailers: MailerSet;

beforeAll(async () => {
  [room, smtp, outbox] = await Promise.all([openNewsroom(), startScriptedSmtp(), startScriptedSmtp()]);
  const [real, sampleMailer] = [smtp, outbox].map(({ url }) => createSmtpMailer(url, { log: silentLog })) as [Mailer, Mailer];
  mailers = mailerSet({ default: real }, sampleMailer);
});
afterAll(async () => {
  await Promise.all(mailers.all.map((mailer) => mailer.close()));
  await Promise.all([smtp.close(), outbox.close()]);
  await room.close();
});
beforeEach(() => {
  room.setNow(friday);
  room.jobs.length = 0;
});

const deliver = (id: string) => deliverNotice({ database: room.database, mailers, setup: testSetup, log: silentLog }, id);

/** The readable part of a raw message, near enough to look for words in it. */
const bodyOf = (raw: Buffer): string => raw.toString('utf8').replaceAll(/=\r\n/g, '').replaceAll('=3D', '=');

async function composeDraft(settings: Parameters<typeof foundPaper>[2] = {}) {
  const paper = await foundPaper(room, { approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' }, settings);
  await addReader(room, paper);
  await releasePost(room, paper, { title: 'On handovers' });
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  return { paper, editionId };
}

describe('the mail that tells staff of an edition whose sender is refused', () => {
  const refused = 'refused@example.org';
  beforeEach(async () => {
    await room.database.query(
      `insert into account_outage (account, sender, trouble, reply, next_try_at)
       values ('relay.example:587', $1, 'sender', '550 5.1.0 No', now() + interval '1 hour')`,
      [refused],
    );
  });
  afterEach(async () => void (await room.database.query(`delete from account_outage`)));

  /** Who sends the mails to an address. */
  async function originsOf(address: string) {
    const { rows } = await room.database.query(
      `select sender_address as sender, outlet from notice where recipient_address = $1 order by id`,
      [address],
    );
    return rows;
  }

  test.each([
    { kind: 'paused', reason: 'relay.example:587 refuses the sender' },
    { kind: 'refused', reason: 'all of it' },
    { kind: 'stuck', reason: 'a picture' },
    { kind: 'held', reason: 'a fault' },
  ] as const)('goes as another one that is not, where there is one ($kind)', async (matter) => {
    await foundPaper(room, {}, { senderAddress: 'carrier@example.org' });
    const address = `${matter.kind}@example.org`;
    // Its own mail for approval is the first.
    const { editionId } = await composeDraft({ senderAddress: refused, staffAddress: address });
    await room.ports.notifyStaff(editionId, matter);
    const senders = await originsOf(address);
    expect(senders).toHaveLength(2);
    for (const sender of senders) expect(sender).toEqual({ sender: expect.not.stringContaining(refused), outlet: 'smtp' });
  });

  test('goes as it where there is no other, and that of others as themselves', async () => {
    await room.database.query(`update newsletter set sender_address = $1 where not is_sample`, [refused]);
    await composeDraft({ senderAddress: refused, staffAddress: 'alone@example.org' });
    expect(await originsOf('alone@example.org')).toEqual([{ sender: refused, outlet: 'smtp' }]);
    await foundPaper(room, {}, { senderAddress: 'carrier@example.org' });
    await composeDraft({ senderAddress: 'own@example.org', staffAddress: 'other@example.org' });
    expect(await originsOf('other@example.org')).toEqual([{ sender: 'own@example.org', outlet: 'smtp' }]);
  });

  test('stays on the machine where the newsletter is the sample', async () => {
    await foundPaper(room, {}, { senderAddress: 'carrier@example.org' });
    await composeDraft({ senderAddress: refused, staffAddress: 'sample@example.org', isSample: true });
    expect(await originsOf('sample@example.org')).toEqual([{ sender: refused, outlet: 'outbox' }]);
  });
});

describe('the mail that tells staff of an edition', () => {
  test('reaches their address with the digest, the deadline and a link for each decision', async () => {
    const { paper } = await composeDraft();
    const [notice] = await noticesOf(room, paper);
    expect(notice).toMatchObject({ kind: 'staff', to: 'staff@example.org', outlet: 'smtp', subject: 'To approve: On handovers' });
    expect(notice?.html).toContain('Words about schools');
    expect(notice?.text).toMatch(/If nobody decides, it is sent on/);
    expect(linkIn(notice!, 'approve')).toBeDefined();
    expect(linkIn(notice!, 'skip')).toBeDefined();

    expect(await deliver(notice!.id)).toBe('sent');
    const message = smtp.accepted().at(-1)!;
    expect(message.envelope).toEqual({ from: 'letter@example.org', to: ['staff@example.org'] });
    expect(headerOf(message.raw, 'subject')).toBe('To approve: On handovers');
    expect(bodyOf(message.raw)).toMatch(/https:\/\/news\.example\.org\/decide\/a-/);
    // Nobody's own links travel along.
    expect(bodyOf(message.raw)).not.toMatch(/[\uFDD0\uFDD1]|\/unsubscribe\//);
  });

  test('says who gets nothing and why, as the page of its link does', async () => {
    const paper = await foundPaper(room, { approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' });
    const [followed, other] = [await addTopic(room, 'Leadership'), await addTopic(room, 'Music')];
    await addReader(room, paper);
    for (let n = 0; n < 3; n += 1) await addReader(room, paper, { topics: [other] });
    const resting = await addReader(room, paper);
    await room.database.transaction(async (tx) => pauseSubscription(tx, resting, 'indefinitely', friday));
    await releasePost(room, paper, { title: 'On handovers', topics: [followed] });
    await runSlot(room.ports, paper.schedule.id, friday);
    const [notice] = await noticesOf(room, paper);
    for (const part of [notice!.html, notice!.text]) expect(part).toMatch(/1 paused, 3 follow no topic of it/);
    expect(await findLinkedDecision(room.ports, linkIn(notice!, 'approve')!, 'approve')).toMatchObject({
      recipientCount: 1,
      nothing: [
        { reason: 'paused', count: 1 },
        { reason: 'topics', count: 3 },
      ],
    });
  });

  test('goes out once for an edition and a matter, and leaves no links behind that nobody has', async () => {
    const { paper, editionId } = await composeDraft();
    for (let i = 0; i < 3; i += 1) await room.ports.notifyStaff(editionId, { kind: 'approval', decideBy: null, atDeadline: null });
    expect(await noticesOf(room, paper)).toHaveLength(1);
    expect(await countRows(room, 'from staff_link where edition_id = $1', [editionId])).toBe(2);
    await room.ports.notifyStaff(editionId, { kind: 'held', reason: 'A gate failed.' });
    expect((await noticesOf(room, paper)).map((notice) => notice.subject)).toEqual(['To approve: On handovers', 'Held: On handovers']);
  });

  test('goes out once when two processes tell at the same moment', async () => {
    const { paper, editionId } = await composeDraft();
    await room.database.query(`delete from notice where newsletter_id = $1`, [paper.newsletter.id]);
    room.jobs.length = 0;
    const matter = { kind: 'approval', decideBy: null, atDeadline: null } as const;
    await Promise.all([room.ports.notifyStaff(editionId, matter), room.ports.notifyStaff(editionId, matter)]);
    expect(await noticesOf(room, paper)).toHaveLength(1);
    expect(room.jobs).toHaveLength(1);
  });

  test('goes to the address of the installation where the newsletter names none', async () => {
    const { paper, editionId } = await composeDraft({ staffAddress: null });
    expect(await noticesOf(room, paper)).toEqual([]);
    await createStaffNotifier({ ...room.notifyPorts, staffAddress: 'office@example.org' })(editionId, {
      kind: 'approval',
      decideBy: null,
      atDeadline: null,
    });
    expect(await noticesOf(room, paper)).toMatchObject([{ to: 'office@example.org' }]);
  });

  test('of the sample newsletter stays in the local outbox', async () => {
    const { paper } = await composeDraft({ isSample: true });
    const [notice] = await noticesOf(room, paper);
    expect(notice?.outlet).toBe('outbox');
    const before = smtp.received.length;
    expect(await deliver(notice!.id)).toBe('sent');
    expect(outbox.accepted()).toHaveLength(1);
    expect(smtp.received).toHaveLength(before);
  });
});

describe('a test send', () => {
  const send = (target: TestTarget, to = 'me@example.net') => sendTest(room.ports, room.notifyPorts.notices, target, to);

  /** Sends a test, delivers it, and returns the message as its server got it. */
  async function sent(target: TestTarget) {
    const id = await send(target);
    expect(await deliver(id!)).toBe('sent');
    return smtp.accepted().at(-1)!;
  }

  test('mails what would go now, marked as a test, and stores no edition', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    await releasePost(room, paper, { title: 'On handovers' });
    const message = await sent({ newsletter: paper.newsletter.slug, schedule: paper.schedule.name });
    expect(message.envelope.to).toEqual(['me@example.net']);
    expect(headerOf(message.raw, 'subject')).toMatch(/test.*On handovers/i);
    expect(headerOf(message.raw, 'list-unsubscribe')).toBeUndefined();
    expect(bodyOf(message.raw)).not.toMatch(/[\uFDD0\uFDD1]/);
    expect(await countRows(room, 'from edition where newsletter_id = $1', [paper.newsletter.id])).toBe(0);
    expect(
      await countRows(room, 'from delivery d join edition e on e.id = d.edition_id where e.newsletter_id = $1', [paper.newsletter.id]),
    ).toBe(0);
  });

  test('of a draft is what is stored, edits included, and is rendered no second time', async () => {
    const { editionId } = await composeDraft();
    await editDraft(room.ports, editionId, { texts: { subject: 'Read this first' }, posts: [] });
    const before = room.renderer.mjmlRunCount;
    const message = await sent({ editionId });
    expect(headerOf(message.raw, 'subject')).toMatch(/Read this first/);
    expect(room.renderer.mjmlRunCount).toBe(before);
  });

  test('can be asked for again and again', async () => {
    const { editionId } = await composeDraft();
    const ids = new Set([await send({ editionId }), await send({ editionId })]);
    expect(ids.size).toBe(2);
  });

  test('says when there is nothing to look at', async () => {
    const paper = await foundPaper(room);
    await addReader(room, paper);
    expect(await send({ newsletter: paper.newsletter.slug, schedule: paper.schedule.name })).toBeUndefined();
    expect(room.jobs).toEqual([]);
  });

  test('goes to one address only, and to nothing that is none', async () => {
    const { paper, editionId } = await composeDraft();
    const before = (await noticesOf(room, paper)).length;
    for (const to of ['me', 'me@example.net, you@example.net', 'me@example.net\r\nBcc: you@example.net'])
      await expect(send({ editionId }, to)).rejects.toThrow(InvalidInputError);
    expect(await noticesOf(room, paper)).toHaveLength(before);
  });

  test('shows the posts above the last edition where nobody is due', async () => {
    const paper: TestPaper = await foundPaper(room);
    await releasePost(room, paper, { title: 'For the archive' });
    room.setNow(later(friday, 1));
    const message = await sent({ newsletter: paper.newsletter.slug, schedule: paper.schedule.name });
    expect(headerOf(message.raw, 'subject')).toMatch(/For the archive/);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { loadConfig } from '../../src/app/config.ts';
import { openMailers, type Mailers } from '../../src/app/open-mailers.ts';
import { messageSetupOf } from '../../src/app/outgoing/message-setup.ts';
import { createDeliveryWorker, type DeliveryWorker } from '../../src/deliveries/worker.ts';
import { sendTest } from '../../src/editions/by-hand/send-test.ts';
import { queueWelcome } from '../../src/editions/queue-welcome.ts';
import { runSlot } from '../../src/editions/run-slot.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { templatesFolder } from '../../src/kernel/package-root.ts';
import { activateSubscription } from '../../src/ledger/change-subscription.ts';
import { parseBounceAddress, parseNoticeBounceAddress } from '../../src/mail/message-id.ts';
import { deliverNotice } from '../../src/notices/deliver-notice.ts';
import { addSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { queueLinkNotice } from '../../src/subscribers/links/send-personal-link.ts';
import { findLinkedSubscriber } from '../../src/subscribers/subscriber-store.ts';
import { unsubscribeUrl } from '../../src/subscribers/tokens/signed-links.ts';
import {
  acceptAll,
  addReader,
  foundPaper,
  freeze,
  friday,
  openNewsroom,
  releasePost,
  type Newsroom,
  type TestPaper,
} from '../editions/newsroom.ts';
import { startScriptedSmtp, type ReceivedMessage, type ScriptedSmtp } from '../support/smtp-server.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { testPem, verdictOf } from './dkim/signed-message.ts';

let room: Newsroom;
let smtp: ScriptedSmtp;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let mailers: Mailers;
let setup: ReturnType<typeof messageSetupOf>;
let worker: DeliveryWorker;

beforeAll(async () => {
  [room, smtp, temp] = await Promise.all([openNewsroom(), startScriptedSmtp(), makeTempFolder()]);
  const config = loadConfig(
    {
      DATABASE_URL: room.url,
      DATA_FOLDER: temp.folder,
      SMTP_URL: smtp.url,
      DKIM: 'own',
      DKIM_KEY: testPem,
      INBOUND_ADDRESS: 'inbound@example.org',
      BOUNCE_DOMAIN: 'bounce.example.org',
    },
    () => '',
  );
  const { publicUrl, tokenKeys } = room.notifyPorts.links;
  mailers = await openMailers(config, silentLog);
  setup = messageSetupOf(config, { addressKey: Buffer.from('a'.repeat(40)), tokenKeys }, publicUrl);
  worker = createDeliveryWorker({ database: room.database, mailers, log: silentLog, setup });
});
afterAll(async () => {
  await worker.close();
  await mailers.close();
  await smtp.close();
  await temp.remove();
  await room.close();
});
beforeEach(() => {
  room.setNow(friday);
  room.jobs.length = 0;
});

/** Names and texts that have to be encoded, in headers as in parts. */
const hard = {
  name: 'Bücherei „Süd“ – Rundbrief für Schülerinnen, Schüler und alle, die sonst noch lesen mögen',
  senderName: 'Zoë "Z." Šimková; Bücherei, 图书馆 😀',
  replyTo: 'desk@example.org',
} as const;
const hardPost = {
  title: 'Ein Überblick über das neue Schuljahr – مدرسة – 学校 🎓 mit einem Titel, der in keine Zeile passt',
  html: `<p>${'Grüße aus Köln = schön. '.repeat(120)}</p><p>https://example.org/${'a'.repeat(1500)}</p><p>.</p><p>From here on.</p>`,
};
const readerName = 'Ann O\'Neil "Ännchen" =?UTF-8?Q?x?= 😀 محمد';

const found = async (rules: Parameters<typeof foundPaper>[1] = {}): Promise<TestPaper> => foundPaper(room, rules, hard);

async function addNamedReader(paper: TestPaper): Promise<string> {
  const subscriptionId = await addReader(room, paper);
  await room.database.query(`update subscriber set name = $2 where id = (select subscriber_id from subscription where id = $1)`, [
    subscriptionId,
    readerName,
  ]);
  return subscriptionId;
}

async function publish(paper: TestPaper): Promise<string> {
  await releasePost(room, paper, hardPost);
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  await freeze(room, editionId);
  return editionId;
}

async function welcome(paper: TestPaper): Promise<void> {
  const subscriptionId = await addNamedReader(paper);
  await room.database.transaction(async (tx) => {
    const editionId = await activateSubscription(tx, subscriptionId, room.ports.clock());
    await queueWelcome(tx, room.notifyPorts, subscriptionId, editionId);
  });
}

async function mailLink(matter: 'link' | 'address' | 'changed'): Promise<void> {
  const paper = await found();
  const subscriptionId = await addNamedReader(paper);
  await room.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(`select subscriber_id as id from subscription where id = $1`, [subscriptionId]);
    const person = (await findLinkedSubscriber(tx, rows[0]!.id))!;
    const { notices, links, enqueue, clock } = room.notifyPorts;
    const url = 'https://news.example.org/mine/k1.abc';
    const about = matter === 'changed' ? { matter, address: 'a…@example.net' } : { matter, url };
    await queueLinkNotice(tx, { ...links, notices, enqueue, clock }, person, paper.newsletter, about);
  });
}

interface KindOfMail {
  readonly of: string;
  /** As the database calls it. */
  readonly kind: string;
  /** Its template, where it is no digest alone. */
  readonly template?: string;
  readonly isList?: true;
  readonly isPersonal?: true;
  /** Lets the product write it. */
  readonly write: () => Promise<unknown>;
}

const kinds: readonly KindOfMail[] = [
  {
    of: 'a digest',
    kind: 'delivery',
    isList: true,
    isPersonal: true,
    async write() {
      const paper = await found();
      await addNamedReader(paper);
      await publish(paper);
    },
  },
  {
    of: 'a welcome with a digest',
    kind: 'welcome',
    template: 'welcome',
    isList: true,
    isPersonal: true,
    async write() {
      const paper = await found();
      await addReader(room, paper);
      await acceptAll(room, await publish(paper));
      room.jobs.length = 0;
      await welcome(paper);
    },
  },
  {
    of: 'a welcome before the first digest',
    kind: 'welcome',
    template: 'welcome',
    isPersonal: true,
    write: async () => welcome(await found()),
  },
  {
    of: 'a confirmation',
    kind: 'confirmation',
    template: 'confirmation',
    async write() {
      const paper = await found();
      const { database, enqueue, clock, notices, links } = room.notifyPorts;
      const ports = { ...links, database, enqueue, clock, notices, addressKeySecret: Buffer.from('a'.repeat(40)) };
      await addSubscriber(ports, { newsletter: paper.newsletter.slug, address: 'new@example.net', name: readerName });
    },
  },
  {
    of: 'a question to staff whether an edition may go',
    kind: 'staff',
    template: 'edition-waiting',
    async write() {
      const paper = await found({ approval: 'required', deadlineHours: 24, deadlinePolicy: 'send' });
      await addReader(room, paper);
      await releasePost(room, paper, hardPost);
      await runSlot(room.ports, paper.schedule.id, friday);
    },
  },
  {
    of: 'news for staff',
    kind: 'staff',
    template: 'staff',
    async write() {
      const paper = await found();
      await addReader(room, paper);
      const editionId = await publish(paper);
      room.jobs.length = 0;
      await room.ports.notifyStaff(editionId, { kind: 'paused', reason: 'Die Größe stimmt nicht' });
    },
  },
  {
    of: 'a test',
    kind: 'test',
    template: 'test',
    async write() {
      const paper = await found();
      await addReader(room, paper);
      await releasePost(room, paper, hardPost);
      await sendTest(room.ports, room.notifyPorts.notices, { newsletter: paper.newsletter.slug, schedule: 'weekly' }, 'me@example.net');
    },
  },
  { of: 'a personal link', kind: 'link', template: 'link', isPersonal: true, write: () => mailLink('link') },
  { of: 'a question whether a new address is theirs', kind: 'link', template: 'link', isPersonal: true, write: () => mailLink('address') },
  { of: 'news of a changed address', kind: 'link', template: 'link', isPersonal: true, write: () => mailLink('changed') },
];

/** What a worker does with what is queued; gives the one message that came of it, and of which row. */
async function sendQueued(): Promise<{ id: string; kind: string; message: ReceivedMessage }> {
  const before = smtp.received.length;
  const { rows } = await room.database.query<{ id: string; kind: string }>(`select id, kind from notice where state = 'queued'`);
  for (const { id } of rows) expect(await deliverNotice({ database: room.database, mailers, setup, log: silentLog }, id)).toBe('sent');
  for (const job of room.jobs) if (job.name === 'deliver') await worker.deliver(job);
  const messages = smtp.received.slice(before);
  expect(messages).toHaveLength(1);
  const row =
    rows[0] ??
    (await room.database.query<{ id: string; kind: string }>(`select max(id)::text as id, 'delivery' as kind from delivery`)).rows[0]!;
  return { ...row, message: messages[0]! };
}

/** Header lines as they came, unfolded, by name in lower case. */
function fieldsOf(head: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), line.slice(name.length + 1).trim()]);
  }
  return fields;
}

const ofEvery = ['date', 'from', 'to', 'reply-to', 'subject', 'message-id', 'mime-version', 'content-type'] as const;
const ofLists = [
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-archive',
  'list-owner',
  'feedback-id',
  'cfbl-address',
  'precedence',
] as const;
const unsigned = new Set(['precedence', 'dkim-signature']);

/** Nothing that only we would understand, and nothing that was forgotten. */
const leftOver =
  /[\uFDD0-\uFDEF\uFFFD]|\{\{|\}\}|\{%|%\}|\bundefined\b|\[object |\b(?:reader|links)\.(?:name|address|unsubscribe|preferences|browser)\b/;

async function leaveLinkOf(id: string, kind: string): Promise<string> {
  const { rows } = await room.database.query<{ subscriptionId: string; tokenVersion: number }>(
    `select s.id as "subscriptionId", s.token_version as "tokenVersion"
     from subscription s where s.id = (select subscription_id from ${kind === 'delivery' ? 'delivery' : 'notice'} where id = $1)`,
    [id],
  );
  return unsubscribeUrl(room.notifyPorts.links, rows[0]!);
}

describe.each(kinds)('$of', ({ kind, isList = false, isPersonal = false, write }) => {
  test('is a message that any program reads, signed by its sender, with the headers of its kind', async () => {
    await write();
    const sent = await sendQueued();
    expect(sent.kind).toBe(kind);
    const raw = sent.message.raw.toString('latin1');
    const [head = '', ...rest] = raw.split('\r\n\r\n');
    const body = rest.join('\r\n\r\n');
    expectWireForm(raw, head, body);
    const fields = fieldsOf(head);
    const only = (name: string): string => {
      expect([name, fields.get(name)?.length]).toEqual([name, 1]);
      return fields.get(name)![0]!;
    };

    for (const name of ofEvery) only(name);
    expect(new Date(only('date')).getTime()).not.toBeNaN();
    expect(only('message-id')).toMatch(/^<[!-;=?-~]+@example\.org>$/);
    expect(smtp.received.filter(({ messageId }) => messageId === only('message-id'))).toHaveLength(1);
    const { from } = sent.message.envelope;
    const ids =
      kind === 'delivery'
        ? parseBounceAddress(from, [setup.messageIdSecret])?.deliveryId
        : parseNoticeBounceAddress(from, [setup.messageIdSecret]);
    expect(ids).toBe(sent.id);

    if (isList) {
      expect(fields.has('auto-submitted')).toBe(false);
      expect(only('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
      const leave = await leaveLinkOf(sent.id, kind);
      const subject = encodeURIComponent(`unsubscribe ${leave.split('/').at(-1)!}`);
      expect(only('list-unsubscribe')).toBe(`<${leave}>, <mailto:inbound@example.org?subject=${subject}>`);
      expect(only('list-owner')).toBe('<mailto:desk@example.org>');
      expect(only('list-id')).toMatch(/^<n[0-9a-f]+\.example\.org>$/);
      expect(only('list-archive')).toMatch(/^<https:\/\/news\.example\.org\/archive\/n[0-9a-f]+>$/);
      expect(only('precedence')).toBe('bulk');
      expect(only('cfbl-address')).toBe('inbound@example.org; report=arf');
      expect(only('feedback-id')).toMatch(kind === 'delivery' ? /^\d+:n[0-9a-f]+:digest:gazette$/ : /^welcome:n[0-9a-f]+:welcome:gazette$/);
    } else {
      expect(only('auto-submitted')).toBe('auto-generated');
      for (const name of ofLists) expect([name, fields.has(name)]).toEqual([name, false]);
    }

    await expectSigned(raw, fields);
    const parsed = await PostalMime.parse(sent.message.raw);
    expect(parsed.from).toEqual({ name: hard.senderName, address: 'letter@example.org' });
    expect(parsed.replyTo).toEqual([{ name: '', address: hard.replyTo }]);
    expect(parsed.to).toEqual([{ name: isPersonal ? readerName : '', address: sent.message.envelope.to[0] }]);
    expect(parsed.attachments).toEqual([]);
    for (const text of [parsed.subject, parsed.text, parsed.html]) {
      expect(text?.trim()).toBeTruthy();
      expect(text).not.toMatch(leftOver);
    }
  });
});

/** RFC 5321, 5322, 2045 and 2047: ASCII in lines that end as they must and are no longer than they may, text before html. */
function expectWireForm(raw: string, head: string, body: string): void {
  // oxlint-disable-next-line no-control-regex -- What is not 7-bit text is what must not be there.
  expect(raw).not.toMatch(/[^\t\r\n -~]/);
  expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(raw.endsWith('\r\n')).toBe(true);
  const longest = (text: string): number => Math.max(...text.split('\r\n').map((line) => line.length));
  expect(longest(raw)).toBeLessThanOrEqual(998);
  expect(longest(body)).toBeLessThanOrEqual(76);
  for (const line of head.split('\r\n').filter((each) => each.includes('=?'))) expect(line.length).toBeLessThanOrEqual(76);
  const [outer, ...inner] = [...raw.matchAll(/^content-type: ([a-z]+\/[a-z]+)/gim)].map(([, type]) => type);
  expect([outer, ...inner]).toEqual(['multipart/alternative', 'text/plain', 'text/html']);
}

/** What an independent verifier says, and that every header is covered on which a reader or their program acts. */
async function expectSigned(raw: string, fields: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const now = new Date(Date.now() + 60_000);
  expect(await verdictOf(raw, now)).toMatchObject({ result: 'pass', domain: 'example.org', aligned: true });
  const covered = new Set(/\bh=([^;]+);/.exec(fields.get('dkim-signature')![0]!)![1]!.toLowerCase().replaceAll(/\s/g, '').split(':'));
  for (const name of fields.keys()) expect([name, covered.has(name)]).toEqual([name, !unsigned.has(name)]);
  for (const name of ['From', 'Subject', 'List-Unsubscribe-Post', 'Auto-Submitted']) {
    if (!fields.has(name.toLowerCase())) continue;
    const forged = raw.replace(new RegExp(`^${name}: `, 'm'), `${name}: x`);
    expect([name, (await verdictOf(forged, now)).result]).not.toEqual([name, 'pass']);
  }
}

describe('What is looked at here', () => {
  test('is mail of every kind that is stored', async () => {
    const { rows } = await room.database.query<{ rule: string }>(
      `select pg_get_constraintdef(oid) as rule from pg_constraint where conname = 'notice_kind_check'`,
    );
    const stored = [...rows[0]!.rule.matchAll(/'(\w+)'/g)].map(([, kind]) => kind!);
    expect([...new Set(kinds.map(({ kind }) => kind))].toSorted()).toEqual([...stored, 'delivery'].toSorted());
  });

  test('is mail of every template', async () => {
    const files = await readdir(join(templatesFolder, 'notices'));
    const templates = files.filter((file) => file.endsWith('.txt.liquid')).map((file) => file.replace('.txt.liquid', ''));
    expect([...new Set(kinds.flatMap(({ template }) => template ?? []))].toSorted()).toEqual(templates.toSorted());
  });
});

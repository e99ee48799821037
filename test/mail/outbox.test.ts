import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/kernel/log.ts';
import { countMessages, createMaildir, listMessages, readMessage, readMessageSource, writeMessage } from '../../src/mail/maildir-store.ts';
import { startOutbox } from '../../src/mail/outbox.ts';
import { createSmtpMailer } from '../../src/mail/smtp-mailer.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function makeFolder(): Promise<string> {
  const { folder, remove } = await makeTempFolder();
  closers.push(remove);
  return join(folder, 'outbox');
}

async function start(options: { maxMessageBytes?: number } = {}) {
  const folder = await makeFolder();
  const outbox = await startOutbox({ folder, ...options });
  const mailer = createSmtpMailer(outbox.url, { maxConnections: 4, log: silentLog });
  closers.push(
    () => outbox.close(),
    () => mailer.close(),
  );
  const send = (number: number, text = 'Hello') =>
    mailer.send({
      from: { name: 'The Letter', address: 'letter@example.org' },
      to: { address: `Reader${number}@example.org` },
      subject: `Digest ${number} – ü`,
      date: new Date(),
      messageId: `<m${number}@example.org>`,
      headers: [],
      html: `<p>${text}</p>`,
      text,
      envelopeFrom: 'bounces@example.org',
    });
  return { folder, outbox, send };
}

describe('the outbox', () => {
  test('keeps every message where any mail program finds it', async () => {
    const { folder, send } = await start();
    expect(await send(1, '.dot\nline')).toMatchObject({ kind: 'accepted' });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await readdir(join(folder, 'new'))).toHaveLength(1);
    const { messages } = await listMessages(folder);
    expect(messages).toMatchObject([{ from: 'The Letter <letter@example.org>', to: 'Reader1@example.org', subject: 'Digest 1 – ü' }]);
    const message = await readMessage(folder, messages[0]?.id ?? '');
    expect(message).toMatchObject({ messageId: '<m1@example.org>', text: '.dot\nline\n', html: '<p>.dot\nline</p>\n' });
    expect(message.headers).toContainEqual(['Return-Path', '<bounces@example.org>']);
    expect((await readMessageSource(folder, message.id)).toString()).not.toContain('\r');
  });

  test('refuses a message over its limit and keeps nothing of it', async () => {
    const { folder, send } = await start({ maxMessageBytes: 5000 });
    expect(await send(1, 'x'.repeat(20_000))).toMatchObject({ kind: 'rejected', subject: 'message' });
    expect(await countMessages(folder)).toBe(0);
    expect(await send(2)).toMatchObject({ kind: 'accepted' });
  });

  test('says so when its port is taken', async () => {
    const { outbox } = await start();
    await expect(startOutbox({ folder: await makeFolder(), port: outbox.port })).rejects.toThrow(`got ${outbox.port}, which is taken`);
  });
});

describe('the mailbox', () => {
  test('lists newest first, page by page, each message once', async () => {
    const folder = await makeFolder();
    await createMaildir(folder);
    const ids: string[] = [];
    for (let number = 0; number < 25; number += 1) ids.push(await writeMessage(folder, [Buffer.from(`Subject: ${number}\n\nx\n`)]));
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await listMessages(folder, { limit: 10, ...(before === undefined ? {} : { before }) });
      seen.push(...page.messages.map(({ subject }) => subject));
      before = page.next;
    } while (before !== undefined);
    expect(seen).toEqual(ids.map((_id, number) => String(24 - number)));
  });

  test('lists a page of thousands quickly', async () => {
    const folder = await makeFolder();
    await createMaildir(folder);
    await mkdir(join(folder, 'new'), { recursive: true });
    for (let number = 0; number < 5000; number += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_one, at) =>
          writeFile(join(folder, 'new', `17000${String(number + at).padStart(5, '0')}.M000000P1Q1R0a.host`), 'Subject: x\n\n'),
        ),
      );
    }
    const usedMs = startCpuTimer();
    expect((await listMessages(folder)).messages).toHaveLength(50);
    expect(usedMs()).toBeLessThan(500);
  });

  test('finds what a mail program has shown and flagged', async () => {
    const folder = await makeFolder();
    await createMaildir(folder);
    const id = await writeMessage(folder, [Buffer.from('Subject: seen\n\nx\n')]);
    await rename(join(folder, 'new', id), join(folder, 'cur', `${id}:2,S`));
    expect(await readMessage(folder, id)).toMatchObject({ id, subject: 'seen' });
  });

  test('reads nothing but its own messages', async () => {
    const folder = await makeFolder();
    await createMaildir(folder);
    await writeFile(join(folder, 'secret'), 'x');
    for (const id of ['../secret', '..%2fsecret', 'secret', '', '/etc/passwd', '1700000000.M000000P1Q1R0a.host']) {
      await expect(readMessage(folder, id)).rejects.toThrow('Expected the id of a message');
    }
  });

  test('is empty where there is no folder', async () => {
    const folder = await makeFolder();
    expect(await listMessages(folder)).toEqual({ messages: [] });
    expect(await countMessages(folder)).toBe(0);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../src/kernel/log.ts';
import { createMaildir, listMessages, readMessage, writeMessage } from '../../src/mail/maildir-store.ts';
import type { Mailer } from '../../src/mail/message.ts';
import { startOutbox } from '../../src/mail/outbox.ts';
import { buildMail } from '../../src/mail/mime/build-mail.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { spawnScript } from '../support/spawn-script.ts';
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

async function start(options: { maxMessageBytes?: number } = {}, at?: string) {
  const folder = at ?? (await makeFolder());
  const outbox = await startOutbox({ folder, ...options });
  const mailer = createSmtpMailer(outbox.url, { maxConnections: 4, log: silentLog });
  closers.push(
    () => outbox.close(),
    () => mailer.close(),
  );
  return { folder, outbox, send: senderOf(mailer) };
}

function senderOf(mailer: Mailer) {
  return (number: number, text = 'Hello') =>
    mailer.send(
      buildMail({
        from: { name: 'The Letter', address: 'letter@example.org' },
        to: { address: `Reader${number}@example.org` },
        subject: `Digest ${number} – ü`,
        date: new Date(),
        messageId: `<m${number}@example.org>`,
        headers: [],
        html: `<p>${text}</p>`,
        text,
        envelopeFrom: 'bounces@example.org',
      }),
    );
}

/** Whether this machine lets the tests mount a small file system. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'gazette-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
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
    const [file] = await readdir(join(folder, 'new'));
    expect(await readFile(join(folder, 'new', file!), 'utf8')).not.toContain('\r');
  });

  test('refuses a message over its limit and keeps nothing of it', async () => {
    const { folder, send } = await start({ maxMessageBytes: 5000 });
    expect(await send(1, 'x'.repeat(20_000))).toMatchObject({ kind: 'rejected', subject: 'message' });
    expect((await listMessages(folder)).messages.length).toBe(0);
    expect(await send(2)).toMatchObject({ kind: 'accepted' });
  });

  test('says so when its port is taken', async () => {
    const { outbox } = await start();
    await expect(startOutbox({ folder: await makeFolder(), port: outbox.port })).rejects.toThrow(`got ${outbox.port}, which is taken`);
  });
});

describe('a disk that fills up', () => {
  const text = 'Words that must not be cut off. '.repeat(600);

  /** Every message that is there is whole, none is half written, and there are as many as were acknowledged. */
  async function expectWhole(folder: string, acceptedCount: number): Promise<void> {
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    const { messages } = await listMessages(folder);
    expect(messages).toHaveLength(acceptedCount);
    for (const { id } of messages) expect((await readMessage(folder, id)).text?.trim()).toBe(text.trim());
  }

  const mountTest = canMount() ? test : test.skip;
  mountTest(
    '(a real one, where the tests may mount one) takes no message that it cannot keep whole, and goes on when there is room',
    async () => {
      const { folder, remove } = await makeTempFolder();
      closers.push(remove);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192k', 'tmpfs', folder]);
      closers.push(async () => void execFileSync('umount', [folder]));
      const { send } = await start({}, join(folder, 'outbox'));
      const kinds: string[] = [];
      for (let number = 0; number < 20; number += 1) {
        const outcome = await send(number, text);
        kinds.push(outcome.kind);
        if (outcome.kind !== 'accepted') expect(outcome).toMatchObject({ kind: 'deferred', reply: { code: 452, enhanced: '4.3.1' } });
      }
      const acceptedCount = kinds.filter((kind) => kind === 'accepted').length;
      expect(acceptedCount).toBeGreaterThan(1);
      expect(acceptedCount).toBeLessThan(20);
      await expectWhole(join(folder, 'outbox'), acceptedCount);
      const { messages } = await listMessages(join(folder, 'outbox'));
      for (const { id } of messages) await rm(join(folder, 'outbox', 'new', id));
      expect(await send(21, text)).toMatchObject({ kind: 'accepted' });
      await expectWhole(join(folder, 'outbox'), 1);
    },
  );

  test('(a limit of the size of files) refuses what does not fit with 452 4.3.1 and keeps nothing of it', async () => {
    const folder = await makeFolder();
    const process = spawnScript('outbox-process.ts', [folder], { maxFileKilobytes: 32 });
    closers.push(() => process.finish());
    const { url } = await process.nextLine<{ url: string }>();
    const mailer = createSmtpMailer(url, { maxConnections: 2, log: silentLog });
    closers.push(() => mailer.close());
    const send = senderOf(mailer);
    // Html and text part together are larger than the limit.
    expect(await send(1, text)).toMatchObject({ kind: 'deferred', reply: { code: 452, enhanced: '4.3.1' } });
    expect((await listMessages(folder)).messages.length).toBe(0);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await send(2)).toMatchObject({ kind: 'accepted' });
    expect((await listMessages(folder)).messages.length).toBe(1);
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
    expect((await listMessages(folder)).messages.length).toBe(0);
  });
});

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { NotFoundError } from '../kernel/errors.ts';

/** One line of a mailbox listing. */
export interface MessageSummary {
  readonly id: string;
  readonly receivedAt: Date;
  readonly from: string;
  /** The envelope recipient. */
  readonly to: string;
  readonly subject: string;
  readonly sizeBytes: number;
}

/** One page of a mailbox, newest first. */
export interface MessagePage {
  readonly messages: readonly MessageSummary[];
  /** Pass as `before` to get the next page; undefined on the last. */
  readonly next?: string;
}

/** A message as a mail program would show it. */
export interface StoredMessage extends MessageSummary {
  readonly messageId: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** As sent: hostile, never shown outside a sandbox. */
  readonly html?: string;
  readonly text?: string;
}

// The name sorts by arrival: seconds (ten digits until 2286), microseconds, then what makes it unique (https://cr.yp.to/proto/maildir.html).
const namePattern = /^(\d{10})\.M(\d{6})P\d+Q\d+R[0-9a-f]+\.[A-Za-z0-9-]+$/;
const headBytes = 32_768;

/** Makes the three folders of a Maildir where they are missing. */
export async function createMaildir(folder: string): Promise<void> {
  for (const part of ['tmp', 'new', 'cur']) await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
}

let deliveryCount = 0;

/**
 * Stores a message: written to `tmp`, moved to `new` when the disk has all of it, so that no reader ever sees half of one and whoever is told that it is
 * kept may rely on it. What cannot be written whole leaves nothing. Returns its id.
 */
export async function writeMessage(folder: string, content: readonly Buffer[]): Promise<string> {
  deliveryCount += 1;
  const micros = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const seconds = Math.floor(micros / 1_000_000);
  const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-') || 'localhost';
  const fraction = String(micros % 1_000_000).padStart(6, '0');
  const id = `${String(seconds).padStart(10, '0')}.M${fraction}P${process.pid}Q${deliveryCount}R${randomBytes(4).toString('hex')}.${host}`;
  const temporary = join(folder, 'tmp', id);
  try {
    await writeWhole(temporary, content);
    await rename(temporary, join(folder, 'new', id));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // Its name has to be on the disk too.
  await syncFolder(join(folder, 'new'));
  return id;
}

async function writeWhole(path: string, content: readonly Buffer[]): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    // Not writev: what fits on a disk that fills up is written, and the count of it is no error.
    for (const part of content) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; there the file system keeps names by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** One page of the mailbox, newest first; reads the names of all and the heads of one page. An absent folder is an empty mailbox. */
export async function listMessages(folder: string, options: { limit?: number; before?: string } = {}): Promise<MessagePage> {
  const limit = options.limit ?? 50;
  const files = await listFiles(folder);
  const ids = [...files.keys()].filter((id) => options.before === undefined || id < options.before).sort((a, b) => (a < b ? 1 : -1));
  const messages: MessageSummary[] = [];
  for (const id of ids.slice(0, limit)) {
    const path = files.get(id);
    // Whoever reads the mailbox may delete a message between the listing and now.
    const summary = path === undefined ? undefined : await readSummary(id, path).catch(ignoreMissing);
    if (summary) messages.push(summary);
  }
  const last = ids[limit - 1];
  return { messages, ...(last !== undefined && ids.length > limit ? { next: last } : {}) };
}

/** One message, parsed. @throws NotFoundError */
export async function readMessage(folder: string, id: string): Promise<StoredMessage> {
  const { path, bytes } = await readBytes(folder, id);
  const parsed = await PostalMime.parse(bytes);
  const summary = await readSummary(id, path);
  return {
    ...summary,
    messageId: parsed.messageId ?? '',
    headers: parsed.headers.map(({ originalKey, value }) => [originalKey, value] as const),
    ...(parsed.html === undefined ? {} : { html: parsed.html }),
    ...(parsed.text === undefined ? {} : { text: parsed.text }),
  };
}

async function readBytes(folder: string, id: string): Promise<{ path: string; bytes: Buffer }> {
  // Only names of our own making reach the file system.
  const path = namePattern.test(id) ? (await listFiles(folder)).get(id) : undefined;
  const bytes = path === undefined ? undefined : await readFile(path).catch(ignoreMissing);
  if (path === undefined || bytes === undefined)
    throw new NotFoundError('Expected the id of a message in the outbox, got one that is not there');
  return { path, bytes };
}

/** Ids and paths of all messages. A mail program moves what it has shown to `cur` and adds flags after a colon. */
async function listFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of ['new', 'cur']) {
    const names = (await readdir(join(folder, part)).catch(ignoreMissing)) ?? [];
    for (const name of names) {
      const id = name.split(':', 1)[0]!;
      if (namePattern.test(id)) files.set(id, join(folder, part, name));
    }
  }
  return files;
}

async function readSummary(id: string, path: string): Promise<MessageSummary> {
  const { size } = await stat(path);
  const head = await PostalMime.parse(await readHead(path));
  const to = head.headers.find(({ key }) => key === 'delivered-to')?.value ?? '';
  return { id, receivedAt: receivedAt(id), from: mailboxText(head.from), to, subject: head.subject ?? '', sizeBytes: size };
}

/** The headers alone: enough for a list. */
async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const end = bytes.indexOf('\n\n');
    return end === -1 ? bytes : bytes.subarray(0, end + 2);
  } finally {
    await file.close();
  }
}

function mailboxText(mailbox: { readonly name?: string | undefined; readonly address?: string | undefined } | undefined): string {
  if (!mailbox) return '';
  return mailbox.name ? `${mailbox.name} <${mailbox.address ?? ''}>` : (mailbox.address ?? '');
}

function receivedAt(id: string): Date {
  const [, seconds = '0', micros = '0'] = namePattern.exec(id) ?? [];
  return new Date(Number(seconds) * 1000 + Number(micros) / 1000);
}

function ignoreMissing(error: unknown): undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

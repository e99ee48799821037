import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { sample } from '../sample/sample.ts';
import { send } from '../scripts/table/sending.ts';
import { serve } from '../scripts/table/running.ts';
import { listMessages, readMessage } from '../src/mail/maildir-store.ts';
import type { StoredMessage } from '../src/mail/maildir-store.ts';
import { createTestDatabase } from './support/database.ts';
import type { TestDatabase } from './support/database.ts';
import { runCommand, startCommand } from './support/run-gazette.ts';
import type { LastingCommand } from './support/run-gazette.ts';
import { makeTempFolder } from './support/temp-folder.ts';

/** What is the same after every start, and what each start said. */
interface Start {
  readonly printed: readonly string[];
  readonly messages: readonly StoredMessage[];
  readonly feed: string;
  readonly etag: string;
  /** The answer to a reader who has the feed of the start before. */
  readonly statusForReader: number;
}

let stored: TestDatabase;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let env: Record<string, string>;
let first: Start;
let second: Start;
let third: Start;

const { slug } = sample.newsletter;
// Every post of the sample site, in the order in which it was published. The one without a title goes by the title of its paper.
const titles = [
  'The head teacher’s calendar',
  'Reading circles for new principals begin in November',
  'Working Paper 7: The principals who stay',
  'What a good handover sounds like',
  'Small school, long winter',
  'Looking before judging: a protocol for classroom visits',
  'Two papers on homework',
  'In praise of the boring meeting',
  'From the annual lecture',
  'Travel grants for small schools',
  'Guidebook: the first hundred days',
  'A map of mentors',
  'Seven minutes at the back of the room',
  'Our office moves in June',
];
const leadership = [0, 1, 3, 7, 10, 11].map((index) => titles[index]!);
const papersAndTeaching = [2, 5, 6, 8, 12].map((index) => titles[index]!);

beforeAll(async () => {
  stored = await createTestDatabase();
  temp = await makeTempFolder();
  const port = await findFreePort();
  env = {
    DATABASE_URL: stored.url,
    DATA_FOLDER: temp.folder,
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'error',
  };
  first = await startAndStop();
  second = await startAndStop(first);
  // The next poll comes due: the site now says that one post was revised.
  await stored.database.query('update source set next_poll_at = now()');
  third = await startAndStop(second);
}, 120_000);

afterAll(async () => {
  await stored.drop();
  await temp.remove();
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP port, got none');
  return address.port;
}

async function startAndStop(before?: Start): Promise<Start> {
  const running: LastingCommand = await startCommand(serve, env, /Ctrl-C ends it/);
  try {
    const url = `${env['PUBLIC_URL']}/feeds/${slug}.atom`;
    const response = await fetch(url);
    const forReader = await fetch(url, { headers: { 'if-none-match': before?.etag ?? '"none"' } });
    const { messages } = await listMessages(join(temp.folder, 'outbox'));
    return {
      printed: [...running.printed],
      messages: await Promise.all(messages.map((message) => readMessage(join(temp.folder, 'outbox'), message.id))),
      feed: await response.text(),
      etag: response.headers.get('etag') ?? '',
      statusForReader: forReader.status,
    };
  } finally {
    expect(await running.stop()).toBe(0);
  }
}

function messageTo(address: string): StoredMessage {
  const found = first.messages.filter((message) => message.to === address);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** Which posts a message names, in its text part and in its html part alike. */
function titlesIn(message: StoredMessage): string[] {
  const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
  const text = flat(message.text ?? '');
  const html = flat(message.html ?? '').replaceAll('&amp;', '&');
  const named = titles.filter((title) => html.includes(title));
  expect(titles.filter((title) => text.includes(title))).toEqual(named);
  return named;
}

function idsIn(feed: string): string[] {
  return [...feed.matchAll(/<id>(.*?)<\/id>/g)].map((match) => match[1] ?? '');
}

function entriesIn(feed: string): Map<string, string> {
  const entries = feed.match(/<entry\b[\s\S]*?<\/entry>/g) ?? [];
  return new Map(entries.map((entry) => [idsIn(entry)[0] ?? '', entry]));
}

describe('the first start', () => {
  test('sends each sample reader one digest with the posts of their topics', () => {
    expect(first.messages).toHaveLength(sample.subscribers.length);
    expect(titlesIn(messageTo('amaya.ortiz@example.org'))).toEqual(titles);
    expect(titlesIn(messageTo('ben.whitlock@example.org'))).toEqual(leadership);
    expect(titlesIn(messageTo('chiara.fontana@example.org'))).toEqual(papersAndTeaching);
  });

  test('sends what a mail program and the law expect', () => {
    for (const message of first.messages) {
      const header = (name: string): string | undefined => message.headers.find(([key]) => key.toLowerCase() === name)?.[1];
      expect(header('list-unsubscribe')).toContain(`<${env['PUBLIC_URL']}/`);
      expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
      expect(message.messageId).toMatch(/^<[^@\s]+@[^@\s]+>$/);
      expect(message.text?.replaceAll(/\s+/g, ' ')).toContain(sample.newsletter.postalAddress);
      expect(message.html).not.toMatch(/[\uFDD0\uFDD1]/);
      expect(Buffer.byteLength(message.html ?? '')).toBeLessThan(102 * 1024);
    }
  });

  test('names each paper by a link to the document', () => {
    const html = messageTo('chiara.fontana@example.org').html ?? '';
    const papers = [
      'working-paper-7-the-principals-who-stay',
      'looking-before-judging',
      'homework-what-we-know',
      'homework-a-page-for-families',
    ];
    for (const paper of [...papers, 'annual-lecture-the-patience-of-institutions'])
      expect(html).toMatch(new RegExp(`href="[^"]*/${paper}\\.pdf"`));
  });

  test('publishes each post once in the feed', () => {
    expect(first.feed.match(/<entry\b/g)).toHaveLength(titles.length);
    const ids = [...entriesIn(first.feed).keys()];
    expect(ids).toHaveLength(titles.length);
    for (const id of ids) expect(id).toMatch(/^tag:[a-z0-9.-]+,\d{4}/);
  });

  test('says what happened and where to look', () => {
    const said = first.printed.join('\n');
    expect(said).toMatch(/14 released/);
    expect(said).toContain(`${env['PUBLIC_URL']}/outbox`);
    expect(said).toContain(`${env['PUBLIC_URL']}/feeds/${slug}.atom`);
  });
});

describe('the second start', () => {
  test('sends nothing', () => {
    expect(second.messages.map((message) => message.id)).toEqual(first.messages.map((message) => message.id));
  });

  test('publishes the same bytes, so that a reader gets 304', () => {
    expect(second.feed).toBe(first.feed);
    expect(second.statusForReader).toBe(304);
  });
});

describe('a start after a post was revised', () => {
  test('sends nothing, because everybody had the post', async () => {
    expect(third.printed.join('\n')).toMatch(/1 revised/);
    expect(third.messages.map((message) => message.id)).toEqual(first.messages.map((message) => message.id));
    for (const schedule of sample.schedules) {
      const sent = await runCommand(send, ['--newsletter', slug, '--schedule', schedule.name, '--yes'], env);
      expect(sent.exitCode).toBe(0);
      expect(sent.printed.join('\n')).toMatch(/Nothing is due/);
    }
  });

  test('changes the one entry of the feed and no id', () => {
    expect(third.statusForReader).toBe(200);
    const before = entriesIn(first.feed);
    const after = entriesIn(third.feed);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const changed = [...after].filter(([id, entry]) => before.get(id) !== entry).map(([, entry]) => entry);
    expect(changed).toHaveLength(1);
    expect(changed[0]).toContain('until 24 April');
  });
});

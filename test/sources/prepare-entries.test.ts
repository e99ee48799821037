import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import type { SourceReader } from '../../src/reading/source-reader.ts';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { EntriesTask } from '../../src/sources/collecting/source-task.ts';
import { findEntryKeys } from '../../src/posts/identity/identity.ts';
import { prepareEntries } from '../../src/sources/collecting/prepare-entries.ts';
import { examineAddress } from '../../src/sources/examine-address.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { entryOf } from '../support/entry-of.ts';
import { addTestSource, collectPorts, startFeedSite, testClock, testReader, type FeedSite } from '../support/feed-site.ts';

// The beginning of what is longer is read; the most that a post may hold costs a fraction of a second.
const hostile = (markup: string, length = 300_000): string => markup.repeat(Math.ceil(length / markup.length));

let reader: SourceReader;

/** The most processor time, in milliseconds, that this thread took between two looks at the clock while the work was done. */
async function watchTurns(work: () => Promise<unknown>): Promise<number> {
  let longestMs = 0;
  let turnMs = startCpuTimer();
  const watch = setInterval(() => {
    longestMs = Math.max(longestMs, turnMs());
    turnMs = startCpuTimer();
  }, 1);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(longestMs, turnMs());
}

beforeAll(() => {
  reader = testReader(testClock().clock);
});

afterAll(() => reader.close());

describe('entries are prepared in a thread of their reader', () => {
  test('in their order, as they would be here', async () => {
    const many = Array.from({ length: 150 }, (_, index) => entryOf({ id: `urn:many-${index}`, html: `<p>${index}</p>` }));
    const sizes: number[] = [];
    const counting = {
      runInThread<Result>(task: { readonly kind: string }): Promise<Result> {
        sizes.push((task as EntriesTask).entries.length);
        return reader.runInThread<Result>(task);
      },
    };
    expect((await prepareEntries(counting, many)).map(({ content }) => content.html)).toEqual(many.map(({ html }) => html));
    expect(sizes).toEqual([64, 64, 22]);
    await prepareEntries(counting, [entryOf({ html: hostile('&') }), entryOf({ html: hostile('&') }), entryOf({ html: hostile('&') })]);
    expect(sizes.slice(3)).toEqual([2, 1]);
    const entries = ['<p>One</p>', '<p>Two <a href="/x.pdf">PDF</a></p>', ''].map((html, index) => entryOf({ id: `urn:${index}`, html }));
    expect(await prepareEntries(reader, entries)).toEqual(entries.map((entry) => contentFromEntry(entry)));
    expect(await prepareEntries(reader, [])).toEqual([]);
  });

  test.each([
    ['links to one document', '<a href="x.pdf">a</a>'],
    ['linked pictures', '<a href="b"><img src="c.jpg"></a>'],
    ['cells', '<td>a'],
    ['addresses', 'https://x.example/y\n\n'],
    ['marks', '&'],
  ])('so that those that mean ill take no turn of the process: %s', async (_, markup) => {
    const entries = Array.from({ length: 4 }, (__, index) => entryOf({ id: `urn:${index}`, html: hostile(markup, 150_000) }));
    // The least of three: while another program has the processor, the work of the thread counts as if it were a turn of ours.
    let longestMs = Infinity;
    for (let tries = 0; tries < 3 && longestMs >= 200; tries++)
      longestMs = Math.min(longestMs, await watchTurns(async () => expect(await prepareEntries(reader, entries)).toHaveLength(4)));
    expect(longestMs).toBeLessThan(200);
  });
});

describe('collecting a document that means ill', () => {
  test('takes no turn of the process: long addresses full of what tracks', async () => {
    const [db, site] = await Promise.all([createTestDatabase(), startFeedSite()]);
    try {
      const query = Array.from({ length: 280 }, (_, index) => `utm_${index.toString(36)}`).join('&');
      const entries = Array.from({ length: 3_000 }, (_, index) =>
        entryOf({ title: `Post ${index}`, url: `https://site.example/${index}/?${query}` }),
      );
      const items = entries.map(
        ({ title, url = '' }) => `<item><title>${title}</title><link>${url.replaceAll('&', '&amp;')}</link></item>`,
      );
      site.set('/feed', { body: `<rss version="2.0"><channel><title>T</title>${items.join('')}</channel></rss>` });
      const { id: sourceId } = await addTestSource(db.database, `${site.url}/feed`);
      const longestTurnMs = await watchTurns(async () => {
        expect(await collectSource(collectPorts(db.database, reader, testClock().clock), sourceId)).toMatchObject({ knownCount: 3_000 });
      });
      // What it would take here, on a machine as busy as it is now: twice as long as the longest turn.
      const usedMs = startCpuTimer();
      findEntryKeys(entries, { sourceUrl: `${site.url}/feed` });
      expect(longestTurnMs).toBeLessThan(usedMs());
    } finally {
      await Promise.all([db.drop(), site.close()]);
    }
  });
});

test('the portions of one document have the time of one document together', async () => {
  const entries = Array.from({ length: 40 }, (_, index) =>
    entryOf({ id: `urn:${index}`, html: hostile('<a href="b"><img src="c.jpg"></a>') }),
  );
  const strict = testReader(testClock().clock, { parseTimeoutMs: 1_500 });
  try {
    expect(await prepareEntries(strict, entries.slice(0, 2))).toHaveLength(2);
    await expect(prepareEntries(strict, entries)).rejects.toMatchObject({ code: 'timeout' });
    // Nothing of it is counted against the next document.
    expect(await prepareEntries(strict, entries.slice(2, 4))).toHaveLength(2);
  } finally {
    await strict.close();
  }
});

describe('a document whose entries take more than a document may', () => {
  let db: TestDatabase;
  let site: FeedSite;

  beforeAll(async () => {
    [db, site] = await Promise.all([createTestDatabase(), startFeedSite()]);
  });

  afterAll(async () => {
    await Promise.all([db.drop(), site.close()]);
  });

  test('fails with a reason, withdraws and stores nothing, and is read again when it takes less', async () => {
    const { clock } = testClock();
    // Its threads have time for nothing; documents are read by the other.
    const hasty = testReader(clock, { parseTimeoutMs: 20 });
    const ports = collectPorts(db.database, reader, clock);
    try {
      const atom = (body: string): string =>
        `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><title>T</title><id>urn:f</id><updated>2026-04-01T00:00:00Z</updated>${body}</feed>`;
      const entry = (id: number, html: string): string =>
        `<entry><id>urn:${id}</id><title>Post number ${id}</title><link href="https://site.example/${id}/"/><updated>2026-04-01T00:00:00Z</updated><content type="html"><![CDATA[${html}]]></content></entry>`;
      site.set('/feed', { body: atom(entry(1, '<p>Words.</p>')) });
      const { id: sourceId } = await addTestSource(db.database, `${site.url}/feed`, { firstRead: 'release' });
      expect(await collectSource(ports, sourceId)).toMatchObject({ outcome: 'read', newCount: 1 });
      const withdrawn = '<at:deleted-entry ref="urn:1" when="2026-04-02T00:00:00Z"/>';
      const bad = [2, 3].map((id) => entry(id, hostile('<a href="b"><img src="c.jpg"></a>'))).join('');
      site.set('/feed', { body: atom(bad + withdrawn) });
      const stateOfFirst = async (): Promise<unknown> =>
        (await db.database.query(`select state from post where id = (select min(id) from post)`)).rows;
      const withoutTime = { ...ports, reader: { ...reader, runInThread: hasty.runInThread } };
      expect(await collectSource(withoutTime, sourceId, { force: true })).toMatchObject({
        outcome: 'failed',
        reason: 'Expected a document that is read in 20 ms of processor time, got one that takes more',
        newCount: 0,
        retractedCount: 0,
      });
      expect(await stateOfFirst()).toEqual([{ state: 'released' }]);
      expect(await examineAddress(withoutTime.reader, { url: `${site.url}/feed`, kind: 'feed' })).toEqual({
        kind: 'unreadable',
        code: 'timeout',
        reason: 'Expected a document that is read in 20 ms of processor time, got one that takes more',
      });
      expect(await collectSource(ports, sourceId, { force: true })).toMatchObject({ outcome: 'read', newCount: 2, retractedCount: 1 });
      expect(await stateOfFirst()).toEqual([{ state: 'retracted' }]);
    } finally {
      await hasty.close();
    }
  });
});

describe('A text that is too long', () => {
  const read = (html: string): string => contentFromEntry(entryOf({ html, url: 'https://example.org/book/' })).content.html;
  const mark = '<p><a href="https://example.org/book/">…</a></p>';

  test('ends with a whole block and a mark that leads to its page', () => {
    const html = read('<p>One <em>more</em> line of a book that never ends.</p>'.repeat(20_000));
    expect(html.endsWith(`<p>One <em>more</em> line of a book that never ends.</p>${mark}`)).toBe(true);
    expect(html.length).toBeLessThan(310_000);
  });

  test('ends before a tag where it has no blocks', () => {
    expect(read('word <b>bold</b> '.repeat(30_000))).toMatch(
      /(bold<\/strong>|bold<\/b>|word)<\/p><p><a href="https:\/\/example\.org\/book\/">…<\/a><\/p>$/,
    );
  });

  test('is whole and unmarked at sixty thousand words of prose in short paragraphs', () => {
    const html = `<p>${'Words of prose. '.repeat(12)}</p>`.repeat(1_400);
    expect(read(html)).not.toContain('…');
  });
});

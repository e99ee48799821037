import { describe, expect, test } from '@jest/globals';
import { identifyEntries } from '../../src/posts/identity.ts';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { prepareEntries } from '../../src/sources/prepare-entries.ts';
import type { PreparedEntry } from '../../src/posts/storing-plan.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { entryOf } from '../support/entry-of.ts';

interface Measured {
  readonly prepared: PreparedEntry[];
  /** Of processor time. */
  readonly longestTurnMs: number;
  readonly turnCount: number;
}

/** Prepares entries while a watcher takes its turn as often as it gets one. */
async function prepareWatched(count: number, html: string): Promise<Measured> {
  const entries = Array.from({ length: count }, (_, index) => entryOf({ id: `urn:${index}`, url: `https://example.org/${index}`, html }));
  const identified = identifyEntries(entries, { sourceUrl: 'https://example.org/feed' });
  let turnCount = 0;
  let longestTurnMs = 0;
  let isDone = false;
  let turnMs = startCpuTimer();
  const watch = (): void => {
    longestTurnMs = Math.max(longestTurnMs, turnMs());
    turnMs = startCpuTimer();
    turnCount += 1;
    if (!isDone) setImmediate(watch);
  };
  setImmediate(watch);
  const prepared = await prepareEntries(identified);
  isDone = true;
  return { prepared, longestTurnMs, turnCount };
}

describe('Entries that mean ill leave the process its turns', () => {
  test.each([
    ['links to one document', '<a href="x.pdf">a</a>'],
    ['linked pictures', '<a href="b"><img src="c.jpg"></a>'],
    ['cells', '<td>a'],
    ['addresses', 'https://x.example/y\n\n'],
    ['marks', '&'],
  ])('also between few large ones: %s', async (_, markup) => {
    const { prepared, longestTurnMs, turnCount } = await prepareWatched(3, markup.repeat(Math.ceil(800_000 / markup.length)));
    expect(prepared).toHaveLength(3);
    expect(turnCount).toBeGreaterThanOrEqual(2);
    // A fraction of a second on an idle machine.
    expect(longestTurnMs).toBeLessThan(2_000);
  });

  test('small ones share a turn', async () => {
    const { turnCount } = await prepareWatched(50, '<p>Text.</p>');
    expect(turnCount).toBeLessThan(25);
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

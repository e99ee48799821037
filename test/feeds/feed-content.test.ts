import { expect, test } from '@jest/globals';
import { findRepeats, type PostingHabits } from '../../src/content/clutter/repeats.ts';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { feedFromPosts } from '../../src/feeds/feed-content.ts';
import { entryOf } from '../support/entry-of.ts';

function feedEntryOf(html: string, habits?: PostingHabits) {
  const { content } = contentFromEntry(entryOf({ title: 'A post', url: 'https://example.org/p/', html }));
  const at = new Date(0);
  const of = { postId: '1', revision: 1, tagId: 'tag:x', state: 'released', publishedAt: at, updatedAt: at, topics: [] } as const;
  const head = { feedId: 'x', name: 'x', language: 'en', senderName: 'x', createdAt: at } as Parameters<typeof feedFromPosts>[0];
  const urls = { selfUrl: 'https://example.org/feed', alternateUrl: 'https://example.org/' };
  return feedFromPosts(head, [{ ...content, ...of }], urls, habits && new Map([['1', habits]])).entries[0]!;
}

const feedHtmlOf = (html: string): string => feedEntryOf(html).html;

test('what a system added is not in it, and what posts repeat is until staff want it trimmed', () => {
  const helpline = '<p>Call our helpline.</p>';
  const html = `${helpline}<p>News of <a href="/report.pdf">a paper</a>.</p><div class="subscription-widget"><p>Subscribe for free.</p></div>`;
  const repeats = findRepeats([1, 2, 3].map((number) => `<p>${number}</p>${helpline}`));
  const news = '<p>News of <a href="https://example.org/report.pdf">a paper</a>.</p>';
  expect(feedEntryOf(html, { repeats, trims: false })).toMatchObject({ html: helpline + news, summary: 'News of a paper.' });
  expect(feedEntryOf(html, { repeats, trims: true })).toMatchObject({ html: news, summary: 'News of a paper.' });
});

test.each(['/report.pdf', '/report.pdf#page=3'])('a paper that the text links is linked once: %s', (href) => {
  const html = feedHtmlOf(`<p>The council says so in <a href="${href}">its report of the year</a>, and more.</p>`);
  expect(html).toBe(`<p>The council says so in <a href="https://example.org${href}">its report of the year</a>, and more.</p>`);
});

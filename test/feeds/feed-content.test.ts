import { expect, test } from '@jest/globals';
import { findRepeats, type PostingHabits } from '../../src/content/clutter/repeats.ts';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { feedFromPosts } from '../../src/feeds/feed-content.ts';
import type { FeedEntry } from '../../src/feeds/feed.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { entryOf } from '../support/entry-of.ts';

function feedEntryOf(more: Partial<Entry>, publishedAt: Date = new Date(0), habits?: PostingHabits): FeedEntry {
  const { content } = contentFromEntry(entryOf({ title: 'A post', url: 'https://example.org/p/', ...more }));
  const at = new Date(0);
  const of = { postId: '1', revision: 1, tagId: 'tag:x', state: 'released', publishedAt, updatedAt: at, topics: [] } as const;
  const head = { feedId: 'x', name: 'x', language: 'en', senderName: 'x', createdAt: at } as Parameters<typeof feedFromPosts>[0];
  const urls = { selfUrl: 'https://example.org/feed', alternateUrl: 'https://example.org/' };
  return feedFromPosts(head, [{ ...content, ...of }], urls, habits && new Map([['1', habits]])).entries[0]!;
}

const feedHtmlOf = (html: string): string => feedEntryOf({ html }).html;

test('what a system added is not in it, and what posts repeat is until staff want it trimmed', () => {
  const helpline = '<p>Call our helpline.</p>';
  const html = `${helpline}<p>News of <a href="/report.pdf">a paper</a>.</p><div class="subscription-widget"><p>Subscribe for free.</p></div>`;
  const repeats = findRepeats([1, 2, 3].map((number) => `<p>${number}</p>${helpline}`));
  const news = '<p>News of <a href="https://example.org/report.pdf">a paper</a>.</p>';
  expect(feedEntryOf({ html }, undefined, { repeats, trims: false })).toMatchObject({ html: helpline + news, summary: 'News of a paper.' });
  expect(feedEntryOf({ html }, undefined, { repeats, trims: true })).toMatchObject({ html: news, summary: 'News of a paper.' });
});

test.each(['/report.pdf', '/report.pdf#page=3'])('a paper that the text links is linked once: %s', (href) => {
  const html = feedHtmlOf(`<p>The council says so in <a href="${href}">its report of the year</a>, and more.</p>`);
  expect(html).toBe(`<p>The council says so in <a href="https://example.org${href}">its report of the year</a>, and more.</p>`);
});

const cover = { url: 'https://example.org/cover.jpg', width: 1400, height: 1400, alt: 'A microphone' };

test('a picture that is stated beside the text stands above it, as in a digest, once', () => {
  expect(feedEntryOf({ html: '<p>Words.</p>', image: cover }).html).toBe(
    '<figure><a href="https://example.org/p/"><img src="https://example.org/cover.jpg" alt="A microphone"></a></figure><p>Words.</p>',
  );
  expect(
    feedEntryOf({ html: '<p>Words.</p><p><img src="/cover-300x300.jpg" alt="A"></p>', image: cover }).html.match(/<img/g),
  ).toHaveLength(1);
});

test.each([
  ['en', 'audio/mpeg', 'Listen to “A post”'],
  ['de', 'audio/mpeg', '„A post“ anhören'],
  ['es', 'video/mp4', 'Ver «A post»'],
])('the link to a recording says what it is: %s %s', (language, mediaType, label) => {
  const entry = feedEntryOf({ language, html: '<p>Words.</p>', enclosures: [{ url: 'https://example.org/ep27.mp3', mediaType }] });
  expect(entry.html).toBe(`<p>Words.</p><p><a href="https://example.org/ep27.mp3">${label}</a></p>`);
});

test('a post that is dated ahead was not updated before it', () => {
  const ahead = new Date('2030-01-01T00:00:00Z');
  expect(feedEntryOf({ html: '<p>Words.</p>' }, ahead).updatedAt).toEqual(ahead);
});

test('text that is read from right to left says so, all other says nothing of it', () => {
  expect(feedHtmlOf('<p>مكتبة هادئة.</p>')).toBe('<div dir="rtl"><p>مكتبة هادئة.</p></div>');
  expect(feedHtmlOf('<p>A quiet library (مكتبة).</p>')).toBe('<p>A quiet library (مكتبة).</p>');
});

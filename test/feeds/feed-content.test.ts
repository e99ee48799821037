import { expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { feedFromPosts } from '../../src/feeds/feed-content.ts';
import { entryOf } from '../support/entry-of.ts';

function feedHtmlOf(html: string): string {
  const { content } = contentFromEntry(entryOf({ title: 'A post', url: 'https://example.org/p/', html }));
  const at = new Date(0);
  const of = { postId: '1', revision: 1, tagId: 'tag:x', state: 'released', publishedAt: at, updatedAt: at, topics: [] } as const;
  const head = { feedId: 'x', name: 'x', language: 'en', senderName: 'x', createdAt: at } as Parameters<typeof feedFromPosts>[0];
  const urls = { selfUrl: 'https://example.org/feed', alternateUrl: 'https://example.org/' };
  return feedFromPosts(head, [{ ...content, ...of }], urls).entries[0]!.html;
}

test.each(['/report.pdf', '/report.pdf#page=3'])('a paper that the text links is linked once: %s', (href) => {
  const html = feedHtmlOf(`<p>The council says so in <a href="${href}">its report of the year</a>, and more.</p>`);
  expect(html).toBe(`<p>The council says so in <a href="https://example.org${href}">its report of the year</a>, and more.</p>`);
});

test('text that is read from right to left says so, all other says nothing of it', () => {
  expect(feedHtmlOf('<p>مكتبة هادئة.</p>')).toBe('<div dir="rtl"><p>مكتبة هادئة.</p></div>');
  expect(feedHtmlOf('<p>A quiet library (مكتبة).</p>')).toBe('<p>A quiet library (مكتبة).</p>');
});

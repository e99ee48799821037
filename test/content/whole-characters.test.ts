import { expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { findEntryKeys, identifyEntries, statedHashOf } from '../../src/posts/identity/identity.ts';
import { parseSourceDocument } from '../../src/reading/parsing/parse-document.ts';

// Postgres refuses half a character in jsonb, and with it all posts of the document.
test.each([0, 1])('no text of a post is cut within a character, wherever its limit falls: %s', (shift) => {
  const long = `${'a'.repeat(shift)}${'😀'.repeat(3_000)}`;
  const words = `${'a'.repeat(shift)}${'😀 '.repeat(200_000)}`;
  const html = `<p>Words. <a href="https://e.org/b" title="${long}">x</a> <a href="https://e.org/a.pdf" title="${long}">${long}</a></p>
    <p><img src="https://e.org/i.jpg" width="400" height="300" alt="${long}"></p><iframe src="https://www.youtube.com/embed/abcdefghijk" title="${long}"></iframe>
    <video src="https://e.org/v.mp4" title="${long}"></video><p>${long}</p><p>${words}</p>`;
  const item = (id: string, text: string): string =>
    `<item><guid isPermaLink="false">${id}${long}</guid><title>${long}</title><author>${long}</author><category>${long}</category>
     <description><![CDATA[${text}]]></description><enclosure url="https://e.org/i.jpg" type="image/jpeg" length="7"/></item>`;
  const document = `<rss version="2.0"><channel><title>${long}</title>${item('a', html)}${item('b', `<p>${words}${words}</p>`)}</channel></rss>`;
  const { entries, title } = parseSourceDocument(Buffer.from(document), { url: 'https://e.org/feed/' });
  const keys = findEntryKeys(entries, { sourceUrl: 'https://e.org/feed/' });
  const stated = entries.map((entry, index) => ({ entry, ...keys[index]!, statedHash: statedHashOf(entry) }));
  const all = { title, identified: identifyEntries(stated), contents: entries.map((entry) => contentFromEntry(entry)) };
  expect(entries).toHaveLength(2);
  // JSON writes half a character as its number.
  expect(JSON.stringify(all)).not.toMatch(/\\ud[89a-f]/i);
});

import { describe, expect, test } from '@jest/globals';
import { mediaTypeOfUrl } from '../src/content/documents/document-type.ts';
import { element, text as textNode } from '../src/content/html/html-tree.ts';
import { writeHtml } from '../src/content/html/write-html.ts';
import { sanitiseBlocks } from '../src/content/tidy/sanitise.ts';
import { tidyHtml } from '../src/content/tidy/tidy-html.ts';
import { emailHtml } from '../src/render/parts/email-html.ts';
import { fillPlaceholders, longestPlaceholderValues } from '../src/content/text/placeholder.ts';
import { categorySlug } from '../src/reading/formats/category-slug.ts';
import { parseDate } from '../src/reading/formats/parse-date.ts';
import { parseSourceDocument } from '../src/reading/parsing/parse-document.ts';

// Names that every JavaScript object answers to, though nobody put them there.
const inherited = Object.getOwnPropertyNames(Object.prototype);

describe.each(inherited)('a name that every object knows: %s', (name) => {
  test('is a tag like any unknown one', () => {
    const { blocks } = tidyHtml(`<p>Before <${name}>inside</${name}> after</p>`, {});
    // HTML begins the name of a tag with a letter: anything else is text.
    const text = name.startsWith('_') ? `Before &lt;${name}&gt;inside after` : 'Before inside after';
    expect(writeHtml(blocks)).toBe(`<p>${text}</p>`);
    expect(sanitiseBlocks(blocks)).toBe(`<p>${text}</p>`);
  });

  test('gives an element of a mail no style', () => {
    const style = { elements: { p: 'margin:0' }, accent: '#000000', columnWidthPx: 600 };
    const node = element(name, { href: 'x' }, [textNode('inside')]);
    expect(emailHtml([node], style)).toBe(`<${name}>inside</${name}>`);
  });

  test('is no attribute with a meaning', () => {
    const { blocks } = tidyHtml(`<p ${name}="x">Text</p><img src="https://example.org/a.jpg" ${name}="1">`, {});
    expect(sanitiseBlocks(blocks)).toContain('<p>Text</p>');
  });

  test('is no file ending', () => {
    expect(mediaTypeOfUrl(`https://example.org/file.${name}`)).toBeUndefined();
  });

  test('is a category by its letters', () => {
    expect(categorySlug(name, name)).toBe(name.toLowerCase().replaceAll(/[^a-z0-9_]/g, ''));
  });

  test('is no time zone, no language and no period of a feed', () => {
    expect(parseDate(`Mon, 05 Jan 2026 10:00:00 ${name}`)?.getTime()).not.toBeNaN();
    const feed =
      `<rss version="2.0" xmlns:${name}="urn:x" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>F</title><language>${name}</language>` +
      `<sy:updatePeriod>${name}</sy:updatePeriod><item><title>T</title><link>https://example.org/1</link><category>${name}</category><${name}:x>y</${name}:x><${name}>z</${name}></item></channel></rss>`;
    const { entries, pollHints, skipped } = parseSourceDocument(Buffer.from(feed));
    expect(entries).toMatchObject([{ title: 'T', url: 'https://example.org/1', categories: [{ name }] }]);
    expect(pollHints.ttlMinutes).toBeUndefined();
    expect(skipped).toEqual([]);
  });

  test('is no field of a JSON feed', () => {
    const item = `{"id":"1","title":"T","${name}":"x","url":"https://example.org/1","attachments":[{"${name}":{"url":"https://example.org/a.pdf"}}]}`;
    const { entries } = parseSourceDocument(
      Buffer.from(`{"version":"https://jsonfeed.org/version/1.1","title":"F","${name}":{},"items":[${item}]}`),
    );
    expect(entries).toMatchObject([{ id: '1', title: 'T', enclosures: [] }]);
  });

  test('is filled by nothing as a placeholder', () => {
    const mark = `\uFDD0${name.toLowerCase().replaceAll('_', '')}\uFDD1`;
    expect(fillPlaceholders(`a${mark}b`, longestPlaceholderValues, 'text')).toBe('ab');
  });
});

import { describe, expect, test } from '@jest/globals';
import { parseAtomFeed } from 'feedsmith';
import fc from 'fast-check';
import { buildAtom } from '../../src/feeds/atom.ts';
import { resolveReferences } from '../../src/reading/xml/character-reference.ts';
import type { FeedDocument, FeedEntry } from '../../src/feeds/feed.ts';
import { atomProblems } from './atom-rules.ts';

const entry: FeedEntry = {
  id: 'tag:example.org,2026:post/1',
  title: 'On leading',
  url: 'https://example.org/on-leading',
  authors: ['Ann Example'],
  publishedAt: new Date('2026-01-02T03:04:05Z'),
  updatedAt: new Date('2026-01-03T03:04:05Z'),
  summary: 'A few words.',
  html: '<p>Many <b>words</b> &amp; more.</p>',
  categories: [{ term: 'leadership-development', label: 'Leadership Development' }],
  enclosures: [],
};

const feed: FeedDocument = {
  id: 'urn:uuid:1b671a64-40d5-491e-99b0-da01ff1f3341',
  title: 'Weekly',
  language: 'en',
  author: 'The Example Trust',
  selfUrl: 'https://news.example.org/feeds/weekly.atom',
  alternateUrl: 'https://news.example.org/archive/weekly',
  updatedAt: new Date('2026-01-03T03:04:05Z'),
  entries: [entry],
};

function buildWith(changes: Partial<FeedEntry>): { xml: string; parsed: NonNullable<ReturnType<typeof parse>['entries']>[number] } {
  const xml = buildAtom({ ...feed, entries: [{ ...entry, ...changes }] });
  expect(atomProblems(xml)).toEqual([]);
  return { xml, parsed: parse(xml).entries![0]! };
}

function parse(xml: string) {
  return parseAtomFeed(xml);
}

/** The plain text that a reader shows for a text construct. */
function shown(text: { value?: string | undefined; type?: string | undefined } | undefined): string {
  const value = text?.value ?? '';
  return text?.type === 'html' ? resolveReferences(value) : value;
}

describe('An Atom feed', () => {
  test('says back everything that was put into it', () => {
    const xml = buildAtom({ ...feed, subtitle: 'Every Friday' });
    expect(atomProblems(xml)).toEqual([]);
    expect(parse(xml)).toMatchObject({
      id: feed.id,
      title: { value: 'Weekly', type: 'text' },
      subtitle: { value: 'Every Friday' },
      updated: '2026-01-03T03:04:05.000Z',
      authors: [{ name: 'The Example Trust' }],
      xml: { lang: 'en' },
      links: [
        { href: feed.selfUrl, rel: 'self', type: 'application/atom+xml' },
        { href: feed.alternateUrl, rel: 'alternate', type: 'text/html' },
      ],
      entries: [
        {
          id: entry.id,
          title: { value: 'On leading' },
          published: '2026-01-02T03:04:05.000Z',
          updated: '2026-01-03T03:04:05.000Z',
          authors: [{ name: 'Ann Example' }],
          links: [{ href: entry.url, rel: 'alternate' }],
          categories: [{ term: 'leadership-development', label: 'Leadership Development' }],
          summary: { value: 'A few words.' },
          content: { value: entry.html, type: 'html' },
        },
      ],
    });
  });

  test('is the same bytes for the same data', () => {
    expect(buildAtom(feed)).toBe(buildAtom(structuredClone(feed)));
  });

  test('without entries is still valid', () => {
    expect(atomProblems(buildAtom({ ...feed, entries: [] }))).toEqual([]);
  });

  test('names every enclosure with its type, length and title', () => {
    const { parsed } = buildWith({
      enclosures: [
        { url: 'https://example.org/a.pdf?x=1&y=2', mediaType: 'application/pdf', lengthBytes: 1234, title: 'Working "Paper" & more' },
        { url: 'https://example.org/b.pdf', mediaType: 'application/pdf' },
        { url: 'javascript:alert(1)', mediaType: 'application/pdf' },
        { url: 'https://example.org/c', mediaType: 'not a type' },
      ],
    });
    expect(parsed.links?.filter((link) => link.rel === 'enclosure')).toEqual([
      {
        href: 'https://example.org/a.pdf?x=1&y=2',
        rel: 'enclosure',
        type: 'application/pdf',
        length: 1234,
        title: 'Working "Paper" & more',
      },
      { href: 'https://example.org/b.pdf', rel: 'enclosure', type: 'application/pdf' },
      { href: 'https://example.org/c', rel: 'enclosure', type: 'application/octet-stream' },
    ]);
  });

  test('without a length, says none', () => {
    expect(buildWith({ enclosures: [{ url: 'https://example.org/a.pdf', mediaType: 'application/pdf' }] }).xml).not.toContain('length=');
  });

  test.each([
    ['an end of CDATA', 'a ]]> b ]]> <script>alert(1)</script> ]]>'],
    ['a closing tag', '</title></entry><entry>'],
    ['an ampersand', 'R&D &amp; &copy; AT&T'],
    ['digits', '2026'],
    ['an entity of its own', '&#x3C;b&#x3E;'],
  ])('keeps a title with %s as text', (_what, title) => {
    const { parsed } = buildWith({ title });
    expect(shown(parsed.title)).toBe(title);
  });

  test('keeps html with ends of CDATA whole and injects nothing', () => {
    const html = '<p>x ]]> y ]]></p>\n<pre>a\n  </pre><p>]]></content><entry/></p>';
    const { parsed } = buildWith({ html });
    expect(parsed.content?.value).toBe(html);
  });

  test('leaves out what XML cannot carry', () => {
    const { xml, parsed } = buildWith({ title: 'a\u0000b\u0008c\uD800d\uFFFFe\uFDD0f', html: '<p>x\u000By\uDFFF</p>' });
    expect(parsed.title?.value).toBe('abcdef');
    expect(parsed.content?.value).toBe('<p>xy</p>');
    expect(Buffer.from(xml, 'utf8').toString('utf8')).toBe(xml);
  });

  test('states no line breaks around a name, and no address in it', () => {
    const { xml } = buildWith({ authors: ['Ann & <Bob>', 'carol@example.org (Carol)', 'dave@example.org', 'Eve\n  Example'] });
    expect(xml).toContain('<name><![CDATA[Ann & <Bob>]]></name>');
    expect(xml).not.toContain('@');
    expect(parse(xml).entries?.[0]?.authors).toEqual([{ name: 'Ann & <Bob>' }, { name: '(Carol)' }, { name: 'Eve Example' }]);
  });

  test('gives an entry its language only where it differs', () => {
    expect(buildWith({ language: 'es' }).parsed.xml).toEqual({ lang: 'es' });
    expect(buildWith({ language: 'en' }).parsed.xml).toBeUndefined();
    expect(buildWith({ language: 'not a language' }).parsed.xml).toBeUndefined();
  });

  test('writes links in the characters that URIs have', () => {
    const { parsed } = buildWith({ url: 'https://example.org/ünï|cödé/[1]?q={x}' });
    expect(parsed.links?.[0]?.href).toBe('https://example.org/%C3%BCn%C3%AF%7Cc%C3%B6d%C3%A9/%5B1%5D?q=%7Bx%7D');
  });

  test('without link, content and summary says at least its title', () => {
    const xml = buildAtom({ ...feed, entries: [withoutUrl({ ...entry, html: ' ', summary: '' })] });
    expect(atomProblems(xml)).toEqual([]);
    expect(parse(xml).entries?.[0]?.content?.value).toBe('On leading');
  });

  test('whatever texts posts hold, it is well-formed and says them back', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, text, (title, summary, html, name) => {
        const safeTitle = title.replaceAll(/[^\x20-\x7E]/g, '').trim() || 'x';
        const xml = buildAtom({
          ...feed,
          entries: [{ ...entry, title: safeTitle, summary, html, authors: [name], categories: [{ term: 'x', label: name || 'x' }] }],
        });
        expect(atomProblems(xml)).toEqual([]);
        const [parsed] = parse(xml).entries ?? [];
        expect(parse(xml).entries).toHaveLength(1);
        expect(shown(parsed?.title)).toBe(safeTitle.replaceAll(/\s+/g, ' '));
      }),
      { numRuns: 300 },
    );
  });
});

function withoutUrl(from: FeedEntry): FeedEntry {
  const { url: _url, ...rest } = from;
  return rest;
}

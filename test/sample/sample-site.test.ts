import { describe, expect, test } from '@jest/globals';
import { sample } from '../../sample/sample.ts';
import { createSampleSite, sampleFeedPaths } from '../../sample/sample-site.ts';

const baseUrl = 'http://127.0.0.1:8080';
const site = createSampleSite({ baseUrl });

function read(path: string, headers: Record<string, string> = {}): string {
  return String(site.handle(path, headers)?.body);
}

function itemsOf(feed: string): string[] {
  return feed.match(/<item>[\s\S]*?<\/item>/g) ?? [];
}

describe('the sample site', () => {
  test('states all posts in its feed, newest first, and the same bytes each time', () => {
    const feed = read(sampleFeedPaths.all);
    expect(itemsOf(feed)).toHaveLength(14);
    expect(feed).toBe(String(createSampleSite({ baseUrl }).handle(sampleFeedPaths.all)?.body));
    const dates = [...feed.matchAll(/<pubDate>(.*?)<\/pubDate>/g)].map((match) => Date.parse(match[1] ?? ''));
    expect(dates).toEqual(dates.toSorted((a, b) => b - a));
  });

  test('keeps every guid when its address changes', () => {
    const guids = (feed: string): string[] => feed.match(/<guid.*?<\/guid>/g) ?? [];
    const elsewhere = String(createSampleSite({ baseUrl: 'https://letters.example.net/' }).handle(sampleFeedPaths.all)?.body);
    expect(guids(elsewhere)).toEqual(guids(read(sampleFeedPaths.all)));
    expect(elsewhere).toContain('<link>https://letters.example.net/sample/2025/10/the-head-teachers-calendar/</link>');
  });

  test('states the posts of its category feed in the main feed too', () => {
    const main = read(sampleFeedPaths.all);
    const items = itemsOf(read(sampleFeedPaths.leadership));
    expect(items).toHaveLength(6);
    for (const item of items) {
      expect(main).toContain(item);
      expect(item).toContain('<category><![CDATA[Leadership Development]]></category>');
    }
  });

  test('has, among its papers, one with two, one without a title and one that is a quotation only', () => {
    const items = itemsOf(read(sampleFeedPaths.all));
    const withTwo = items.filter((item) => item.match(/<div class="wp-block-file">/g)?.length === 2);
    const untitled = items.filter((item) => item.includes('<title></title>'));
    const quotations = items.filter((item) =>
      /<content:encoded><!\[CDATA\[<blockquote[^>]*>(?:(?!<\/?blockquote)[\s\S])*<\/blockquote>\]\]>/.test(item),
    );
    expect([withTwo.length, untitled.length, quotations.length]).toEqual([1, 1, 1]);
    for (const item of [withTwo, untitled, quotations].flat()) expect(item).toMatch(/\.pdf"/);
  });

  test('shows one post as revised to those who come back, and then answers 304', () => {
    const first = site.handle(sampleFeedPaths.all);
    expect(String(first?.body)).toContain('<strong>until 31 March</strong>');
    const second = site.handle(sampleFeedPaths.all, { 'if-none-match': first?.etag });
    expect(second?.status).toBe(200);
    expect(String(second?.body)).toContain('<strong>until 24 April</strong>');
    expect(itemsOf(String(second?.body))).toHaveLength(14);
    const third = site.handle(sampleFeedPaths.all, { 'if-none-match': second?.etag, 'if-modified-since': 'Mon, 01 Jan 1990 00:00:00 GMT' });
    expect(third).toMatchObject({ status: 304, body: '' });
    expect(site.handle(sampleFeedPaths.all, { 'if-modified-since': second?.lastModified })?.status).toBe(304);
  });

  test('chooses the revision by query', () => {
    expect(read(`${sampleFeedPaths.all}?revision=2`)).toContain('until 24 April');
    expect(read(`${sampleFeedPaths.all}?revision=1`, { 'if-none-match': '"other"' })).toContain('until 31 March');
  });

  test('serves every page, picture and paper that its documents name', () => {
    const pages = [read('/sample/'), read(sampleFeedPaths.all), read('/sample/category/leadership-development/')];
    const urls = new Set(
      pages.flatMap((page) => [...page.matchAll(/http:\/\/127\.0\.0\.1:8080(\/sample\/[^"'<\s]*)/g)].map((match) => match[1] ?? '')),
    );
    expect(urls.size).toBeGreaterThan(30);
    const missing = [...urls].filter((url) => site.handle(url)?.status !== 200);
    expect(missing).toEqual([]);
    for (const page of pages) expect(page).not.toContain('https://ferrow.example/wp-content');
  });

  test('states the true length of each enclosure', () => {
    const enclosures = [...read(sampleFeedPaths.all).matchAll(/<enclosure url="([^"]+)" length="(\d+)" type="application\/pdf"/g)];
    expect(enclosures).toHaveLength(2);
    for (const [, url = '', length] of enclosures) {
      const file = site.handle(new URL(url).pathname);
      expect(file?.contentType).toBe('application/pdf');
      expect(file?.body.length).toBe(Number(length));
    }
  });

  test('has only papers that are PDF documents with a sound cross-reference table', () => {
    const papers = new Set([...read(sampleFeedPaths.all).matchAll(/\/sample\/wp-content\/uploads\/[^"?]+\.pdf/g)].map((match) => match[0]));
    expect(papers.size).toBe(6);
    for (const path of papers) {
      const bytes = Buffer.from(site.handle(path)?.body ?? '');
      const text = bytes.toString('latin1');
      expect(text).toMatch(/^%PDF-1\.4\n/);
      const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
      const rows = [...text.slice(start).matchAll(/(\d{10}) 00000 n /g)];
      expect(rows.length).toBeGreaterThan(8);
      rows.forEach((row, i) => expect(text.slice(Number(row[1]))).toMatch(new RegExp(`^${i + 1} 0 obj\n`)));
    }
  });

  test('knows nothing outside its own documents', () => {
    for (const path of ['/sample/nothing/', '/sample/wp-content/uploads/2025/10/..%2f..%2fsite.json', '/sample/%', '/', '/samples']) {
      expect(site.handle(path)).toBeUndefined();
    }
  });
});

describe('the description of the demo', () => {
  test('names only schedules, topics and categories that exist', () => {
    const feed = read(sampleFeedPaths.all);
    const slugs = [...feed.matchAll(/<category><!\[CDATA\[(.*?)\]\]>/g)].map((match) =>
      (match[1] ?? '')
        .replaceAll(/&\w+; /g, '')
        .toLowerCase()
        .replaceAll(' ', '-'),
    );
    const topics: string[] = sample.topics.map((topic) => topic.slug);
    for (const topic of sample.topics) for (const category of topic.categories) expect(slugs).toContain(category);
    for (const subscriber of sample.subscribers) {
      expect(sample.schedules.map((schedule) => schedule.name)).toContain(subscriber.schedule);
      for (const topic of subscriber.topics ?? []) expect(topics).toContain(topic);
    }
    for (const source of sample.sources) expect(site.handle(source.path)?.status).toBe(200);
  });

  test('writes to nobody outside the domains that are reserved for examples', () => {
    for (const { address } of sample.subscribers) expect(address).toMatch(/@example\.org$/);
    expect(sample.newsletter.senderAddress).toMatch(/\.example$/);
  });
});

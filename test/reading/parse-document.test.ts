import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { describe, expect, test } from '@jest/globals';
import type { Entry, SourceDocument } from '../../src/reading/entry.ts';
import { parseSourceDocument, type DocumentFacts } from '../../src/reading/parsing/parse-document.ts';
import { SourceError } from '../../src/reading/source-error.ts';

const now = new Date('2026-01-02T03:04:05Z');

function parse(document: string | Buffer, facts: DocumentFacts = {}): SourceDocument {
  return parseSourceDocument(Buffer.from(document as string), { now, ...facts });
}

function rssItem(item: string, facts: DocumentFacts = {}, channel = ''): Entry {
  const document = `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:a10="http://www.w3.org/2005/Atom"><channel>${channel}<item>${item}</item></channel></rss>`;
  return first(parse(document, facts));
}

function atomEntry(entry: string, facts: DocumentFacts = {}, feed = '', attributes = ''): Entry {
  return first(parse(`<feed xmlns="http://www.w3.org/2005/Atom" ${attributes}>${feed}<entry>${entry}</entry></feed>`, facts));
}

function first(document: SourceDocument): Entry {
  const [entry] = document.entries;
  if (entry === undefined) throw new Error(`Expected an entry, got ${JSON.stringify(document)}`);
  return entry;
}

function refusal(document: string | Buffer): string {
  try {
    parse(document);
  } catch (error) {
    if (error instanceof SourceError) return error.code;
    throw error;
  }
  return 'read';
}

describe('RSS', () => {
  test('gives every field', () => {
    const entry = rssItem(
      `<title>Tom &amp; Jerry</title><link> https://example.org/1 </link><guid isPermaLink="false">id-1</guid>
       <pubDate>Tue, 05 Apr 2022 19:50:17 +0200</pubDate><a10:updated>2022-04-06T00:00:00Z</a10:updated>
       <dc:creator>Ann</dc:creator><author>bob@example.org (Bob)</author>
       <category>Leadership Development</category><category domain="https://example.org/tags">Notes</category>
       <description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded>
       <enclosure url=" https://example.org/a.pdf " type="Application/PDF; x=1" length="1234"/><dc:language>fr</dc:language>`,
    );
    expect(entry).toEqual({
      id: 'id-1',
      hasOwnId: true,
      url: 'https://example.org/1',
      title: 'Tom & Jerry',
      html: '<p>long</p>',
      summary: 'short',
      authors: ['Ann', 'Bob'],
      categories: [
        { name: 'Leadership Development', slug: 'leadership-development', kind: 'category' },
        { name: 'Notes', slug: 'notes', scheme: 'https://example.org/tags', kind: 'tag' },
      ],
      publishedAt: new Date('2022-04-05T17:50:17Z'),
      updatedAt: new Date('2022-04-06T00:00:00Z'),
      hasImplausibleDate: false,
      enclosures: [{ url: 'https://example.org/a.pdf', mediaType: 'application/pdf', lengthBytes: 1234 }],
      language: 'fr',
      baseUrl: 'https://example.org/1',
      isProtected: false,
    });
  });

  test.each([
    ['the link', '<link>https://e.org/a</link><guid>https://e.org/b</guid>', 'https://e.org/a'],
    ['a permalink guid', '<guid>https://e.org/b</guid>', 'https://e.org/b'],
    ['no guid that says it is none', '<guid isPermaLink="false">https://e.org/b</guid>', undefined],
    ['an alternate of Atom', '<a10:link href="https://e.org/c"/>', 'https://e.org/c'],
    ['what FeedBurner kept where the link is missing', '<feedburner:origLink>https://e.org/1</feedburner:origLink>', 'https://e.org/1'],
    ['a permalink guid that is a path', '<guid isPermaLink="true">posts/1</guid>', 'https://site.example/feed/posts/1'],
    ['no guid that may be an id', '<guid>posts/1</guid>', undefined],
    ['no other relation', '<a10:link rel="self" href="https://e.org/c"/>', undefined],
    ['a relative one against the address', '<link>/a b</link>', 'https://site.example/a%20b'],
    ['one over a line end', '<link>\nhttps://e.org/\n  a</link>', 'https://e.org/a'],
    ['a double escape', '<link><![CDATA[https://e.org/?a=1&amp;b=2&#038;c=3]]></link>', 'https://e.org/?a=1&b=2&c=3'],
    ['a bare ampersand', '<link>https://e.org/?a=1&b=2&copy=3</link>', 'https://e.org/?a=1&b=2&copy=3'],
  ])('the URL is %s', (_name, item, url) => {
    expect(rssItem(item, { url: 'https://site.example/feed/' }).url).toBe(url);
  });

  test('a relative link stays as it is stated where neither the address, nor an xml:base, nor the site is known', () => {
    expect(parse('<rss><channel><item><link>/a b</link></item></channel></rss>').entries[0]?.url).toBe('/a b');
    expect(parse('<rss><channel><item><link>a</link><guid>https://e.org/b</guid></item></channel></rss>').entries[0]?.url).toBe(
      'https://e.org/b',
    );
    expect(parse('<rss xml:base="https://e.org/x/"><channel><item><link>a</link></item></channel></rss>').entries[0]?.url).toBe(
      'https://e.org/x/a',
    );
    const atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:x:1</id><link href="/a"/></entry></feed>';
    expect(parse(atom).entries[0]?.url).toBe('/a');
    expect(parse('{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"/a"}]}').entries[0]?.url).toBe('/a');
  });

  test.each([
    ['RSS', '<rss><channel><link>https://e.org/news/</link><item><link>a</link></item><item><title>T</title></item></channel></rss>'],
    [
      'Atom',
      '<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://e.org/news/"/><entry><id>urn:x:1</id><link href="a"/></entry><entry><id>2</id></entry></feed>',
    ],
    [
      'JSON',
      '{"version":"https://jsonfeed.org/version/1.1","home_page_url":"https://e.org/news/","items":[{"id":"1","url":"a"},{"id":"2"}]}',
    ],
  ])('what is relative in a document without an address is relative to its site: %s', (_, document) => {
    const [linked, bare] = parse(document).entries;
    expect([linked?.url, bare?.baseUrl]).toEqual(['https://e.org/news/a', 'https://e.org/news/']);
  });

  test.each([
    ['RSS', '<rss><channel><link>https://e.org/</link><item><title>T</title></item></channel></rss>'],
    ['JSON', '{"version":"https://jsonfeed.org/version/1.1","home_page_url":"https://e.org/","items":[{"id":"1","title":"T"}]}'],
  ])('what an item without a link shows is of the site, wherever its feed is kept: %s', (_, document) => {
    expect(parse(document, { url: 'https://feeds.example/e' }).entries[0]?.baseUrl).toBe('https://e.org/');
  });

  test.each([
    ['the guid', '<guid>g</guid><link>https://e.org/a</link>', 'g', true],
    ['else the link', '<guid isPermaLink="0"/><link>https://e.org/a</link>', 'https://e.org/a', false],
    [
      'else a fingerprint of the content',
      '<title>T</title><description>D</description>',
      expect.stringMatching(/^fingerprint:[0-9a-f]{32}$/),
      false,
    ],
  ])('the id is %s', (_name, item, id, hasOwnId) => {
    expect(rssItem(item)).toMatchObject({ id, hasOwnId });
  });

  const unnamed = (content: string): string =>
    `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><updated>2026-04-01T10:00:00Z</updated>${content}</entry></feed>`;
  const version = 'https://jsonfeed.org/version/1.1';

  // Posts are stored under these: one that changed would be every such post once more.
  test.each([
    [
      'markup in Atom',
      unnamed(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>We don't say "no" &amp; go</p></div></content>`),
      'fingerprint:f633143ec5c45e53e6debed2efc53346',
    ],
    ['text in Atom', unnamed(`<content type="text">We don't say "no" &amp; go</content>`), 'fingerprint:c4c2ba27fd4129d49455f86c7e4a2ecd'],
    [
      'text in JSON Feed',
      JSON.stringify({ version, title: 'T', items: [{ content_text: `We don't say "no" & go` }] }),
      'fingerprint:f633143ec5c45e53e6debed2efc53346',
    ],
  ])('a fingerprint of %s is for ever the same', (_name, text, id) => {
    expect(parse(text).entries[0]?.id).toBe(id);
  });

  test('two entries under one id get ids of their own, the same entry twice keeps its id', () => {
    const document = parse(
      '<rss><channel><item><guid>x</guid><title>A</title></item><item><guid>x</guid><title>B</title></item><item><guid>x</guid><title>A</title></item></channel></rss>',
    );
    expect(document.entries.map(({ id, title }) => [id, title])).toEqual([
      ['x', 'A'],
      [expect.stringMatching(/^x#[0-9a-f]{12}$/), 'B'],
      ['x', 'A'],
    ]);
    expect(document.skipped).toEqual([expect.stringMatching(/more than once/)]);
  });

  test.each([
    ['jane@example.org (Jane Doe)', ['Jane Doe']],
    ['Jane Doe <jane@example.org>', ['Jane Doe']],
    ['Jane (mailto:jane@example.org)', ['Jane']],
    ['&lt;a href="/x">Jane&lt;/a>', ['Jane']],
    ['jane@example.org', []],
    ['', []],
  ])('the author %j is %j', (author, expected) => {
    expect(rssItem(`<title>T</title><author>${author}</author>`).authors).toEqual(expected);
  });

  test('the picture is the one that media names, of a size for mails; a portrait is none', () => {
    expect(
      rssItem(
        `<media:group><media:content url="https://e.org/s.jpg" medium="image" width="300"/><media:content url="https://e.org/m.jpg" medium="image" width="1024" height="683"/><media:content url="https://e.org/l.jpg" medium="image" width="4000"/></media:group>`,
      ).image,
    ).toEqual({ url: 'https://e.org/m.jpg', width: 1024, height: 683 });
    expect(rssItem('<media:content url="https://1.gravatar.com/avatar/abc" medium="image"/>').image).toBeUndefined();
    expect(rssItem('<media:thumbnail url="/t.jpg"/>', { url: 'https://e.org/feed' }).image).toEqual({ url: 'https://e.org/t.jpg' });
    expect(rssItem('<enclosure url="https://e.org/p.png" type="image/png" length="1"/>').image).toEqual({ url: 'https://e.org/p.png' });
    expect(rssItem('<itunes:image href="https://e.org/i.jpg"/>').image).toEqual({ url: 'https://e.org/i.jpg' });
  });

  const media = (name: string, more = '', within = '') =>
    `<media:content url="https://e.org/${name}" medium="image" ${more}>${within}</media:content>`;
  const picturesOf = (xml: string) => {
    const { image, furtherImages } = rssItem(xml);
    return [image, ...(furtherImages ?? [])].map((each) => each?.url.replace('https://e.org/', ''));
  };

  test.each([
    ['several, each of its own', `${media('a.jpg')}${media('b.jpg')}${media('c.jpg')}`, ['a.jpg', 'b.jpg', 'c.jpg']],
    ['a gallery in a group', `<media:group>${media('DSC_1.jpg')}${media('DSC_2.jpg')}</media:group>`, ['DSC_1.jpg', 'DSC_2.jpg']],
    [
      'a gallery of two shapes',
      `<media:group>${media('a.jpg', 'width="800" height="600"')}${media('b.jpg', 'width="600" height="800"')}</media:group>`,
      ['a.jpg', 'b.jpg'],
    ],
    [
      'one picture in many sizes',
      `${media('a.jpg?width=140', 'width="140"')}${media('a.jpg?width=460', 'width="460"')}`,
      ['a.jpg?width=460'],
    ],
    [
      'one in many crops',
      `<media:group>${media('x-super-169.jpg', 'width="1100" height="619"')}${media('x-large-11.jpg', 'width="300" height="300"')}${media('x-vertical-gallery.jpg', 'width="414" height="552"')}</media:group>`,
      ['x-super-169.jpg'],
    ],
    [
      'two galleries',
      `<media:group>${media('a-300.jpg', 'width="300"')}${media('a-900.jpg', 'width="900"')}</media:group><media:group>${media('b-300.jpg', 'width="300"')}</media:group>`,
      ['a-900.jpg', 'b-300.jpg'],
    ],
    ['stills of one film are one', '<media:thumbnail url="https://e.org/1.jpg"/><media:thumbnail url="https://e.org/2.jpg"/>', ['1.jpg']],
  ])('pictures beside a text: %s', (_, xml, expected) => {
    expect(picturesOf(xml)).toEqual(expected);
  });

  test.each([
    [
      'its description before its title',
      media('a.jpg', '', '<media:title>IMG 1</media:title><media:description>The mill</media:description>'),
      'The mill',
    ],
    ['the description beside the one picture', `${media('a.jpg')}<media:description>The mill</media:description>`, 'The mill'],
    ['its title', media('a.jpg', '', '<media:title>The mill</media:title>'), 'The mill'],
    [
      'not what describes a film',
      '<media:group><media:content url="https://e.org/f.mp4" type="video/mp4"/><media:thumbnail url="https://e.org/a.jpg"/><media:description>About it</media:description></media:group>',
      undefined,
    ],
  ])('a picture is called by %s', (_, xml, expected) => {
    expect(rssItem(`<description>Words</description>${xml}`).image?.alt).toBe(expected);
  });

  test('a description of media is plain text unless it says html', () => {
    const text = 'Mail a&lt;b&gt;c &amp; d\n\nhttps://e.org/\nend';
    expect(rssItem(`<media:group><media:description>${text}</media:description></media:group>`).html).toBe(
      '<p>Mail a&lt;b&gt;c &amp; d</p>\n<p>https://e.org/<br>\nend</p>',
    );
    expect(rssItem('<media:description type="html">a &lt;b>c&lt;/b></media:description>').html).toBe('a <b>c</b>');
  });

  test('the text may stand in a bag of RSS 1.0', () => {
    expect(
      parse(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><item rdf:about="https://e.org/1"><title>T</title><description>short</description><content:items><rdf:Bag><rdf:li><content:item><content:format rdf:resource="http://www.w3.org/1999/xhtml"/><rdf:value><![CDATA[<p>long</p>]]></rdf:value></content:item></rdf:li></rdf:Bag></content:items></item></rdf:RDF>',
      ).entries,
    ).toMatchObject([{ html: '<p>long</p>', summary: 'short' }]);
  });

  test.each([
    [
      'a negative length',
      '<enclosure url="https://e.org/a" length="-5" type="audio/mpeg"/>',
      { url: 'https://e.org/a', mediaType: 'audio/mpeg' },
    ],
    ['no type', '<enclosure url="https://e.org/a.pdf"/>', { url: 'https://e.org/a.pdf' }],
    [
      'a file of media',
      '<media:content url="https://e.org/a.pdf" type="application/pdf" fileSize="9"/>',
      { url: 'https://e.org/a.pdf', mediaType: 'application/pdf', lengthBytes: 9 },
    ],
    [
      'one URL twice',
      '<enclosure url="https://e.org/a"/><enclosure url=" https://e.org/a " length="7"/>',
      { url: 'https://e.org/a', lengthBytes: 7 },
    ],
  ])('an enclosure with %s is one', (_name, item, enclosure) => {
    expect(rssItem(item).enclosures).toEqual([enclosure]);
  });

  test.each(['javascript:alert(1)', '', 'file:///etc/passwd', 'data:text/html,x'])('an enclosure at %j is none', (url) => {
    expect(rssItem(`<title>T</title><enclosure url="${url}"/>`).enclosures).toEqual([]);
  });

  test('protected posts of WordPress are known by their form', () => {
    expect(
      rssItem('<title>Protected: A</title><content:encoded><![CDATA[<form class="post-password-form"></form>]]></content:encoded>')
        .isProtected,
    ).toBe(true);
  });

  test.each([
    ['<form action="https://e.org/wp-login.php?action=postpass" method="post">', true],
    ['<form method="post" class="x post-password-form">', true],
    ['<form action="/wp-login.php?action=postpass&amp;lang=de" method="post">', true],
    ['<form data-x="a>b" class="post-password-form">', true],
    ['<form class="theme-form"><input type="password" name=post_password></form>', true],
    ['<form><input name="password"> the field post_password', false],
    ['<li><input type="checkbox" disabled> Keep name="post_password" in the theme</li>', false],
    ['<form action="/search">Our theme targets class="post-password-form" here.</form>', false],
    ['<input placeholder="set name=post_password">', false],
    ['<p>Style .post-password-form, it posts to wp-login.php?action=postpass</p>', false],
    ['<pre class="post-password-form">x</pre><form action="/search?action=postpass-list">', false],
  ])('the text %s is protected: %s', (html, expected) => {
    expect(rssItem(`<title>A</title><content:encoded><![CDATA[${html}]]></content:encoded>`).isProtected).toBe(expected);
  });

  test.each([
    [
      'a date before the web',
      '<pubDate>Mon, 01 Jan 1980 00:00:00 GMT</pubDate>',
      { publishedAt: new Date('1980-01-01T00:00:00Z'), hasImplausibleDate: true },
    ],
    ['a date to come', '<pubDate>2036-01-01</pubDate>', { publishedAt: new Date('2036-01-01T00:00:00Z'), hasImplausibleDate: true }],
    ['a broken date', '<pubDate>soon</pubDate>', { hasImplausibleDate: false }],
  ])('%s is marked', (_name, item, expected) => {
    expect(rssItem(item)).toMatchObject(expected);
  });

  test('dates that cannot be read are told, the language says what is the day', () => {
    const dates = ['soon', '', '0000-00-00 00:00:00', 'TBA', '12/03/2025'];
    const items = dates.map((date) => `<item><title>T</title><link>/${date}</link><pubDate>${date}</pubDate></item>`).join('');
    const document = parse(`<rss><channel><language>de</language>${items}</channel></rss>`);
    expect(document.skipped).toContain('Dates that could not be read: 2, such as "soon".');
    expect(document.entries.at(-1)?.publishedAt).toEqual(new Date('2025-03-12T00:00:00Z'));
  });

  test.each(['1970-01-01T00:00:00Z', '0001-01-01T00:00:00'])('%s stands for no date', (date) => {
    const entry = rssItem(`<pubDate>${date}</pubDate>`);
    expect(entry.publishedAt).toBeUndefined();
    expect(entry.hasImplausibleDate).toBe(true);
  });

  test('the channel gives title, site, itself, language and when to come again', () => {
    expect(
      parse(`<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>
        <title>News &amp; more</title><link>https://e.org/</link><atom:link rel="self" href="https://e.org/feed/"/><language>en_us</language>
        <image><title>Logo</title><link>https://logo.example/</link></image><ttl>90</ttl><sy:updatePeriod>hourly</sy:updatePeriod>
        <skipHours><hour>0</hour><hour>24</hour><hour>5</hour><hour>99</hour></skipHours><skipDays><day>Sunday</day><day>someday</day></skipDays></channel></rss>`),
    ).toMatchObject({
      format: 'rss',
      title: 'News & more',
      siteUrl: 'https://e.org/',
      selfUrl: 'https://e.org/feed/',
      language: 'en-US',
      entries: [],
      pollHints: { ttlMinutes: 90, skipHoursUtc: [0, 5], skipDaysUtc: [0] },
    });
  });

  test.each([
    ['hourly', 2, 30],
    ['daily', 1, 1440],
    ['weekly', 7, 1440],
  ])('sy:updatePeriod %s in %i parts is %i minutes', (period, frequency, minutes) => {
    const document = parse(
      `<rss><channel><sy:updatePeriod>${period}</sy:updatePeriod><sy:updateFrequency>${frequency}</sy:updateFrequency></channel></rss>`,
    );
    expect(document.pollHints.ttlMinutes).toBe(minutes);
  });

  test.each([
    [
      'RDF 1.0',
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>C</title></channel><item rdf:about="https://e.org/1"><title>T</title></item></rdf:RDF>',
      'rdf',
    ],
    [
      'RDF 0.90',
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>C</title></channel><item><title>T</title><link>https://e.org/1</link></item></rdf:RDF>',
      'rdf',
    ],
    [
      'items beside the channel',
      '<rss><channel><title>C</title></channel><item><title>T</title><link>https://e.org/1</link></item></rss>',
      'rss',
    ],
    [
      'a prefix on everything',
      '<r:rss xmlns:r="http://backend.userland.com/rss2"><r:channel><r:title>C</r:title><r:item><r:title>T</r:title><r:link>https://e.org/1</r:link></r:item></r:channel></r:rss>',
      'rss',
    ],
    [
      'an unknown default namespace',
      '<rss xmlns="http://nobody.example/ns"><channel><title>C</title><item><title>T</title><link>https://e.org/1</link></item></channel></rss>',
      'rss',
    ],
    ['capitals', '<RSS><CHANNEL><TITLE>C</TITLE><ITEM><TITLE>T</TITLE><LINK>https://e.org/1</LINK></ITEM></CHANNEL></RSS>', 'rss'],
    ['CDF', '<CHANNEL><TITLE>C</TITLE><ITEM HREF="https://e.org/1"><TITLE>T</TITLE></ITEM></CHANNEL>', 'rss'],
  ])('%s is read', (_name, document, format) => {
    expect(parse(document)).toMatchObject({ format, title: 'C', entries: [{ title: 'T', url: 'https://e.org/1' }] });
  });

  test('elements of a vocabulary that nobody knows are never taken for RSS', () => {
    expect(
      rssItem(
        '<x:title xmlns:x="http://nobody.example/">wrong</x:title><title>right</title><foo xmlns="http://nobody.example/"><title>wrong</title></foo>',
      ).title,
    ).toBe('right');
  });
});

describe('Atom', () => {
  test('gives every field', () => {
    const entry = atomEntry(
      `<id>tag:e.org,2022:1</id><title type="html">A &amp;lt;b&amp;gt; &lt;i>c&lt;/i></title><link rel="enclosure" href="a.pdf" type="application/pdf" length="5" title="Paper"/>
       <link href="https://e.org/plain"/><link rel="alternate" type="text/html" href="post/1"/><published>2022-04-05T19:50:17+02:00</published><updated>2022-04-06T00:00:00Z</updated>
       <author><name>Ann</name></author><category term="news" label="News &amp; views" scheme="s"/><summary>a &lt; b</summary>
       <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One &lt;b&gt;<br/></p><script/></div></content>`,
      { url: 'https://feeds.example/x' },
      '<title>F</title>',
      'xml:base="https://e.org/blog/" xml:lang="de"',
    );
    expect(entry).toMatchObject({
      id: 'tag:e.org,2022:1',
      url: 'https://e.org/blog/post/1',
      title: 'A <b> c',
      html: '<p>One &lt;b&gt;<br></p><script></script>',
      summary: 'a &lt; b',
      authors: ['Ann'],
      categories: [{ name: 'News & views', slug: 'news-views', scheme: 's', kind: 'category' }],
      publishedAt: new Date('2022-04-05T17:50:17Z'),
      updatedAt: new Date('2022-04-06T00:00:00Z'),
      enclosures: [{ url: 'https://e.org/blog/a.pdf', mediaType: 'application/pdf', lengthBytes: 5, title: 'Paper' }],
      language: 'de',
      baseUrl: 'https://e.org/blog/',
    });
  });

  test.each([
    ['text', '<title type="text">A &lt; B</title>', 'A < B'],
    ['no type', '<title>A &amp;amp; B</title>', 'A & B'],
    ['html', '<title type="html">&lt;em>A&lt;/em> &amp;amp; B</title>', 'A & B'],
    ['xhtml', '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <em>&lt;b&gt;</em></div></title>', 'A <b>'],
    ['xhtml without its div', '<title type="xhtml">\n A\n</title>', 'A'],
    ['xhtml under a prefix', '<title type="xhtml" xmlns:h="http://www.w3.org/1999/xhtml"><h:div>A <h:b>B</h:b></h:div></title>', 'A B'],
    ['CDATA', '<title type="html"><![CDATA[A <b>B</b>]]></title>', 'A B'],
    ['an unknown type', '<title type="">evil</title>', 'evil'],
    ['a binary type', '<title type="application/octet-stream">QSA8Yj5CPC9iPg==</title>', 'A B'],
  ])('a title of %s', (_name, entry, title) => {
    expect(atomEntry(entry).title).toBe(title);
  });

  test.each([
    ['escaped', '<title type="text/html" mode="escaped">&lt;b>A&lt;/b></title>', 'A'],
    ['base64', '<title type="text/html" mode="base64">PGI+QTwvYj4=</title>', 'A'],
    ['xml', '<title type="application/xhtml+xml" mode="xml"><div xmlns="http://www.w3.org/1999/xhtml">A</div></title>', 'A'],
  ])('0.3 with mode %s', (_name, entry, title) => {
    expect(
      parse(
        `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>${entry}<issued>2004-01-01</issued><modified>2004-02-01T00:00:00Z</modified></entry></feed>`,
      ).entries,
    ).toMatchObject([{ title, publishedAt: new Date('2004-01-01T00:00:00Z'), updatedAt: new Date('2004-02-01T00:00:00Z') }]);
  });

  test('plain text becomes html, undeclared html is taken for html', () => {
    expect(atomEntry('<content type="text">a &lt;b>\nc</content>').html).toBe('a &lt;b&gt;<br>\nc');
    expect(atomEntry('<content>&lt;p>a&lt;/p></content>').html).toBe('<p>a</p>');
  });

  test('xml:base nests, an id under it that is a path is resolved, others are not', () => {
    expect(atomEntry('<id>2022/1</id><link xml:base="b/" href="c"/>', {}, '', 'xml:base="https://e.org/a/"')).toMatchObject({
      id: 'https://e.org/a/2022/1',
      url: 'https://e.org/a/b/c',
    });
    expect(atomEntry('<id>HTTP://E.org</id>').id).toBe('HTTP://E.org');
    expect(atomEntry('<id>1234</id>', {}, '', 'xml:base="https://e.org/a/"').id).toBe('1234');
  });

  test('an id that is a web address stands in for a missing link, no other does', () => {
    expect(atomEntry('<id>https://e.org/1</id>').url).toBe('https://e.org/1');
    expect(atomEntry('<id>urn:x:1</id><link rel="self" href="https://e.org/s"/>').url).toBeUndefined();
  });

  test('authors fall back to those of the source and of the feed', () => {
    expect(atomEntry('<title>x</title>', {}, '<author><name>Feed</name></author>').authors).toEqual(['Feed']);
    expect(atomEntry('<source><author><name>Origin</name></author></source>', {}, '<author><name>Feed</name></author>').authors).toEqual([
      'Origin',
    ]);
  });

  test('content that is a file elsewhere is an enclosure, a page elsewhere is the link', () => {
    expect(atomEntry('<content src="x.pdf" type="application/pdf"/>', { url: 'https://e.org/feed' }).enclosures).toEqual([
      { url: 'https://e.org/x.pdf', mediaType: 'application/pdf' },
    ]);
    expect(atomEntry('<content src="x" type="text/html"/>', { url: 'https://e.org/feed' })).toMatchObject({
      url: 'https://e.org/x',
      enclosures: [],
    });
  });

  test('tombstones are told', () => {
    const document = parse(
      '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><at:deleted-entry ref="tag:e.org,2022:1" when="2022-04-05T00:00:00Z"/></feed>',
    );
    expect(document.tombstones).toEqual([{ id: 'tag:e.org,2022:1', deletedAt: new Date('2022-04-05T00:00:00Z') }]);
  });

  test.each([
    ['no namespace', '<feed><title>F</title><entry><title>T</title></entry></feed>'],
    ['a wrong one', '<feed xmlns="http://nobody.example/"><title>F</title><entry><title>T</title></entry></feed>'],
    ['a prefix', '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>F</a:title><a:entry><a:title>T</a:title></a:entry></a:feed>'],
  ])('a feed with %s is read', (_name, document) => {
    expect(parse(document)).toMatchObject({ format: 'atom', title: 'F', entries: [{ title: 'T' }] });
  });

  test('a lone entry is a feed of one', () => {
    expect(parse('<entry xmlns="http://www.w3.org/2005/Atom"><title>T</title></entry>')).toMatchObject({
      format: 'atom',
      title: '',
      entries: [{ title: 'T' }],
    });
  });
});

test('an entry inside the source of a copied entry is no entry of this feed, the last of two dates counts', () => {
  expect(
    parse(
      '<feed xmlns="http://www.w3.org/2005/Atom"><entry><source><title>S</title><entry/></source><title>T</title><id>x</id><updated>2020-12-01T10:00:00Z</updated><updated>2021-12-01T10:00:00Z</updated></entry></feed>',
    ).entries,
  ).toMatchObject([{ id: 'x', title: 'T', updatedAt: new Date('2021-12-01T10:00:00Z') }]);
});

test.each([
  [
    'Atom',
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:x="http://e.org/x"><entry><id>1</id><x:kept><x:old><entry><id>0</id><title>Old</title></entry></x:old></x:kept><title>A</title></entry><entry><id>2</id><title>B</title></entry></feed>',
  ],
  [
    'Atom',
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="application/atom+xml"><entry><id>0</id><title>Old</title></entry></content><title>A</title></entry><entry><id>2</id><title>B</title></entry></feed>',
  ],
  [
    'RSS',
    '<rss xmlns:x="http://e.org/x"><channel><item><guid>1</guid><x:kept><x:old><item><guid>0</guid><title>Old</title></item></x:old></x:kept><title>A</title></item><item><guid>2</guid><title>B</title></item></channel></rss>',
  ],
])('an entry of %s that an extension or content keeps inside another is no entry of this feed, and ends nothing', (_name, text) => {
  expect(parse(text).entries.map(({ id, title }) => [id, title])).toEqual([
    ['1', 'A'],
    ['2', 'B'],
  ]);
});

test('a title of Atom whose end tag was forgotten ends where the next element begins', () => {
  expect(
    parse(
      '<feed xmlns="http://www.w3.org/2005/Atom"><title>F<subtitle>S</subtitle><id>f</id><entry><title type="html">A &amp;amp; B<link href="https://e.org/a"/><id>a</id></entry><entry><title type="xhtml"><div><b>B</b></div><updated>2021-12-01T10:00:00Z</updated><id>b</id></entry></feed>',
    ),
  ).toMatchObject({
    title: 'F',
    entries: [
      { id: 'a', title: 'A & B', url: 'https://e.org/a' },
      { id: 'b', title: 'B', updatedAt: new Date('2021-12-01T10:00:00Z') },
    ],
  });
});

test.each([
  ['<description>text<guid>1</guid><pubDate>2021-12-01</pubDate><link>https://e.org/1</link>', 'text'],
  ['<description>text<link>https://e.org/1</link><guid>1</guid><pubDate>2021-12-01</pubDate>', 'text'],
  [
    '<link>https://e.org/1</link><guid>1</guid><description>a <link rel="x" href="y"> b<pubDate>2021-12-01</pubDate>',
    'a <link rel="x" href="y"> b',
  ],
])('a description whose end tag was forgotten ends where the next element of its item begins: %s', (item, html) => {
  expect(rssItem(item)).toMatchObject({ id: '1', url: 'https://e.org/1', publishedAt: new Date('2021-12-01T00:00:00Z'), html });
});

describe('JSON Feed', () => {
  test('1.1 gives every field', () => {
    const feed = {
      version: 'https://jsonfeed.org/version/1.1',
      title: 'F',
      home_page_url: 'https://e.org/ ',
      feed_url: '/feed.json',
      language: 'en',
      authors: [{ name: 'Feed' }],
      items: [
        {
          id: 7,
          url: 'post',
          title: 'A <b>',
          content_html: '<p>x</p>',
          summary: 's & t',
          date_published: '2022-04-05T19:50:17Z',
          date_modified: '2022-04-06T00:00:00Z',
          image: 'i.png',
          tags: ['News', '', 3],
          attachments: [{ url: 'a.pdf', mime_type: 'application/pdf', size_in_bytes: 5, title: 'Paper' }, { url: null }, 'x'],
        },
        'not an item',
        { content_text: 'a < b\n\nc\nd' },
      ],
    };
    const document = parse(JSON.stringify(feed), { url: 'https://e.org/x/feed.json' });
    expect(document).toMatchObject({
      format: 'jsonfeed',
      title: 'F',
      siteUrl: 'https://e.org/',
      selfUrl: 'https://e.org/feed.json',
      language: 'en',
    });
    expect(document.entries).toMatchObject([
      {
        id: '7',
        url: 'https://e.org/x/post',
        title: 'A <b>',
        html: '<p>x</p>',
        summary: 's &amp; t',
        authors: ['Feed'],
        categories: [
          { name: 'News', kind: 'tag' },
          { name: '3', kind: 'tag' },
        ],
        image: { url: 'https://e.org/x/i.png' },
        enclosures: [{ url: 'https://e.org/x/a.pdf', mediaType: 'application/pdf', lengthBytes: 5, title: 'Paper' }],
      },
      { html: '<p>a &lt; b</p>\n<p>c<br>\nd</p>', hasOwnId: false },
    ]);
  });

  test('raw line ends are kept, what no text may hold is read past', () => {
    const document = parse(
      '{"version":"https://jsonfeed.org/version/1","title":"a\nb\\ud800\\u0000\\ufdd0","items":[{"content_text":"a\r\n\r\nb\tc"}]}',
    );
    expect(document).toMatchObject({ title: 'a b', entries: [{ html: '<p>a</p>\n<p>b\tc</p>' }], skipped: [] });
  });

  test('titles are resolved as those of RSS are', () => {
    const item = { id: 1, title: 'A &amp; B <em>C</em> &#8211; D' };
    expect(parse(JSON.stringify({ version: 'https://jsonfeed.org/version/1', title: 'F &amp; G', items: [item] }))).toMatchObject({
      title: 'F & G',
      entries: [{ title: 'A & B C – D' }],
    });
  });

  test('commas before a closing bracket are read past', () => {
    const document = parse('{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"a,]",},],}');
    expect(document).toMatchObject({ entries: [{ id: '1', title: 'a,]' }], skipped: [] });
  });

  const feed = JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    authors: [{ name: 'Ann' }],
    items: [
      { id: '1', title: 'a } ] "', tags: ['x', ['y']] },
      { id: '2', title: 'b' },
      { id: '3', title: 'c' },
    ],
    extra: { items: [{ id: '4' }] },
  });

  test.each([
    ['within a string', '"c', ['1', '2']],
    ['behind a name', '"id":"3"', ['1', '2']],
    ['between entries', ',{"id":"3"', ['1', '2']],
    ['behind the entries', '"extra"', ['1', '2', '3']],
    ['within what is no entry', '[{"id":"4"', ['1', '2', '3']],
    ['within an escape', '"b"', ['1']],
  ])('one that ends %s is read up to its last whole entry, and that is told', (_name, mark, ids) => {
    const document = parse(feed.slice(0, feed.indexOf(mark) + 1));
    expect(document.entries.map(({ id }) => id)).toEqual(ids);
    expect(document.skipped).toEqual([expect.stringMatching(/ends early/)]);
    expect(document.entries[0]?.authors).toEqual(['Ann']);
  });
});

test.each([
  ['RSS', '<rss><channel><item></item><item><title> </title><guid/></item><item><title>A</title></item></channel></rss>'],
  [
    'Atom',
    '<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Ann</name></author><entry><id></id><content> </content></entry><entry/><entry><title>A</title></entry></feed>',
  ],
  ['JSON Feed', '{"version":"https://jsonfeed.org/version/1","items":[{},{"tags":[],"content_text":""},{"title":"A"}]}'],
])('an item of %s that states nothing is left out, and that is told', (_name, text) => {
  const document = parse(text);
  expect(document.entries.map(({ title }) => title)).toEqual(['A']);
  expect(document.skipped).toEqual([expect.stringMatching(/state nothing: 2/)]);
});

describe('what is malformed is read as far as it goes', () => {
  const two = '<item><title>A</title><link>https://e.org/a</link></item><item><title>B</title><link>https://e.org/b</link></item>';

  test.each([
    ['junk before it', `\n\nWarning: headers already sent\n<?xml version="1.0"?><rss><channel>${two}</channel></rss>`],
    ['html before it', `<br />\n<b>Warning</b>: x in <b>y</b><br />\n<?xml version="1.0"?><rss><channel>${two}</channel></rss>`],
    ['an open paragraph before it', `<p>Notice<rss><channel>${two}</channel></rss>`],
    ['junk after it', `<rss><channel>${two}</channel></rss><script>x</script> bye`],
    ['no end tags', `<rss><channel>${two}`],
    ['a cut tag', `<rss><channel>${two}</channel></rs`],
    ['forgotten end tags', '<rss><channel><item><title>A<link>https://e.org/a</item><item><title>B<link>https://e.org/b</channel></rss>'],
    [
      'items never closed',
      '<rss><channel><item><title>A</title><link>https://e.org/a</link><item><title>B</title><link>https://e.org/b</link></channel></rss>',
    ],
    ['stray end tags', `<rss><channel></b></div>${two.replaceAll('</title>', '</title></i>')}</channel></rss>`],
    [
      'several roots',
      `<rss><channel><item><title>A</title><link>https://e.org/a</link></item></channel></rss><rss><channel><item><title>B</title><link>https://e.org/b</link></item></channel></rss>`,
    ],
    ['an undeclared prefix', `<rss><channel><foo:bar x:y="1"/>${two}</channel></rss>`],
    ['a DTD with junk', `<!DOCTYPE rss [<!-- ' --> <!ELEMENT a ANY> <!ENTITY % x "y">]><rss><channel>${two}</channel></rss>`],
    ['attributes without quotes', `<rss version=2.0><channel>${two.replaceAll('<item>', '<item a=b c>')}</channel></rss>`],
    ['control characters', `<rss><channel>${two.replaceAll('<title>', '<title>\u0000\u0008')}</channel></rss>`],
  ])('%s', (_name, document) => {
    expect(parse(document).entries).toMatchObject([
      { title: 'A', url: 'https://e.org/a' },
      { title: 'B', url: 'https://e.org/b' },
    ]);
  });

  test('a document that is cut off says so', () => {
    expect(parse('<rss><channel><item><title>A</title><description>half of a sen')).toMatchObject({
      entries: [{ title: 'A', html: 'half of a sen' }],
      skipped: [expect.stringMatching(/ends early/)],
    });
  });

  test.each([
    ['a & b', 'a & b'],
    ['a &nbsp; b', 'a b'],
    ['caf&eacute; &hellip;', 'café …'],
    ['I <3 you', 'I <3 you'],
    ['5 < 6', '5 < 6'],
    ['&#8217;&#x2019;&#146;', '’’’'],
    ['a &bogus; b', 'a &bogus; b'],
    ['<![CDATA[a & b]]>', 'a & b'],
    ['a <![CDATA[& b]]> c', 'a & b c'],
    ['a<!-- x -->b', 'ab'],
  ])('the title %j', (raw, title) => {
    expect(rssItem(`<title>${raw}</title>`).title).toBe(title);
  });

  const threeItems = (text: string): string =>
    `<rss><channel><item><title>1</title><description>${text}</description><link>http://x/1</link></item><item><title>2</title><link>http://x/2</link></item><item><title>3</title><description><![CDATA[ok]]></description><link>http://x/3</link></item></channel></rss>`;

  test('a CDATA section that is not closed ends at the end tag of its element, and that is told', () => {
    const document = parse(threeItems('<![CDATA[<p>text'));
    expect(document.entries).toMatchObject([
      { title: '1', html: '<p>text', url: 'http://x/1' },
      { title: '2', url: 'http://x/2' },
      { title: '3', html: 'ok', url: 'http://x/3' },
    ]);
    expect(document.skipped).toEqual([expect.stringMatching(/CDATA sections that were not closed: 1/)]);
    expect(
      rssItem('<title><![CDATA[T</title><description><![CDATA[d]]></description><content:encoded><![CDATA[c</content:encoded>'),
    ).toMatchObject({ title: 'T', summary: 'd', html: 'c' });
  });

  test('a CDATA section within another leaves no mark of it behind', () => {
    const entry = rssItem('<description><![CDATA[a <script>//<![CDATA[\nx //]]></script> b]]></description><link>http://x/1</link>');
    expect(entry).toMatchObject({ html: 'a <script>//\nx //</script> b', url: 'http://x/1' });
    expect(rssItem('<description><![CDATA[a <![CDATA[b]]]]&gt; c]]></description>').html).not.toContain('CDATA');
  });

  test('a comment that never ends costs nothing but its opener', () => {
    const document = threeItems('a <!-- b');
    expect(parse(document).entries.map(({ title, html }) => [title, html])).toEqual([
      ['1', 'a  b'],
      ['2', ''],
      ['3', 'ok'],
    ]);
    expect(parse(`<!-- ${document}`).entries).toHaveLength(3);
    expect(
      parse(document.replace('[ok]', '[ok]]></description><summary>x <!-- y --></summary><description><![CDATA[')).entries,
    ).toHaveLength(3);
  });

  test('a commented item is none', () => {
    expect(parse(`<rss><channel><!-- ${two} -->${two}</channel></rss>`).entries).toHaveLength(2);
  });

  test.each([
    ['line ends that are never closed', 'line<br>'.repeat(250)],
    ['paragraphs that are never closed', '<p>line'.repeat(250)],
    ['pictures in capitals', '<IMG SRC="x.png">'.repeat(2_500)],
  ])('%s cost no later item', (_name, text) => {
    expect(parse(threeItems(text)).entries.map(({ title, url }) => [title, url])).toEqual([
      ['1', 'http://x/1'],
      ['2', 'http://x/2'],
      ['3', 'http://x/3'],
    ]);
  });

  test('what nests too deep loses its tags, keeps its text and says so', () => {
    const document = parse(threeItems(`${'<div>'.repeat(300)}text${'</div>'.repeat(300)}`));
    expect(document.entries[0]?.html).toContain('text');
    expect(document.skipped).toEqual([expect.stringMatching(/nest deeper than 200 levels; 1\d\d tags/)]);
  });

  test('entities of the document itself are resolved', () => {
    const document =
      '<!DOCTYPE rss [<!ENTITY site "Example &amp; Co"><!ENTITY full "&site;, Madrid">]><rss><channel><title>&full;</title></channel></rss>';
    expect(parse(document).title).toBe('Example & Co, Madrid');
  });

  test('markup that nobody escaped is kept as html', () => {
    expect(rssItem('<description>a <b>c</b><br>d <img src="x.png"/></description>').html).toBe('a <b>c</b><br>d <img src="x.png">');
  });
});

describe('what is no feed is refused with a reason', () => {
  test.each([
    ['nothing', '', 'not_a_feed'],
    ['white space', ' \n', 'not_a_feed'],
    ['text', 'garbage', 'not_a_feed'],
    ['a web page', '<!doctype html><html><body><rss></rss></body></html>', 'not_a_feed'],
    ['another XML', '<note><to>Tove</to></note>', 'not_a_feed'],
    ['a sitemap', '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', 'not_a_feed'],
    ['broken JSON', '{"version": "https://jsonfeed.org/version/1", ', 'parse'],
    ['another JSON', '{"posts": []}', 'not_a_feed'],
    ['a list', '[1, 2]', 'not_a_feed'],
    ['an error of WordPress', '{"code":"rest_no_route","message":"x","data":{"status":404}}', 'not_a_feed'],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'not_a_feed'],
  ])('%s', (_name, document, code) => {
    expect(refusal(document)).toBe(code);
  });

  test('a sitemap in its namespace is called one', () => {
    expect(() => parse('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>')).toThrow(/a sitemap/);
  });
});

describe('encodings', () => {
  const title = 'Größe “ñ” – Привет';
  const latin = 'Größe ñ';
  const xml = (encoding: string, text: string): string =>
    `<?xml version="1.0" encoding="${encoding}"?><rss><channel><title>${text}</title></channel></rss>`;

  test.each([
    ['utf-8', 'utf-8', title],
    ['utf-16le', 'utf-16', title],
    ['utf-16be', 'utf-16', title],
    ['utf-32le', 'utf-32', title],
    ['utf-32be', 'utf-32', title],
  ])('%s is known by its mark and without one', (encoding, declared, text) => {
    expect(parse(iconv.encode(xml(declared, text), encoding, { addBOM: true })).title).toBe(text);
    expect(parse(iconv.encode(xml(declared, text), encoding, { addBOM: false })).title).toBe(text);
  });

  test.each([
    ['iso-8859-1', latin],
    ['windows-1252', '“ñ” –'],
    ['iso-8859-15', '€ ñ'],
    ['koi8-r', 'Привет'],
    ['windows-1251', 'Привет'],
    ['shift_jis', '日本語の題'],
    ['euc-jp', '日本語の題'],
    ['iso-2022-jp', '日本語の題'],
    ['gb2312', '白宫提名'],
    ['big5', '繁體中文'],
    ['euc-kr', '한국어'],
    ['tis-620', 'ภาษาไทย'],
  ])('%s is known by the declaration and by HTTP', (encoding, text) => {
    const bytes = (document: string): Buffer =>
      encoding === 'iso-2022-jp'
        ? Buffer.from(
            '3c7273733e3c6368616e6e656c3e3c7469746c653e1b2442467c4b5c386c244e426a1b28423c2f7469746c653e3c2f6368616e6e656c3e3c2f7273733e',
            'hex',
          )
        : iconv.encode(document, encoding);
    if (encoding !== 'iso-2022-jp') expect(parse(bytes(xml(encoding, text))).title).toBe(text);
    expect(
      parse(bytes(`<rss><channel><title>${text}</title></channel></rss>`), { contentType: `text/xml; charset="${encoding.toUpperCase()}"` })
        .title,
    ).toBe(text);
  });

  test.each([
    ['HTTP before the declaration', iconv.encode(xml('iso-8859-1', '“x”'), 'windows-1252'), 'text/xml; charset=windows-1252', '“x”'],
    ['a server’s default over utf-8', Buffer.from(xml('utf-8', title)), 'text/xml; charset=iso-8859-1', title],
    ['a bogus declaration', Buffer.from(xml('bogus', title)), undefined, title],
    ['utf-16 declared in ASCII', Buffer.from(xml('utf-16', title)), undefined, title],
    ['nothing declared, utf-8', Buffer.from(`<rss><channel><title>${title}</title></channel></rss>`), undefined, title],
    [
      'nothing declared, windows-1252',
      iconv.encode('<rss><channel><title>“été”</title></channel></rss>', 'windows-1252'),
      undefined,
      '“été”',
    ],
    [
      'nothing declared, Cyrillic',
      iconv.encode('<rss><channel><title>Первая новость сайта</title></channel></rss>', 'windows-1251'),
      undefined,
      'Первая новость сайта',
    ],
    [
      'utf-8 with a stray byte',
      Buffer.concat([Buffer.from('<rss><channel><title>Größe '), Buffer.from([0x92]), Buffer.from(' é</title></channel></rss>')]),
      undefined,
      'Größe ’ é',
    ],
    ['a gzip file', gzipSync(xml('utf-8', title)), 'application/gzip', title],
  ])('%s', (_name, bytes, contentType, expected) => {
    expect(parse(bytes, { ...(contentType !== undefined && { contentType }) }).title).toBe(expected);
  });

  test.each([
    ['windows-1255', 'חדשות היום: שלום עולם'],
    ['iso-8859-8', 'הכנסת אישרה את התקציב החדש, אמרו נציגי הארגונים'],
    ['tis-620', 'ข่าววันนี้ เมืองไทยและต่างประเทศ'],
    ['windows-1253', 'Ειδήσεις από την πόλη, οικονομία και πολιτική'],
    ['windows-1251', 'Новини дня: уряд оголосив нові заходи підтримки'],
    ['koi8-u', 'Новини дня: уряд оголосив нові заходи підтримки'],
    ['windows-1252', 'Où la forêt gèle, là ê è ï ó – « déjà »'],
    ['windows-1252', 'ÀÉÈÙ, ÉTÉ À NOËL, ÇA, ÉGALITÉ'],
  ])('%s is told by its text where nothing is declared', (encoding, text) => {
    expect(parse(iconv.encode(`<rss><channel><title>${text}</title></channel></rss>`, encoding)).title).toBe(text);
  });

  const sentences: readonly (readonly [string, string])[] = [
    ['windows-1251', 'Привет, мир. Первая новость сайта'],
    ['koi8-r', 'Привет, мир. Первая новость сайта'],
    ['shift_jis', 'これは日本語の題名です'],
    ['gbk', '白宫提名新的国家安全顾问，消息人士说'],
    ['euc-kr', '한국어 제목입니다 그리고 소식'],
  ];

  test.each([...sentences, ['iso-8859-2', 'Zażółć gęślą jaźń'] as const])(
    'a server that says utf-8 over %s leaves the word to the declaration',
    (encoding, text) => {
      expect(parse(iconv.encode(xml(encoding, text), encoding), { contentType: 'text/xml; charset=UTF-8' }).title).toBe(text);
    },
  );

  test.each(sentences)('utf-8 claimed over %s is not believed where stray bytes prevail', (encoding, text) => {
    expect(parse(iconv.encode(xml('utf-8', text), encoding), { contentType: 'text/xml; charset=UTF-8' }).title).toBe(text);
  });

  test('a closing quote of French in windows-1252 that claims to be utf-8 is no ideogram', () => {
    const text = 'Un café « frappé\u00a0», un été « passé\u00a0» à Orléans';
    expect(parse(iconv.encode(xml('utf-8', text), 'windows-1252')).title).toBe(text.replaceAll('\u00a0', ' '));
    expect(parse(Buffer.from(xml('utf-8', 'é頻é')), { contentType: 'text/xml' }).title).toBe('é頻é');
  });

  test('mostly valid utf-8 stays utf-8 whatever else is declared, strays are windows-1252', () => {
    const bytes = Buffer.concat([Buffer.from(xml('windows-1251', 'Größe ñ – ')).subarray(0, -25), Buffer.from([0x92])]);
    expect(parse(bytes, { contentType: 'text/xml; charset=utf-8' }).title).toMatch(/^Größe ñ –/);
    const english = Buffer.concat([
      Buffer.from('<?xml version="1.0" encoding="utf-8"?><rss><channel><title>é Don'),
      Buffer.from([0x92]),
      Buffer.from('t</title>'),
    ]);
    expect(parse(english).title).toBe('é Don’t');
  });

  test.each(['koi8-r', 'iso-8859-2', 'iso-8859-15', 'windows-1250', 'windows-1251', 'windows-1257'])(
    'valid utf-8 declared as %s is utf-8',
    (encoding) => {
      expect(parse(xml(encoding, 'Größe ñ')).title).toBe('Größe ñ');
      expect(parse(xml('utf-8', 'Größe ñ'), { contentType: `text/xml; charset=${encoding}` }).title).toBe('Größe ñ');
    },
  );

  test('what no text may hold comes out of nowhere', () => {
    const entry = rssItem(
      '<title>a\u0001b&#1;&#xFDD0;&#xD800;\uFDD1\uFFFE</title><description><![CDATA[<p>\uFDD0&#xFDD1;&#64976;x&#0;</p>]]></description>',
    );
    expect([entry.title, entry.html]).toEqual(['ab', '<p>x</p>']);
  });
});

describe('a plain JSON API by its mapping', () => {
  const answer = {
    meta: { title: 'News' },
    data: {
      posts: [
        {
          slug: 'a',
          headline: 'A &amp; B',
          body: '<p>x</p>',
          when: 1649188217,
          by: [{ name: 'Ann' }],
          topics: [{ label: 'News' }, { label: 'Views' }],
          files: [{ href: '/a.pdf', name: 'Paper' }],
          pic: '/i.png',
        },
        { slug: 'b', headline: 'Second', when: '2022-04-05' },
      ],
    },
  };
  const mapping = {
    items: 'data.posts',
    feedTitle: 'meta.title',
    id: 'slug',
    urlTemplate: 'https://e.org/news/{slug}',
    title: 'headline',
    html: 'body',
    publishedAt: 'when',
    authors: 'by.name',
    categories: 'topics.label',
    image: 'pic',
    attachments: { items: 'files', url: 'href', title: 'name' },
  };

  test('is read', () => {
    const document = parse(JSON.stringify(answer), { mapping, url: 'https://e.org/api' });
    expect(document).toMatchObject({ format: 'json', title: 'News' });
    expect(document.entries).toMatchObject([
      {
        id: 'a',
        url: 'https://e.org/news/a',
        title: 'A & B',
        html: '<p>x</p>',
        authors: ['Ann'],
        categories: [{ name: 'News' }, { name: 'Views' }],
        publishedAt: new Date('2022-04-05T19:50:17Z'),
        image: { url: 'https://e.org/i.png' },
        enclosures: [{ url: 'https://e.org/a.pdf', title: 'Paper' }],
      },
      { id: 'b', title: 'Second', html: '' },
    ]);
  });

  test.each([
    ['data.posts', '{"meta":{"posts":[{"slug":"x"}]},"data":[{"posts":[{"slug":"a","headline":"A"},{"slug":"b","head'],
    [undefined, '[{"slug":"a","headline":"A"},{"slug":"b","headline":'],
  ])('at %s is read as far as it goes', (items, text) => {
    const { items: _items, ...fields } = mapping;
    const document = parse(text, { mapping: { ...fields, ...(items !== undefined && { items }) } });
    expect(document).toMatchObject({ entries: [{ id: 'a', title: 'A' }], skipped: [expect.stringMatching(/ends early/)] });
    expect(document.entries).toHaveLength(1);
  });

  test('that leads nowhere is refused, an empty list is not', () => {
    expect(() => parse(JSON.stringify(answer), { mapping: { ...mapping, items: 'data.nothing' } })).toThrow(
      /Expected a list of entries at "data.nothing"/,
    );
    expect(parse('{"data":{"posts":[]}}', { mapping }).entries).toEqual([]);
  });
});

describe('An event', () => {
  const vocabularies = `xmlns:ev="http://purl.org/rss/1.0/modules/event/" xmlns:xCal="urn:ietf:params:xml:ns:xcal" xmlns:bc="http://library.example/event/"
    xmlns:calendarEvent="https://town.example/Calendar.aspx" xmlns:mec="http://plugin.example/mec/" xmlns:gd="http://schemas.google.com/g/2005"`;
  const eventOf = (fields: string, facts: DocumentFacts = {}): Entry['event'] =>
    first(parse(`<rss version="2.0" ${vocabularies}><channel><item><title>Talk</title>${fields}</item></channel></rss>`, facts)).event;

  test.each<[string, string, Entry['event']]>([
    [
      'RSS, module of events',
      '<ev:startdate>2026-12-12T10:00:00+01:00</ev:startdate><ev:enddate>2026-12-12T12:00:00+01:00</ev:enddate><ev:location>Great hall</ev:location>',
      { start: '2026-12-12T09:00:00Z', end: '2026-12-12T11:00:00Z', place: 'Great hall' },
    ],
    [
      'a module under another prefix',
      '<e:startdate xmlns:e="http://purl.org/rss/1.0/modules/event/">2026-12-12</e:startdate>',
      { start: '2026-12-12' },
    ],
    ['a time without a zone', '<ev:startdate>2026-12-12T10:00:00</ev:startdate>', { start: '2026-12-12T10:00' }],
    ['midnight somewhere', '<ev:startdate>2026-12-12T00:00:00+01:00</ev:startdate>', { start: '2026-12-12' }],
    [
      'xCal',
      '<xCal:dtstart>20261212T190000Z</xCal:dtstart><xCal:dtend>20261212T210000Z</xCal:dtend><xCal:location>Room 4</xCal:location>',
      { start: '2026-12-12T19:00:00Z', end: '2026-12-12T21:00:00Z', place: 'Room 4' },
    ],
    [
      'xCal, whose last day is the one before its end',
      '<xCal:dtstart>2026-12-12</xCal:dtstart><xCal:dtend>2026-12-14</xCal:dtend>',
      { start: '2026-12-12', end: '2026-12-13' },
    ],
    ['xCal of one day', '<xCal:dtstart>2026-12-12</xCal:dtstart><xCal:dtend>2026-12-13</xCal:dtend>', { start: '2026-12-12' }],
    [
      'a calendar within the item',
      '<xCal:vcalendar><xCal:vevent><xCal:dtstart>2026-12-12</xCal:dtstart></xCal:vevent></xCal:vcalendar>',
      { start: '2026-12-12' },
    ],
    [
      'a library, whose own time stands first',
      '<bc:start_date>2026-12-12T18:00:00Z</bc:start_date><bc:start_date_local>2026-12-12T10:00</bc:start_date_local><bc:location><bc:id>7</bc:id><bc:name>Mill Branch</bc:name></bc:location>',
      { start: '2026-12-12T10:00', place: 'Mill Branch' },
    ],
    [
      'a town, in words',
      '<calendarEvent:EventDates> December 12, 2026 </calendarEvent:EventDates><calendarEvent:EventTimes>10:30 AM - 02:00 PM</calendarEvent:EventTimes><calendarEvent:Location>1 Mill Lane&lt;br&gt;Old Town</calendarEvent:Location>',
      { start: '2026-12-12T10:30', end: '2026-12-12T14:00', place: '1 Mill Lane Old Town' },
    ],
    [
      'a town, several days',
      '<calendarEvent:EventDates>December 12, 2026 - December 13, 2026</calendarEvent:EventDates>',
      { start: '2026-12-12', end: '2026-12-13' },
    ],
    [
      'a date and an hour apart',
      '<mec:startDate>2026-12-12</mec:startDate><mec:startHour>10:00 am</mec:startHour>',
      { start: '2026-12-12T10:00' },
    ],
    [
      'Google',
      '<gd:when startTime="2026-12-12T10:00:00Z"/><gd:where valueString="Hall"/>',
      { start: '2026-12-12T10:00:00Z', place: 'Hall' },
    ],
    ['no event: a place alone', '<ev:location>Great hall</ev:location>', undefined],
    ['no event: no date', '<ev:startdate>To be announced</ev:startdate>', undefined],
    [
      'an end before its start is none',
      '<ev:startdate>2026-12-12</ev:startdate><ev:enddate>2026-12-01</ev:enddate>',
      { start: '2026-12-12' },
    ],
  ])('is stated in fields of its own: %s', (_, fields, event) => {
    expect(eventOf(fields)).toEqual(event);
  });

  test('whose time has no zone is in that of its source, where staff set one', () => {
    expect(eventOf('<ev:startdate>2026-12-12T10:00</ev:startdate>', { timeZone: 'Europe/Madrid' })).toEqual({
      start: '2026-12-12T09:00:00Z',
    });
  });

  test.each([
    ['of its own', '"start_date":"2026-12-12 10:00"'],
    ['of an extension', '"_calendar":{"startDate":"2026-12-12T10:00","location":{"name":"Hall"}}'],
  ])('is stated in fields of JSON %s', (_, field) => {
    const feed = `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"Talk",${field}}]}`;
    expect(first(parse(feed)).event?.start).toBe('2026-12-12T10:00');
  });

  const dated = (...dates: readonly string[]): (string | undefined)[] =>
    parse(
      `<rss><channel>${dates.map((date) => `<item><title>${date}</title><pubDate>${date}</pubDate></item>`).join('')}</channel></rss>`,
    ).entries.map(({ datedAhead }) => datedAhead);

  test('is what a date of publication ahead tells of; one of tomorrow where the document has one further ahead', () => {
    expect(dated('Fri, 02 Jan 2026 20:00:00 GMT', 'Thu, 01 Jan 2026 20:00:00 GMT')).toEqual([undefined, undefined]);
    expect(dated('Fri, 02 Jan 2026 20:00:00 GMT', 'Thu, 01 Jan 2026 20:00:00 GMT', 'Fri, 20 Mar 2026 18:00:00 +0100')).toEqual([
      '2026-01-02T20:00:00Z',
      undefined,
      '2026-03-20T17:00:00Z',
    ]);
  });

  test('is not what a mistyped year tells of', () => {
    expect(dated('Fri, 01 Jan 2062 20:00:00 GMT')).toEqual([undefined]);
  });
});

test('the page that a post of a link blog is about is kept beside its own', () => {
  const feed = (item: string): Entry =>
    first(parse(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"T",${item}}]}`));
  expect(feed('"url":"https://e.org/1","external_url":"https://paper.example/"').externalUrl).toBe('https://paper.example/');
  expect(feed('"external_url":"https://paper.example/"')).not.toHaveProperty('externalUrl');
});

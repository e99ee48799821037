import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { DigestModel, DigestPost, DigestRenderer, RenderedDigest } from '../../src/render/digest.ts';
import { checkGates } from '../../src/render/digest/gates.ts';
import { visibleLine } from '../../src/content/html/visible-text.ts';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { elementsOf } from '../../src/content/html/html-tree.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { exampleDigest, exampleDigestIn } from '../support/example-digest.ts';
import { expectGolden } from './golden.ts';

const templatesFolder = join(packageRoot, 'templates');

let renderer: DigestRenderer;

beforeAll(async () => {
  renderer = await createDigestRenderer({ templatesFolder });
});

const plainPost: DigestPost = {
  position: 1n,
  title: 'A plain post',
  url: 'https://example.org/plain',
  authors: [],
  html: '<p>One paragraph.</p>',
  summary: 'One paragraph.',
  readingMinutes: 1,
  attachments: [],
};

function digestOf(posts: readonly Partial<DigestPost>[], overrides: Partial<DigestModel> = {}): DigestModel {
  const { note: _note, ...rest } = exampleDigest;
  const full = posts.map((post, index) => ({ ...plainPost, position: BigInt(index + 1), ...post }));
  return { ...rest, posts: full, alsoPublished: [], corrections: [], ...overrides };
}

function headings(digest: RenderedDigest, level: string): string[] {
  return elementsOf(parseOwnHtml(digest.html))
    .filter((element) => element.tag === level)
    .map((element) => visibleLine(element.children));
}

function failedGates(digest: RenderedDigest, model: DigestModel) {
  return checkGates(digest, model).filter((gate) => !gate.ok);
}

describe('golden files', () => {
  test.each([
    ['digest', 'en'],
    ['digest', 'es'],
    ['digest', 'fr'],
    ['letter', 'en'],
  ])('the template %s in %s gives the html and the text that were agreed', async (template, language) => {
    const model = exampleDigestIn(language, template);
    const digest = await renderer.render(model);
    await expectGolden(`${template}.${language}.html`, digest.html);
    await expectGolden(`${template}.${language}.txt`, `Subject: ${digest.subject}\nPreheader: ${digest.preheader}\n\n${digest.text}`);
    expect(failedGates(digest, model)).toEqual([]);
    expect(digest.repairs).toEqual([]);
  });
});

describe('what a digest shows', () => {
  test('MJML runs once for each rendition', async () => {
    const before = renderer.mjmlRunCount;
    await renderer.render(exampleDigestIn('en'));
    await renderer.render(exampleDigestIn('fr', 'letter'));
    expect(renderer.mjmlRunCount - before).toBe(2);
  });

  test('the same model gives the same bytes', async () => {
    expect(await renderer.render(exampleDigest)).toEqual(await renderer.render(exampleDigest));
  });

  test('with one topic only there is one heading and no contents list', async () => {
    const topic = { slug: 'research', name: 'Research' };
    const digest = await renderer.render(digestOf(Array.from({ length: 8 }, (_, index) => ({ title: `Post ${index}`, topic }))));
    expect(headings(digest, 'h2')).toEqual(['Research']);
    expect(digest.text).not.toContain('IN THIS EDITION');
  });

  test.each(['digest', 'letter'])(
    'the list of contents names posts and leads nowhere, for half of the mail programs do not follow it: %s',
    async (template) => {
      const topics = ['Research', 'Schools'].map((name) => ({ slug: name.toLowerCase(), name }));
      const untitled = { title: 'One paragraph.', topic: topics[1]! };
      const posts = [...Array.from({ length: 6 }, (_, index) => ({ title: `Post ${index}`, topic: topics[0]! })), untitled];
      const model = digestOf(posts, { template });
      const digest = await renderer.render(model);
      const elements = elementsOf(parseOwnHtml(digest.html));
      const ids = elements.flatMap((element) => element.attributes['id'] ?? []);
      expect(ids.filter((id) => /^p\d+$/.test(id))).toEqual(['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7']);
      expect(elements.flatMap((element) => (element.attributes['href']?.includes('#') ? [element.attributes['href']] : []))).toEqual([]);
      expect(failedGates(digest, model)).toEqual([]);
    },
  );

  test('the list of contents sets topics apart in the text', async () => {
    const digest = await renderer.render(exampleDigest);
    expect(digest.text).toMatch(/IN THIS EDITION\n\nResearch\n {2}- [^]+\n {2}- [^\n]+\n\nLeadership Development\n {2}- /);
  });

  test.each(['digest', 'letter'])('a note of the edition takes nothing of the introduction away: %s', async (template) => {
    const newsletter = { ...exampleDigest.newsletter, intro: 'What this letter is about.' };
    const { html, text } = await renderer.render({ ...exampleDigest, template, newsletter, note: 'A word on this edition.' });
    for (const part of [html, text]) {
      expect(part).toContain('What this letter is about.');
      expect(part).toContain('A word on this edition.');
      if (template === 'letter') expect(part.indexOf('A word on')).toBeLessThan(part.indexOf('What this letter'));
    }
  });

  test('the line below a title is never longer than a line of text', async () => {
    const title = `https://example.org/${'a'.repeat(118)}`;
    const { text } = await renderer.render(digestOf([{ title }]));
    expect(text).toContain(`${title}\n${'-'.repeat(74)}\n`);
  });

  test('without topics there is no heading but those of the posts, right below the name', async () => {
    const digest = await renderer.render(digestOf([{}, { title: 'Another' }]));
    expect(headings(digest, 'h1')).toEqual(['The Lantern']);
    expect(headings(digest, 'h2')).toEqual(['A plain post', 'Another']);
  });

  test('posts without a topic stand last, under a heading of their own', async () => {
    const topics = ['Research', 'Schools'].map((name) => ({ slug: name.toLowerCase(), name }));
    const [research, schools] = topics.map((topic) => ({ title: `On ${topic.name}`, topic }));
    const digest = await renderer.render(digestOf([research!, { title: 'No topic' }, schools!]));
    expect(headings(digest, 'h2')).toEqual(['Research', 'Schools', 'Also in this edition']);
    expect(headings(digest, 'h3')).toEqual(['On Research', 'On Schools', 'No topic']);
  });

  test('sections stand in the order that the model wants, others as they appear, posts without a topic last', async () => {
    const topics = ['Research', 'Schools', 'News'].map((name) => ({ slug: name.toLowerCase(), name }));
    const posts = [...topics.map((topic) => ({ title: `On ${topic.name}`, topic })), { title: 'No topic' }];
    const digest = await renderer.render(digestOf(posts, { sectionOrder: ['News', 'Schools'] }));
    expect(headings(digest, 'h2')).toEqual(['News', 'Schools', 'Research', 'Also in this edition']);
    expect(digest.text.indexOf('On News')).toBeLessThan(digest.text.indexOf('On Research'));
  });

  test('a first post without a topic stands first, under no heading: the subject names it', async () => {
    const topic = { slug: 'research', name: 'Research' };
    const digest = await renderer.render(digestOf([{ title: 'Pinned' }, { title: 'With topic', topic }, { title: 'Last' }]));
    expect(headings(digest, 'h2')).toEqual(['Pinned', 'Research', 'Also in this edition']);
    expect(headings(digest, 'h3')).toEqual(['With topic', 'Last']);
    expect(digest.subject).toMatch(/^Pinned/);
    expect(digest.text.indexOf('Pinned')).toBeLessThan(digest.text.indexOf('RESEARCH'));
  });

  test.each(['digest', 'letter'])(
    'footnotes are numbered in the order in which a reader meets them, also across topics: %s',
    async (template) => {
      const topics = ['Research', 'Schools'].map((name) => ({ slug: name.toLowerCase(), name }));
      const linked = (name: string, topic: number) => ({
        title: `On ${name}`,
        html: `<p>See <a href="https://example.org/${name}">the ${name}</a>.</p>`,
        topic: topics[topic]!,
      });
      const { text } = await renderer.render(digestOf([linked('gardens', 0), linked('kitchens', 1), linked('libraries', 0)], { template }));
      expect(text.match(/\[\d\] https:\S+/g)).toEqual([
        '[1] https://example.org/gardens',
        '[2] https://example.org/libraries',
        '[3] https://example.org/kitchens',
      ]);
    },
  );

  test('an old post has its year, a post of the same year none, a post without a date no date', async () => {
    const dates = [new Date('2025-03-01T12:00:00Z'), new Date('2021-03-01T12:00:00Z')];
    const digest = await renderer.render(digestOf([...dates.map((publishedAt) => ({ publishedAt })), {}]));
    expect(digest.text.match(/\d+\u00A0March(?:\u00A0\d+)?/g)).toEqual(['1\u00A0March', '1\u00A0March\u00A02021']);
  });

  test('dates are those of the zone, not of the machine', async () => {
    const digest = await renderer.render(digestOf([{ publishedAt: new Date('2025-06-30T23:30:00Z') }], { timeZone: 'Europe/Madrid' }));
    expect(digest.text).toContain('1\u00A0July');
  });

  test.each(['digest', 'letter'])('an event shows when and where it is in place of its date, in both parts: %s', async (template) => {
    const event = { start: '2025-12-12T09:00:00Z', end: '2025-12-12T11:00:00Z', place: 'Great hall' };
    const posts = [{ event, authors: ['Ana Ruiz'], publishedAt: new Date('2025-06-30T12:00:00Z') }];
    const { html, text } = await renderer.render(digestOf(posts, { timeZone: 'Europe/Madrid', template }));
    for (const part of [html, text]) {
      expect(part.replaceAll(/&nbsp;|\s/g, ' ')).toContain('Friday, 12 December 2025, 10:00–12:00 · Great hall · By Ana Ruiz');
      expect(part).not.toContain('June');
    }
  });

  test('an essay shows a lead of whole sentences with a link, a notice its whole text', async () => {
    const essay = `<p>${'This sentence has exactly seven words here. '.repeat(60)}</p>`;
    const digest = await renderer.render(digestOf([{ title: 'Essay', html: essay, readingMinutes: 5 }, { title: 'Notice' }]));
    expect(digest.text.match(/This\ssentence/g)?.length).toBeLessThan(30);
    expect(digest.text).toMatch(/words\shere\.\n\nContinue reading: https:\/\/example\.org\/plain/);
    expect(digest.text).toContain('One paragraph.');
  });

  test('a notice that gives way for want of room and loses nothing by it is not called shortened', async () => {
    const essay = { title: 'Essay', html: `<p>${'This sentence has exactly seven words here. '.repeat(900)}</p>`, url: undefined };
    const notice = { title: 'Notice', html: '<p>The office is closed on Friday.</p>', url: 'https://example.org/notice' };
    const { url: _url, ...unlinked } = plainPost;
    const posts = [
      { ...unlinked, html: essay.html },
      { ...unlinked, html: essay.html },
      { ...plainPost, ...notice },
    ];
    const digest = await renderer.render({ ...digestOf([]), posts });
    expect(digest.text).toContain('The office is closed on Friday.');
    expect(digest.text).not.toContain('Continue reading: https://example.org/notice');
  });

  test('a post without a title and a date has its link in both parts', async () => {
    const { publishedAt: _at, authors: _authors, ...plain } = { publishedAt: undefined, ...plainPost };
    const post = { ...plain, authors: [], title: '', url: 'https://example.org/untitled' };
    const digest = await renderer.render({ ...digestOf([]), posts: [post, { ...plainPost, title: 'Other' }] });
    expect(digest.text).toContain('https://example.org/untitled');
    expect(digest.html).toContain('href="https://example.org/untitled"');
  });

  test('an essay without a link stands in full', async () => {
    const { url: _url, ...unlinked } = plainPost;
    const html = `<p>${'This sentence has exactly seven words here. '.repeat(60)}</p>`;
    const digest = await renderer.render({ ...digestOf([]), posts: [{ ...unlinked, html }] });
    expect(digest.text.match(/This\ssentence/g)).toHaveLength(60);
  });

  test('with two papers each button stands by its paragraph, and a stray "PDF" is not repeated', async () => {
    const digest = await renderer.render({ ...exampleDigest, posts: exampleDigest.posts.slice(1, 2) });
    const order = ['first paper looks', 'Working paper 31', 'second asks what', 'Working paper 32'].map((words) =>
      digest.text.indexOf(words),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(digest.text).not.toMatch(/^PDF/m);
    expect(digest.html).toContain('(PDF, 1.2&nbsp;MB)'.replace('&nbsp;', '\u00A0'));
  });

  test('a button keeps its room in Outlook, which heeds padding of cells only', async () => {
    const { html } = await renderer.render(exampleDigest);
    const cells = elementsOf(parseOwnHtml(html)).filter((element) => /border-left:4px/.test(element.attributes['style'] ?? ''));
    expect(cells).toHaveLength(3);
    for (const cell of cells) expect(cell.attributes['style']).toContain('mso-padding-alt:15px 18px');
  });

  test('a title that was taken from the text does not stand twice', async () => {
    const title = 'Sometimes a note has no title at all.';
    const digest = await renderer.render(digestOf([{ title, html: `<p>${title} This is the rest.</p>` }]));
    expect(headings(digest, 'h3')).toEqual([]);
    expect(digest.text.match(/Sometimes/g)).toHaveLength(1);
    expect(failedGates(digest, digestOf([{ title }]))).toEqual([]);
  });

  test.each([
    ['only its summary is', '<pre>Title in the text. {words}</pre>', 'Title in the text.'],
    ['a lead passes its heading over', '<h2>Title in</h2><p>the text. {words}</p>', 'Title in the text.'],
  ])('a title that was taken from the text stands above what is shown when %s', async (_what, html, title) => {
    const words = 'This sentence has exactly seven words here. '.repeat(60);
    const model = digestOf([{ title, html: html.replace('{words}', words), summary: 'Another matter.' }]);
    const digest = await renderer.render(model);
    expect(headings(digest, 'h2')).toEqual([title]);
    expect(failedGates(digest, model)).toEqual([]);
  });

  test('a picture that is shown above the text is not repeated in it', async () => {
    const image = { url: 'https://example.org/a.jpg', alt: 'A', width: 900, height: 600 };
    const html = '<figure><img src="https://example.org/a-1024x683.jpg" alt="A"></figure><p>Text.</p>';
    const digest = await renderer.render(digestOf([{ image, html }]));
    expect(elementsOf(parseOwnHtml(digest.html)).filter((element) => element.tag === 'img')).toHaveLength(1);
  });

  test('a show’s cover that every post repeats stands once, above the first', async () => {
    const image = { url: 'https://example.org/cover.jpg', alt: 'The show', width: 900, height: 900 };
    const digest = await renderer.render(
      digestOf(['One', 'Two', 'Three'].map((title) => ({ title, image, html: `<p>About ${title}.</p>` }))),
    );
    expect(picturesOf(digest).map(({ attributes }) => attributes['src'])).toEqual([image.url]);
    expect(digest.html.indexOf('cover.jpg')).toBeLessThan(digest.html.indexOf('About One.'));
  });

  test('a caption stays with its picture, also where the text begins with both', async () => {
    const image = { url: 'https://example.org/a.jpg', alt: 'A', width: 900, height: 600 };
    const html = '<figure><img src="https://example.org/a-1024x683.jpg" alt="A"><figcaption>By whom</figcaption></figure><p>Text.</p>';
    const digest = await renderer.render(digestOf([{ image, html }]));
    expect(picturesOf(digest)).toHaveLength(1);
    expect(digest.html).toMatch(/<img[^>]*>(?:(?!<p|<h3).)*<figcaption[^>]*>By whom/s);
  });

  const charted =
    '<p>Look at the chart.</p><figure><img src="https://example.org/a-1024x683.jpg" alt="A"><figcaption>Chart 1</figcaption></figure><p>More.</p>';
  const chart = { url: 'https://example.org/a.jpg', alt: 'A', width: 900, height: 600 };
  const picturesOf = (digest: RenderedDigest) => elementsOf(parseOwnHtml(digest.html)).filter((element) => element.tag === 'img');

  test('a picture within the text stays with its caption; above the text it stands where only a lead is shown', async () => {
    const inFull = await renderer.render(digestOf([{ image: chart, html: charted }]));
    expect(picturesOf(inFull)).toHaveLength(1);
    expect(inFull.text).toMatch(/chart\.\n\n\[A\]\n\nChart 1\n\nMore/);
    const long = `<p>${'This sentence has exactly seven words here. '.repeat(60)}</p>`;
    const withLead = await renderer.render(digestOf([{ image: chart, html: `<p>Look at the chart.</p>${charted}${long}` }]));
    expect(picturesOf(withLead)).toHaveLength(1);
    expect(withLead.text).not.toContain('Chart 1');
  });

  test.each([
    ['the template shows none above the text', { template: 'letter' }],
    ['the newsletter wants none above the text', { newsletter: { ...exampleDigest.newsletter, sections: { images: false } } }],
  ])('a picture of the text stays in it where %s', async (_what, overrides) => {
    const html = '<figure><img src="https://example.org/a-1024x683.jpg" alt="A"><figcaption>Chart 1</figcaption></figure><p>More.</p>';
    const digest = await renderer.render(digestOf([{ image: chart, html }], overrides));
    expect(picturesOf(digest)).toHaveLength(1);
    expect(digest.text).toMatch(/\[A\]\n\nChart 1\n\nMore/);
  });

  test('what looks like a shortcode still is noted, but for code and what a person may write', async () => {
    const warned = await renderer.render(digestOf([{ html: '<p>Read [vc_row el="a"] this.</p>' }, { title: 'One [gallery ids="1"]' }]));
    expect(warned.repairs.map((each) => each.replace(/ \(.*/, ''))).toEqual([
      'Something that looks like a shortcode was left as it is: “[vc_row el="a"]”',
      'Something that looks like a shortcode was left as it is: “[gallery ids="1"]”',
    ]);
    const calm = await renderer.render(digestOf([{ html: '<p>So [sic] it is [1].</p><pre>[vc_row el="a"]</pre>' }]));
    expect(calm.repairs).toEqual([]);
  });

  test('a logo that was found dead is left out and noted: the name stands in the masthead', async () => {
    const logoUrl = 'https://example.org/logo.png';
    const model = { ...exampleDigest, newsletter: { ...exampleDigest.newsletter, logoUrl } };
    expect((await renderer.render(model)).html).toContain(logoUrl);
    const digest = await renderer.render({ ...model, deadImages: [logoUrl] });
    expect(digest.html).not.toContain(logoUrl);
    expect(headings(digest, 'h1')).toEqual([exampleDigest.newsletter.name]);
    expect(digest.repairs).toContain('The newsletter’s logo could not be loaded and was left out');
  });

  test('a picture that was found dead is left out and noted', async () => {
    const image = exampleDigest.posts[0]!.image!;
    const digest = await renderer.render({ ...exampleDigest, deadImages: [image.url] });
    expect(digest.html).not.toContain(image.url);
    expect(digest.repairs).toEqual(['A picture that could not be loaded was left out (“What a quiet library taught us about tutoring”)']);
  });

  test('a newsletter may do without contents, pictures and reading times', async () => {
    const sections = { contents: false, images: false, readingTime: false };
    const model = { ...exampleDigest, newsletter: { ...exampleDigest.newsletter, sections } };
    const digest = await renderer.render(model);
    expect(digest.html).not.toMatch(/<img|min read|18 minutes/);
    expect(digest.text).not.toMatch(/IN THIS EDITION|min read/);
    expect(failedGates(digest, model)).toEqual([]);
  });

  test('subject and preheader of the edition are Liquid and override the template', async () => {
    const digest = await renderer.render({
      ...exampleDigest,
      subject: '{{ posts.size }} posts from {{ newsletter.name }}',
      preheader: 'For you',
    });
    expect(digest.subject).toBe('9 posts from The Lantern');
    expect(digest.preheader).toBe('For you');
    expect(digest.html).toContain('For you');
  });

  test('a mistake in an overriding subject is refused with its line', async () => {
    await expect(renderer.render({ ...exampleDigest, subject: '{{ nobody }}' })).rejects.toThrow(/^subject:1: .*"nobody"/);
    await expect(renderer.render({ ...exampleDigest, subject: '{{ reader.name }}' })).rejects.toThrow(
      /^subject:1: Expected no placeholder here/,
    );
  });

  test('a subject over 150 characters is cut at a word and noted', async () => {
    const digest = await renderer.render({ ...exampleDigest, subject: 'word '.repeat(60) });
    expect(digest.subject).toMatch(/^(?:word )+word…$/);
    expect(digest.subject.length).toBeLessThanOrEqual(150);
    expect(digest.repairs).toEqual(['The subject was cut to 150 characters']);
  });

  test('corrections alone make a digest; nothing at all is refused', async () => {
    const model = digestOf([], { corrections: exampleDigest.corrections });
    const digest = await renderer.render(model);
    expect(digest.subject).toBe('Corrections: The Lantern');
    expect(failedGates(digest, model)).toEqual([]);
    await expect(renderer.render(digestOf([]))).rejects.toThrow(InvalidInputError);
  });

  test('the link to preferences is there when readers have that page', async () => {
    expect((await renderer.render(exampleDigest)).html).not.toContain('\uFDD0links.preferences\uFDD1');
    expect((await renderer.render({ ...exampleDigest, showsPreferences: true })).html).toContain('\uFDD0links.preferences\uFDD1');
  });

  test('an unknown language has English phrases, a regional one those of its language', async () => {
    const english = await renderer.render(exampleDigestIn('sv'));
    expect(english.text).toContain('Unsubscribe');
    expect(english.text).toContain('Friday, 21 November 2025');
    expect(english.html).toContain('<html lang="en" dir="ltr"');
    const regional = await renderer.render(exampleDigestIn('fr-CA'));
    expect(regional.text).toContain('Se désabonner');
    expect(regional.html).toContain('<html lang="fr-CA"');
  });

  test('an unknown template is refused with the names of those that exist', async () => {
    await expect(renderer.render(exampleDigestIn('en', 'nothing'))).rejects.toThrow(
      'Expected one of the templates digest, letter, got "nothing"',
    );
  });
});

describe('hostile and odd input', () => {
  const markup = '<script>alert(1)</script> & "quotes" \'n\' <b>bold</b>';

  test('markup in titles, names and phrases is text', async () => {
    const model = digestOf([{ title: markup, authors: [markup], summary: markup, topic: { slug: 'x', name: markup } }], {
      newsletter: { ...exampleDigest.newsletter, name: markup, postalAddress: markup, intro: markup },
      note: markup,
    });
    const digest = await renderer.render(model);
    expect(elementsOf(parseOwnHtml(digest.html)).some((element) => element.tag === 'script')).toBe(false);
    expect(visibleLine(parseOwnHtml(digest.html))).toContain(markup);
    expect(digest.text.replaceAll(/\s+/g, ' ')).toContain(markup);
    expect(failedGates(digest, model)).toEqual([]);
  });

  test('what a sanitiser should have removed does not pass here either', async () => {
    const html =
      '<script>alert(1)</script><p onclick="x()" style="position:fixed">Text<iframe src="https://evil.example"></iframe><a href="javascript:x()">link</a></p>';
    const digest = await renderer.render(digestOf([{ html }]));
    expect(digest.html).not.toMatch(/alert|onclick|position:fixed|evil|javascript/);
    expect(digest.repairs).toEqual(['A link that leads to no web address was turned into plain text (“A plain post”)']);
  });

  test('template syntax in a post is text like any other', async () => {
    const liquid = '{{ links.unsubscribe }} {% if %} [[ x ]]';
    const digest = await renderer.render(digestOf([{ title: liquid, html: `<p>And: ${liquid}</p>`, summary: liquid }]));
    expect(digest.text.split(liquid)).toHaveLength(3);
    expect(digest.html).toContain(`And: ${liquid}`);
    expect(digest.html.match(/\uFDD0links\.unsubscribe/g)).toHaveLength(1);
  });

  test('content cannot forge a placeholder, be it spelled, encoded or hidden in a link', async () => {
    const mark = '\uFDD0reader.address\uFDD1';
    const html = `<p>${mark} &#xFDD0;reader.address&#xFDD1; <a href="https://evil.example/?&#xFDD0;reader.address&#xFDD1;">x</a> \uFDD20\uFDD3</p>`;
    const url = `https://evil.example/?${mark}`;
    const attachments = [{ url: `https://evil.example/%EF%B7%90reader.address%EF%B7%91.pdf?${mark}`, title: '', mediaType: `x/${mark}` }];
    const image = { url, alt: mark };
    const corrections = [{ position: 9n, title: mark, url, note: mark }];
    const digest = await renderer.render(
      digestOf([{ title: `${mark} title`, url, html, attachments, image, authors: [mark] }], { corrections }),
    );
    const parts = digest.html + digest.text + digest.subject + digest.preheader;
    expect(parts.match(/\uFDD0reader\.address\uFDD1/g)).toHaveLength(2);
    expect(parts.match(/[\uFDD2-\uFDEF]/g)).toBeNull();
  });

  test('huge titles are cut, control characters and lone surrogates removed', async () => {
    const model = digestOf([{ title: `${'long '.repeat(5000)}\u0000\u0007\uD800` }]);
    const digest = await renderer.render(model);
    expect(digest.html + digest.text + digest.subject).not.toMatch(/(?![\n\t])\p{Cc}|\p{Surrogate}/u);
    expect(digest.html.length).toBeLessThan(40_000);
    expect(failedGates(digest, model)).toEqual([]);
  });

  test('writing from right to left is marked as such', async () => {
    const digest = await renderer.render(digestOf([{ title: 'مكتبة هادئة', html: '<p>في خريف العام الماضي أغلقنا الغرفة.</p>' }]));
    expect(digest.html).toMatch(/<h2[^>]* dir="rtl"/);
    expect(digest.html).toContain('<div dir="rtl" style="text-align:right">');
    expect((await renderer.render({ ...exampleDigestIn('ar') })).html).toContain('dir="rtl"');
  });

  test.each(['digest', 'letter'])(
    'the line below a title and the link below a post stand on the side of the post: %s',
    async (template) => {
      const publishedAt = new Date('2025-11-18T09:00:00Z');
      const sidesIn = async (language: string, given: Partial<DigestPost>) => {
        const { html } = await renderer.render(digestOf([{ publishedAt, authors: ['Ann'], ...given }], { language, template }));
        const lines = [
          /align="(\w+)"[^>]*>(?:(?!<td)[^])*?Ann/,
          /align="(\w+)"[^>]*>(?:(?!<td)[^])*?<a href="https:\/\/example\.org\/[^"]*" style="color:[^"]*underline/,
        ];
        return lines.map((line) => line.exec(html)?.[1]);
      };
      expect(await sidesIn('en', { title: 'مكتبة هادئة', html: '<p>في خريف العام الماضي أغلقنا الغرفة.</p>' })).toEqual(['right', 'right']);
      expect(await sidesIn('ar', { title: 'A quiet library', html: '<p>In autumn we closed the room.</p>', language: 'en' })).toEqual([
        'left',
        'left',
      ]);
    },
  );

  test('names and titles written from right to left are set apart in a frame that is not, and their letters hang together', async () => {
    const model = digestOf([{ title: 'عنوان قصير', topic: { slug: 'news', name: 'أخبار' } }]);
    const { html, text, subject } = await renderer.render({
      ...model,
      newsletter: { ...model.newsletter, name: 'صحيفة' },
      alsoPublished: [{ ...plainPost, position: 9n, title: 'خبر!' }],
    });
    expect(subject).toContain('\u2068عنوان قصير\u2069');
    expect(text).toContain('You receive \u2068صحيفة\u2069 because');
    expect(html).toMatch(/<a href="[^"]*" dir="rtl"[^>]*>خبر!</);
    expect(html).toMatch(/letter-spacing:0px"?>أخبار</);
    expect(html).not.toMatch(/letter-spacing:(?!0px)[^;"]+"?>(?:<a [^>]*>)?(?:أخبار|عنوان|صحيفة)/);
  });

  test('the frame is in the language of its phrases, each post in its own: title, text, and wherever it is named by title', async () => {
    const spanish = { title: 'Una nota', html: '<p>Un párrafo.</p>', language: 'es-MX' };
    const posts = [spanish, { title: 'A note', html: '<p>A paragraph.</p>' }, { title: 'In the region', language: 'en-US' }];
    const digest = await renderer.render({
      ...digestOf(posts),
      alsoPublished: [{ ...plainPost, position: 8n, title: 'Otra', language: 'es' }],
      corrections: [{ position: 9n, title: 'Errata', url: 'https://example.org/e', language: 'es' }],
    });
    expect(digest.html).toMatch(/<h2 [^>]*lang="es-MX"[^>]*><a [^>]*>Una nota/);
    expect(digest.html).toContain('<div lang="es-MX"><p style="margin:0 0 18px">Un párrafo.</p></div>');
    expect(digest.html).toMatch(/<a [^>]*lang="es"[^>]*>Otra/);
    expect(digest.html).toMatch(/<a [^>]*lang="es"[^>]*>Errata/);
    expect(digest.html.match(/ lang="/g)).toHaveLength(2 + 4);
    // A newsletter in a language without phrases: the frame is English, and what is in its own language says so.
    const swedish = await renderer.render(digestOf([{ title: 'En notis' }, { title: 'A note', language: 'en' }], { language: 'sv' }));
    expect(swedish.html).toMatch(/<h2 [^>]*lang="sv"[^>]*><a [^>]*>En notis/);
    expect(swedish.html).toMatch(/<h2 id="p2" style/);
  });

  test.each(['digest', 'letter'])(
    'in an Arabic frame of the template %s what is written from left to right is set so',
    async (template) => {
      const attachments = [{ url: 'https://example.org/a.pdf', title: 'ورقة', mediaType: 'application/pdf', lengthBytes: 1_200_000 }];
      const posts = [
        { title: 'A note', html: '<p>A paragraph.</p>', language: 'en', authors: ['Ana Ruiz'], attachments },
        { title: 'CERN: مختبر الفيزياء', html: '<p>PDF: ورقة عمل جديدة.</p>' },
      ];
      const digest = await renderer.render(digestOf(posts, { language: 'ar', template }));
      expect(digest.html).toContain('<html lang="ar" dir="rtl"');
      expect(digest.html).toMatch(/text-align:left;[^"]*"><h2 [^>]*lang="en" dir="ltr"/);
      expect(digest.html).toContain('<div lang="en" dir="ltr" style="text-align:left"><p');
      expect(digest.html).toMatch(/text-align:right;[^"]*"><h2 id="p2" style/);
      expect(digest.html).toContain('<div dir="rtl" style="text-align:right"><p');
      expect(digest.html).not.toContain('direction:ltr');
      expect(digest.text).toContain('\n\u200FCERN: مختبر الفيزياء\n');
      expect(digest.text).toContain('\n\u200FPDF: ورقة عمل جديدة.\n');
      expect(digest.text).toContain('\nA note\n');
    },
  );

  test('what is written from right to left has its bullets and bars at the right, and its author apart from the date', async () => {
    const html =
      '<p>في خريف العام الماضي.</p><ul><li>أولا</li></ul><blockquote><p>اليوم.</p></blockquote><table><tr><th>أ</th></tr></table>';
    const publishedAt = new Date('2025-11-14T12:00:00Z');
    const digest = await renderer.render(digestOf([{ title: 'مكتبة', html, authors: ['ليلى حسن', 'Ana Ruiz'], publishedAt }]));
    expect(digest.html).toContain('<ul style="margin:0 0 18px;padding:0 24px 0 0">');
    expect(digest.html).toMatch(/<blockquote style="[^"]*padding:2px 20px 2px 0;border-right:3px solid/);
    expect(digest.html).toMatch(/<th style="padding:7px 0 7px 10px;[^"]*text-align:right/);
    expect(digest.text).toContain('By \u2068ليلى حسن\u2069 and Ana Ruiz\u00A0· 14\u00A0November');
  });

  test('emoji and East Asian text keep whole', async () => {
    const text = '図書館は静かだった。'.repeat(12);
    const digest = await renderer.render(digestOf([{ title: '👩‍👩‍👧 family reading 📚', html: `<p>${text}</p>` }]));
    expect(digest.text).toContain('👩‍👩‍👧 family reading 📚');
    expect(digest.text.replaceAll(/\s/g, '')).toContain(text);
  });

  test('a post with nothing but a title is no error', async () => {
    const { url: _url, ...unlinked } = plainPost;
    const model = { ...digestOf([]), posts: [{ ...unlinked, html: '', summary: '' }] };
    expect(failedGates(await renderer.render(model), model)).toEqual([]);
  });
});

describe('size', () => {
  test('200 long posts fit: the first fullest, then summaries, then titles, then a link to the rest', async () => {
    const posts = Array.from({ length: 200 }, (_, index) => ({
      title: `Post number ${index + 1} of many`,
      url: `https://example.org/posts/${index + 1}`,
      html: `<p>${`Paragraph ${index + 1} says something at length about the matter. `.repeat(20)}</p>`,
      summary: `Summary ${index + 1}.`,
    }));
    const model = digestOf(posts);
    const before = renderer.mjmlRunCount;
    const digest = await renderer.render(model);
    expect(Buffer.byteLength(digest.html)).toBeLessThan(102_000);
    expect(Buffer.byteLength(digest.html)).toBeGreaterThan(60_000);
    expect(failedGates(digest, model)).toEqual([]);
    expect(digest.html).toContain('Post number 1 of many');
    expect(digest.text).toMatch(/and \d+ more on the web: https:/);
    expect(digest.repairs.some((repair) => repair.includes('by its title only'))).toBe(true);
    expect(renderer.mjmlRunCount - before).toBeLessThanOrEqual(2);
  });

  test('a few posts that are far too long keep their leads and say so', async () => {
    const { url: _url, ...unlinked } = plainPost;
    const html = `<p>${'This sentence has exactly seven words here. '.repeat(900)}</p>`;
    const posts = Array.from({ length: 4 }, (_, index) => ({ ...unlinked, position: BigInt(index + 1), title: `Unlinked ${index}`, html }));
    const model = { ...digestOf([]), posts };
    const digest = await renderer.render(model);
    expect(failedGates(digest, model)).toEqual([]);
    expect(digest.repairs).toEqual([
      'To keep the mail under 102 KB, “Unlinked 1”, “Unlinked 2”, “Unlinked 3” is shown with its beginning only',
    ]);
  });

  test.each([
    ['digest', 14],
    ['digest', 45],
    ['letter', 60],
  ])('pictures, documents and a list of contents take no more room than they need: %s with %i posts', async (template, count) => {
    const posts = Array.from({ length: count }, (_, index) => ({
      title: `Essay number ${index + 1} of many`,
      url: `https://example.org/essays/${index + 1}`,
      html: `<p>${'A sentence of an essay with <a href="https://example.org/a">a link</a> in it. '.repeat(40)}</p>`,
      summary: 'A summary of two sentences. This is the second.',
      topic: { slug: `topic-${index % 4}`, name: `Topic ${index % 4}` },
      image: { url: 'https://example.org/picture.png', alt: 'A picture', width: 1200, height: 800 },
      attachments: Array.from({ length: index < 3 ? 15 : 0 }, (_document, number) => ({
        url: `https://example.org/files/${'paper-'.repeat(30)}${number}.pdf`,
        title: `Paper ${number}`,
        mediaType: 'application/pdf',
      })),
    }));
    const model = digestOf(posts, { template });
    const digest = await renderer.render(model);
    expect(Buffer.byteLength(digest.html)).toBeLessThan(102_000);
    expect(Buffer.byteLength(digest.html)).toBeGreaterThan(85_000);
    expect(failedGates(digest, model)).toEqual([]);
  });

  test('one run of MJML suffices where the weight of the frame is known', async () => {
    const before = renderer.mjmlRunCount;
    const html = `<p>${'Some words that fill a notice of the ordinary kind. '.repeat(18)}</p>`;
    await renderer.render(digestOf(Array.from({ length: 60 }, (_, index) => ({ title: `Notice ${index}`, html }))));
    expect(renderer.mjmlRunCount - before).toBe(1);
  });
});

import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { packageRoot } from '../../src/kernel/package-root.ts';
import type { DigestRenderer, RenderedDigest } from '../../src/render/digest.ts';
import { estimateBytes, fitSize } from '../../src/render/digest/fit-size.ts';
import { checkGates } from '../../src/render/digest/gates.ts';
import { fillPlaceholders, findUnknownMarks, placeholderMark, withoutPersonalParts } from '../../src/content/text/placeholder.ts';
import { cleanText } from '../../src/kernel/text/clean-text.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { exampleDigest } from '../support/example-digest.ts';

let renderer: DigestRenderer;
let digest: RenderedDigest;

/** What is left of a text part whose posts are all gone. */
const footerText = `${placeholderMark('links.unsubscribe')} ${exampleDigest.newsletter.postalAddress}`;

beforeAll(async () => {
  renderer = await createDigestRenderer({ templatesFolder: join(packageRoot, 'templates') });
  digest = await renderer.render(exampleDigest);
});

function failed(changed: Partial<RenderedDigest>, model = exampleDigest): string[] {
  return checkGates({ ...digest, ...changed }, model)
    .filter((gate) => !gate.ok)
    .map((gate) => `${gate.name}: ${gate.what}`);
}

describe('gates', () => {
  test('a good digest passes all, each says what it found', () => {
    const gates = checkGates(digest, exampleDigest);
    expect(gates.map((gate) => gate.name)).toEqual([
      'size',
      'placeholders',
      'links',
      'images',
      'footer',
      'same_posts',
      'subject',
      'sections',
    ]);
    expect(gates.every((gate) => gate.ok && gate.what !== '' && gate.remedy === '')).toBe(true);
  });

  test('html over 102 KB with the longest recipient values', () => {
    const room = 102_000 - Buffer.byteLength(digest.html);
    expect(failed({ html: digest.html.replace('</body>', `<p>${'x'.repeat(room - 200)}</p></body>`) })).toEqual([
      expect.stringMatching(/^size: The html has 10[23]\.\d KB/),
    ]);
  });

  test('a placeholder that nobody fills', () => {
    expect(failed({ text: `${digest.text}\uFDD0reader.shoe\uFDD1` })).toEqual([
      'placeholders: A placeholder is left that nobody fills: reader.shoe.',
    ]);
    expect(failed({ subject: `Hello ${placeholderMark('reader.name')}` })).toEqual([
      'placeholders: A placeholder is left that nobody fills: subject.',
    ]);
  });

  test.each(['/relative', 'mailto:a@example.org', 'javascript:x', '#anchor', 'https://', ''])('the link "%s"', (href) => {
    expect(failed({ html: digest.html.replace('</body>', `<a href="${href}">x</a></body>`) })).toEqual([
      expect.stringMatching(/^links: A link is no absolute web address/),
    ]);
  });

  test('a link to a place within the mail, which has to be there', () => {
    const contents = '<a href="#here">x</a>';
    expect(failed({ html: digest.html.replace('</body>', `${contents}<p id="here">y</p></body>`) })).toEqual([]);
    expect(failed({ html: digest.html.replace('</body>', `${contents}<p id="there">y</p></body>`) })).toEqual([
      'links: A link is no absolute web address: “#here”.',
    ]);
  });

  test.each([
    ['<table background="images/paper.png"><tr><td>x</td></tr></table>', 'images/paper.png'],
    [`<div style="background:#fff url('/paper.png')">x</div>`, '/paper.png'],
    ['<style>.x { background-image: url(cid:paper) }</style>', 'cid:paper'],
    ['<p style="background: URL( &quot;data:image/png;base64,AAAA&quot; )">x</p>', 'data:image/png;base64,AAAA'],
  ])('an address of a background: %s', (markup, url) => {
    expect(failed({ html: digest.html.replace('</body>', `${markup}</body>`) })).toEqual([
      `links: A link is no absolute web address: “${url}”.`,
    ]);
    const absolute = markup.replace(url, 'https://example.org/paper.png');
    expect(failed({ html: digest.html.replace('</body>', `${absolute}</body>`) })).toEqual([]);
  });

  test('a picture without alt', () => {
    expect(failed({ html: digest.html.replace('</body>', '<img src="https://e.org/a.png"></body>') })).toEqual([
      'images: A picture has no alt text: “https://e.org/a.png”.',
    ]);
  });

  test('no unsubscribe link, no postal address', () => {
    const mark = placeholderMark('links.unsubscribe');
    const html = digest.html.replaceAll(mark, 'https://e.org/');
    expect(failed({ html })).toEqual(['footer: The html has no unsubscribe link.']);
    for (const noLink of [
      `<p>To leave, copy ${mark}</p>`,
      `<!-- <a href="${mark}">Unsubscribe</a> -->`,
      `<div style="display:none"><a href="${mark}">Unsubscribe</a></div>`,
      `<a href="${mark}"> </a>`,
      `<a href="${placeholderMark('links.browser')}">Unsubscribe</a>`,
    ])
      expect(failed({ html: html.replace('</body>', `${noLink}</body>`) })).toEqual(['footer: The html has no unsubscribe link.']);
    for (const link of [`<a href="${mark}">Leave</a>`, `<a href="${mark}"><img src="https://e.org/x.png" alt="Leave"></a>`])
      expect(failed({ html: html.replace('</body>', `${link}</body>`) })).toEqual([]);
    expect(failed({ text: digest.text.replaceAll(mark, '') })).toEqual(['footer: The text has no unsubscribe link.']);
    expect(failed({ text: digest.text.replace('14 Calle', 'Calle') })).toEqual(['footer: The text lacks the postal address.']);
    expect(failed({}, { ...exampleDigest, newsletter: { ...exampleDigest.newsletter, postalAddress: ' ' } })).toEqual([
      'footer: The newsletter has no postal address.',
    ]);
  });

  describe('every release stands in both parts', () => {
    const titles = { post: 'Two working papers on reading aloud', listed: '', corrected: '' };
    const without = (part: string, title: string) => part.replaceAll(new RegExp(title.replaceAll(' ', String.raw`\s+`), 'g'), 'Something');

    beforeAll(() => {
      titles.listed = exampleDigest.alsoPublished[0]!.title;
      titles.corrected = exampleDigest.corrections[0]!.title;
    });

    test.each(['post', 'listed', 'corrected'] as const)('a release that one part or both lack: %s', (which) => {
      const title = titles[which];
      const [html, text] = [without(digest.html, title), without(digest.text, title)];
      expect(failed({ text })).toEqual([`same_posts: The text lacks “${title}”.`]);
      expect(failed({ html })).toEqual([`same_posts: The html lacks “${title}”.`]);
      expect(failed({ html, text })).toEqual([`same_posts: The html lacks “${title}”. The text lacks “${title}”.`]);
    });

    test('many are counted, not listed', () => {
      expect(failed({ text: footerText })).toEqual([
        expect.stringMatching(/^same_posts: The text lacks “[^”]+”, “[^”]+”, “[^”]+” and \d+ more\.$/),
      ]);
    });

    test('a title in the preheader, in something hidden or in a list of contents is no post', () => {
      const title = titles.post;
      const { position } = exampleDigest.posts.find((post) => post.title === title)!;
      const html = without(digest.html, title).replace(
        '</body>',
        `<div style="display:none">${title}</div><a href="#p${position}">${title}</a></body>`,
      );
      expect(digest.preheader).toContain(title);
      expect(failed({ html }).filter((fault) => fault.startsWith('same_posts'))).toEqual([`same_posts: The html lacks “${title}”.`]);
    });

    test('a title is found however a part wraps it, and with the footnote of a link in it', () => {
      const title = titles.post;
      const text = `${without(digest.text, title)}\nTwo [12]\n> working papers\non reading aloud\n`;
      expect(failed({ text })).toEqual([]);
    });

    test('a title that was cut from the text is found where the text goes on', () => {
      const title = `${'Beginning of a text '.repeat(5).trim()}…`;
      const posts = [{ ...exampleDigest.posts[0]!, title }, ...exampleDigest.posts.slice(1)];
      const words = 'Beginning of a text '.repeat(7);
      const shown = { html: digest.html.replace('</body>', `${words}</body>`), text: `${words}\n${digest.text}` };
      expect(failed(shown, { ...exampleDigest, posts })).toEqual([]);
    });
  });

  describe('what is left to the page with the rest', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...exampleDigest.posts[0]!, title: `Listed as ${index} of many` }));

    test('is no fault where both parts link to it', async () => {
      const model = { ...exampleDigest, alsoPublished: many(60) };
      const whole = await renderer.render(model);
      expect(whole.text).not.toContain('Listed as 45 of many');
      expect(failed(whole, model)).toEqual([]);
      const faults = (parts: Partial<RenderedDigest>) => failed({ ...whole, ...parts }, model);
      expect(faults({ html: whole.html.replaceAll(model.restUrl, 'https://example.org/') })).toEqual([
        'same_posts: The html lacks the link to the page with the rest.',
      ]);
      expect(faults({ text: whole.text.replaceAll(model.restUrl, '') })).toEqual([
        'same_posts: The text lacks the link to the page with the rest.',
      ]);
      expect(faults({ text: whole.text.replace('Listed as 3 of many', '') })).toEqual([
        'same_posts: The text lacks “Listed as 3 of many”.',
      ]);
    });

    test('nothing is left where there is room for every title', async () => {
      const model = { ...exampleDigest, alsoPublished: many(20) };
      const whole = await renderer.render(model);
      const text = whole.text.replace('Listed as 19 of many', model.restUrl);
      expect(failed({ ...whole, text }, model)).toEqual(['same_posts: The text lacks “Listed as 19 of many”.']);
    });
  });

  test('a subject that is empty or too long', () => {
    for (const subject of [' ', '\u200B\u200D', '\uFEFF\u00AD\u034F', '\u3164\u2800'])
      expect(failed({ subject })).toEqual(['subject: The subject is empty.']);
    expect(failed({ subject: '\u2764\uFE0F' })).toEqual([]);
    expect(failed({ subject: 'x'.repeat(151) })).toEqual(['subject: The subject has 151 characters, more than 150.']);
  });

  test.each(['[object Object]', 'NaN', 'Infinity', '-Infinity', 'undefined', 'null'])(
    'a subject or a preheader that is only "%s", unless a post is called so',
    (value) => {
      const names = `“${value}”, which is what a template writes for a value that is not text`;
      expect(failed({ subject: value })).toEqual([`subject: The subject is ${names}.`]);
      expect(failed({ preheader: ` ${value}` })).toEqual([`subject: The preheader is ${names}.`]);
      expect(failed({ subject: `On ${value}`, preheader: '' })).toEqual([]);
      const [first, ...others] = exampleDigest.posts;
      const model = { ...exampleDigest, posts: [{ ...first!, title: value }, ...others] };
      expect(failed({ subject: value }, model).filter((fault) => fault.startsWith('subject'))).toEqual([]);
    },
  );

  test('an empty section', () => {
    expect(failed({ html: digest.html.replace('</body>', '<h2>Nothing</h2><div> </div></body>') })).toEqual([
      'sections: A section is empty: “Nothing”.',
    ]);
    expect(failed({ html: digest.html.replace('</body>', '<h2>Nothing</h2><h2>Here</h2>text</body>') })).toEqual([
      'sections: A section is empty: “Nothing”.',
    ]);
  });

  test('what may be wrong with a post itself says that its text stays as it was pinned', () => {
    const gates = checkGates({ ...digest, html: digest.html.replace('</body>', '<a href="x">x</a></body>') }, exampleDigest);
    expect(gates.find((each) => each.name === 'links')?.remedy).toContain('leave the post for the next edition');
  });

  test('each failed gate says what to do', () => {
    for (const gate of checkGates({ subject: '', preheader: '', html: '<a href="x"><img></a>', text: '' }, exampleDigest))
      expect(gate.ok || gate.remedy !== '').toBe(true);
  });
});

describe('fitting', () => {
  const weight = { baseBytes: 1000, perPostBytes: 500, perTitleBytes: 100 };
  const post = (level: 'full' | 'lead' | 'summary') => ({ level, bytes: { full: 3000, lead: 1000, summary: 200 } });

  test('nothing changes where nothing has to', () => {
    expect(fitSize([post('full'), post('lead')], 0, 0, weight)).toEqual(['full', 'lead']);
  });

  test('the last posts give way first, and all leads before a summary, all summaries before a title', () => {
    const posts = [post('full'), post('full'), post('full')];
    expect(fitSize(posts, 1500, 0, weight)).toEqual(['full', 'full', 'lead']);
    expect(fitSize(posts, 6500, 0, weight)).toEqual(['lead', 'lead', 'summary']);
    expect(fitSize(posts, 8700, 0, weight)).toEqual(['summary', 'summary', 'title']);
    expect(fitSize(posts, 1e9, 0, weight)).toEqual(['summary', 'title', 'title']);
  });

  test('what fitting promises to save, the estimate confirms', () => {
    const posts = Array.from({ length: 60 }, () => post('full'));
    for (const excess of [1, 10_000, 130_000, 170_000]) {
      const levels = fitSize(posts, excess, 3, weight);
      const after = posts.map((each, index) => ({ ...each, level: levels[index]! }));
      expect(estimateBytes(posts, 3, weight) - estimateBytes(after, 3, weight)).toBeGreaterThanOrEqual(excess);
    }
  });
});

describe('placeholders', () => {
  const values = {
    'reader.name': '<Ann> & "Co"',
    'reader.address': 'a@e.org',
    'links.unsubscribe': 'https://e.org/u?a=1&b=2',
    'links.preferences': '',
    'links.browser': 'https://e.org/b',
  };

  test('filling copies values, escaped in html, and leaves no mark', () => {
    expect(fillPlaceholders(`Hi ${placeholderMark('reader.name')}`, values, 'html')).toBe('Hi &lt;Ann&gt; &amp; &quot;Co&quot;');
    expect(fillPlaceholders(`Hi ${placeholderMark('reader.name')}`, values, 'text')).toBe('Hi <Ann> & "Co"');
    expect(fillPlaceholders(digest.html + digest.text, values, 'html')).not.toMatch(/[\uFDD0-\uFDEF]/);
  });

  test('a value is never read as a mark or as a pattern', () => {
    const sly = { ...values, 'reader.name': `$& $1 ${placeholderMark('reader.address')}` };
    expect(fillPlaceholders(placeholderMark('reader.name'), sly, 'text')).toBe(`$& $1 ${placeholderMark('reader.address')}`);
  });

  test('unknown and broken marks are found, known ones are not', () => {
    expect(findUnknownMarks(digest.html)).toEqual([]);
    expect(findUnknownMarks('\uFDD0nothing\uFDD1 \uFDD1 \uFDD0reader.name\uFDD1')).toEqual(['nothing', 'a stray mark']);
    expect(cleanText('a\uFDD0b\uFDEFc')).toBe('abc');
  });

  test('the archive leaves out each paragraph that speaks to one reader', () => {
    const html = withoutPersonalParts(digest.html, 'html');
    expect(html).not.toMatch(/[\uFDD0-\uFDEF]|Unsubscribe|You receive/);
    expect(html).toContain('14 Calle del Agua');
    expect(html).toContain('What a quiet library taught us');
    const text = withoutPersonalParts(digest.text, 'text');
    expect(text).not.toMatch(/[\uFDD0-\uFDEF]|Unsubscribe|You receive/);
    expect(text).toContain('14 Calle del Agua');
    expect(text).toContain('\n\n\nRESEARCH');
  });
});

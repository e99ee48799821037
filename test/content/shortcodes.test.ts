import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import type { RevisionContent } from '../../src/content/content.ts';
import { findShortcode, withoutShortcodes } from '../../src/content/shortcodes/shortcode-text.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { entryOf } from '../support/entry-of.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

const site = 'https://example.org';
const read = (html: string, more: Partial<Entry> = {}): RevisionContent =>
  contentFromEntry(entryOf({ url: `${site}/post/`, title: 'A post', html, ...more })).content;

const encoded = Buffer.from(encodeURIComponent('<p>From <b>code</b>.</p>')).toString('base64');

test.each([
  [
    'rows and columns leave what they hold',
    '<p>[vc_row a=&#8221;b&#8221;][vc_column w=&#8221;1/2&#8243;]</p><p>Words.</p><p>[/vc_column][/vc_row]</p>',
    '<p>Words.</p>',
  ],
  [
    'one column does not run into the next',
    '<p>[et_pb_text a="b"]One.[/et_pb_text][et_pb_text]Two.[/et_pb_text]</p>',
    '<p>One.</p><p>Two.</p>',
  ],
  ['rows that nobody closed', '<p>[fusion_builder_row x="y"]Words.</p>', '<p>Words.</p>'],
  ['a tag that never ends', '<p>Words.</p><p>[vc_row css=”.a{b:c}” open</p>', '<p>Words.</p>'],
  ['a tag over line breaks', '<p>[vc_row<br>\nfull="a"<br>\ncss=".x{a:b}"]Words.[/vc_row]</p>', '<p>Words.</p>'],
  ['a tag over two paragraphs', '<p>[fusion_text columns="1"</p><p>class="x"]Words.[/fusion_text]</p>', '<p>Words.</p>'],
  ['a bracket in a value', '<p>[vc_x title="a [b] c" el="d"]Words.</p>', '<p>Words.</p>'],
  ['plain text', '[vc_row][vc_column]One.\n\nTwo [sic].[/vc_column][/vc_row]', '<p>One.</p><p>Two [sic].</p>'],
  [
    'a button leads where it led',
    '<p>[et_pb_button button_url=&#8221;https://a.example/apply&#8221; button_text=&#8221;Apply now&#8221; /]</p>',
    '<p><a href="https://a.example/apply">Apply now</a></p>',
  ],
  [
    'a button around its words',
    '<p>[su_button url="/apply" size="3"]Apply <b>now</b>[/su_button]</p>',
    `<p><a href="${site}/apply">Apply <b>now</b></a></p>`,
  ],
  [
    "a link in the form of Avia's",
    "<p>[av_button label='Read it' link='manually,https://a.example/plan' /]</p>",
    '<p><a href="https://a.example/plan">Read it</a></p>',
  ],
  [
    'an address that an editor made a link',
    '<p>[vc_btn title="Go" link="<a href="https://a.example/x">https://a.example/x</a>"]</p>',
    '<p><a href="https://a.example/x">Go</a></p>',
  ],
  ['a heading', "<p>[av_heading heading='Our plan' tag='h3'][/av_heading]</p>", '<h3>Our plan</h3>'],
  ['what a title opens', '<p>[su_spoiler title="More"]Hidden.[/su_spoiler]</p>', '<h3>More</h3><p>Hidden.</p>'],
  [
    'columns side by side, without attributes',
    '<p>[one_half]Left.[/one_half][one_half_last]Right.[/one_half_last]</p>',
    '<p>Left.</p><p>Right.</p>',
  ],
  ['a row and a quotation without attributes', '<p>[row][quote]So it is.[/quote][/row]</p>', '<p>So it is.</p>'],
  [
    'a call with its heading, its words and its button',
    '<p>[vc_cta h2="Join us" add_button="bottom" btn_title="Sign up" btn_link="url:https%3A%2F%2Fa.example%2Fjoin"]We look for helpers.[/vc_cta]</p>',
    '<h3>Join us</h3><p>We look for helpers.</p><p><a href="https://a.example/join">Sign up</a></p>',
  ],
  [
    "Divi's call",
    '<p>[et_pb_cta title="Come" button_text="See" button_url="/see"]All of you.[/et_pb_cta]</p>',
    `<h3>Come</h3><p>All of you.</p><p><a href="${site}/see">See</a></p>`,
  ],
  ['a call that is a button', '<p>[cta_button link="/give" text="Give"]</p>', `<p><a href="${site}/give">Give</a></p>`],
  [
    'headings and buttons of other builders',
    '<p>[ultimate_heading main_heading="Our fair"]On Sunday.[/ultimate_heading][ult_buttons btn_title="Programme" btn_link="url:https%3A%2F%2Fa.example%2Fp||"][dt_fancy_title title="News"][su_box title="Mind"]Bring shoes.[/su_box]</p>',
    '<h3>Our fair</h3><p>On Sunday.</p><p><a href="https://a.example/p">Programme</a></p><h3>News</h3><h3>Mind</h3><p>Bring shoes.</p>',
  ],
  ['what only the site fills', '<p>Words.</p><p>[instagram-feed] [photo_gallery]</p>', '<p>Words.</p>'],
  ['one that is quoted', '<p>He wrote "[gallery]" and “[toc]” on it.</p>', '<p>He wrote "[gallery]" and “[toc]” on it.</p>'],
  ['code of a builder', `<p>[vc_raw_html]${encoded}[/vc_raw_html]</p>`, '<p>From <b>code</b>.</p>'],
  ['a formula keeps its text', '<p>It is [latex]e^{kt}[/latex] here.</p>', '<p>It is e^{kt} here.</p>'],
  [
    'a note stands in brackets',
    '<p>So it is[footnote]As <em>said</em>.[/footnote] and[ref name="b"]Ruef[/ref] more.</p>',
    '<p>So it is (As <em>said</em>.) and (Ruef) more.</p>',
  ],
  ['a capital letter stays with its word', '<p>[dropcap]W[/dropcap]ords.</p>', '<p>Words.</p>'],
  [
    'forms and galleries of numbers are nothing',
    '<p>Words. [gallery ids="1,2"] [contact-form-7 id="77" title="Order prints"] [ninja_form id=3] [wpforms id="9"]</p>',
    '<p>Words.</p>',
  ],
  [
    'a download whose address nobody knows leads to the post',
    '<p>Here: [download id="77"] and [wpdm_package id="4" title="Paper 12"]</p>',
    `<p>Here: <a href="${site}/post/">↓ example.org</a> and <a href="${site}/post/">Paper 12</a></p>`,
  ],
  ['a sound', '<p>[audio src="/talk.mp3"][/audio]</p>', `<p><a href="${site}/talk.mp3">▶ Talk</a></p>`],
  ['a page of another site', '<p>[embed]https://a.example/story[/embed]</p>', '<p><a href="https://a.example/story">▶ a.example</a></p>'],
  ['one that nobody knows, by its form', '<p>One [my_box id="1"]two[/my_box] three [my_ad slot="2"].</p>', '<p>One two three .</p>'],
  ['a column by its bare name', '<p>[one_half]One.[/one_half][one_half_last]Two.[/one_half_last]</p>', '<p>One.</p><p>Two.</p>'],
  ['a bare name around paragraphs', '[section]\n<p>One.</p>\n<ul><li>Two</li></ul>\n[/section]', '<p>One.</p><ul><li>Two</li></ul>'],
  ['bare names within each other', '<p>[row][column]One.[/column][/row]</p>', '<p>One.</p>'],
  ['a known word with any attribute', '<p>It is [katex display=true]e^{kt}[/katex] here.</p>', '<p>It is e^{kt} here.</p>'],
  ['who is quoted', '<p>[su_quote cite="Ann Smith"]It works.[/su_quote]</p>', '<p>It works. — Ann Smith</p>'],
  [
    'who says that it is good',
    '<p>[et_pb_testimonial author="Ann Smith"]It works.[/et_pb_testimonial]</p>',
    '<p>It works. — Ann Smith</p>',
  ],
  ['a box that is called a note', '<p>[su_note note_color="#fff"]Bring a pen.[/su_note]</p>', '<p>Bring a pen.</p>'],
  [
    'what calls for something, with its heading and its button',
    '<p>[et_pb_cta title="Give now" button_text="Donate" button_url="https://a.example/d"]All helps.[/et_pb_cta]</p>',
    '<h3>Give now</h3><p>All helps.</p><p><a href="https://a.example/d">Donate</a></p>',
  ],
  [
    'the same in the form of WPBakery',
    '<p>[vc_cta h2="Join us" h4="On Friday" btn_title="Sign up" btn_link="url:https%3A%2F%2Fa.example%2Fx"]Come along.[/vc_cta]</p>',
    '<h3>Join us – On Friday</h3><p>Come along.</p><p><a href="https://a.example/x">Sign up</a></p>',
  ],
  ['as forums write', '<p>[url=https://a.example/]Here[/url] is [b]all[/b].</p>', '<p><a href="https://a.example/">Here</a> is all.</p>'],
])('%s', (_name, html, expected) => {
  expect(read(html).html.replaceAll(/\s+(?=<\/p>)/g, '')).toBe(expected);
});

test.each([
  ['in one paragraph', '<p>[caption id="a" width="300"]<img src="/a.jpg" alt="Runners"> The relay [Year 6][/caption]</p>'],
  ['over paragraphs', '<p>[caption id="a" width="300"]<img src="/a.jpg" alt="Runners"></p><p>The relay [Year 6][/caption]</p>'],
  ['as an attribute', '<p>[caption width="300" caption="The relay [Year 6]" align="left"]<img src="/a.jpg" alt="Runners">[/caption]</p>'],
])('a caption stays with its picture, %s', (_name, html) => {
  expect(read(html).html).toBe(`<figure><img src="${site}/a.jpg" alt="Runners" /><figcaption>The relay [Year 6]</figcaption></figure>`);
});

test.each([
  [
    'in a builder’s button',
    '<p>[vc_btn title=&#8221;Download the report&#8221; link=&#8221;url:https%3A%2F%2Ffiles.example.org%2Freading-report.pdf|target:_blank&#8221;]</p>',
    'https://files.example.org/reading-report.pdf',
    'Reading report',
  ],
  ['in a viewer', '<p>[3d-flip-book pdf="/a.pdf" title="The book"]</p>', `${site}/a.pdf`, 'The book'],
  [
    'in a button with words',
    '<p>[fusion_button link="/handbook.pdf" title=""]Handbook for heads[/fusion_button]</p>',
    `${site}/handbook.pdf`,
    'Handbook for heads',
  ],
])('a document %s is a document', (_name, html, url, title) => {
  expect(read(html).attachments).toEqual([{ url, title, mediaType: 'application/pdf', afterBlock: expect.any(Number) }]);
});

test.each([
  '[sic]',
  '[Year 6]',
  '[1]',
  '[…]',
  '[Update]',
  '[see page 3]',
  '[x-ray]',
  '[note: it rains]',
  '[n=12, p=0.03]',
  'a[i]',
  'x[x_1]',
  '[x_max]',
  '[audio]',
  '[edit] later [/edit]',
  '[rant]no[/rant]',
  '[[Main Page]]',
  '[Smith 2020, p. 3]',
  'a[href="x"]',
  '[https://example.org]',
])('%s is what an author wrote, and stays', (words) => {
  // An address that is written out becomes a link.
  expect(read(`<p>So ${words} it is.</p>`, { title: words }).html.replaceAll(/<\/?a\b[^>]*>/g, '')).toBe(`<p>So ${words} it is.</p>`);
  expect(withoutShortcodes(words)).toBe(words);
  expect(findShortcode(words)).toBeUndefined();
});

test('one in two brackets is spoken of, and code is quoted', () => {
  expect(read('<p>Write [[gallery ids="1"]] or [[caption]x[/caption]].</p><pre>[vc_row a="b"]</pre>').html).toBe(
    '<p>Write [gallery ids="1"] or [caption]x[/caption].</p><pre>[vc_row a="b"]</pre>',
  );
});

test('titles and stated summaries have none either, though an excerpt breaks off within one', () => {
  const summary =
    '[vc_row css=&#8221;.a{b:c}&#8221;][vc_column_text]Half of them read. The others do not.[/vc_column_text][vc_btn title=&#8221;Down';
  const content = read('<p>[vc_row]Something else altogether.[/vc_row]</p>', {
    title: '[su_label]News[/su_label] [gallery] of [Year 6]',
    summary,
  });
  expect(content).toMatchObject({ title: 'News of [Year 6]', summary: 'Half of them read. The others do not.' });
});

describe('hostile brackets', () => {
  const pieces = [
    '[',
    '[vc_a b="',
    '[vc_a b=" x',
    '[caption]x',
    '[/caption]',
    '[[caption]',
    '<p>[caption a="b"]',
    '<p>[vc_a',
    '[vc_a<br>',
    '<b>[caption]x',
    '[[aa b="c"] ',
    'x[my_a id="1"]y[/my_a]',
  ];
  test.each(pieces)('three hundred thousand characters of %s take a time that grows with their number only', (piece) => {
    const usedMs = startCpuTimer();
    read(piece.repeat(300_000 / piece.length));
    expect(usedMs()).toBeLessThan(5_000);
  });
});

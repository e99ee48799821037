import { describe, expect, test } from '@jest/globals';
import type { Attachment } from '../../src/content/content.ts';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import type { RevisionContent } from '../../src/content/content.ts';
import type { Entry } from '../../src/reading/entry.ts';
import { startCpuTimer } from '../support/cpu-time.ts';
import { entryOf } from '../support/entry-of.ts';

const site = 'https://example.org';
const read = (html: string, more: Partial<Entry> = {}): RevisionContent =>
  contentFromEntry(entryOf({ url: `${site}/post/`, title: 'A post', html, ...more })).content;
const only = (html: string, more: Partial<Entry> = {}): Attachment => {
  const { attachments } = read(html, more);
  expect(attachments).toHaveLength(1);
  return attachments[0]!;
};
const pdf = { mediaType: 'application/pdf' };

test.each([
  ['to one file', (): string => '<a href="/x.pdf">y</a>'],
  ['to ten files', (index: number): string => `A paper (<a href="/${index % 10}.pdf">PDF</a>). `],
  ['to as many files', (index: number): string => `<a href="/${index}.pdf">y</a>`],
  ['to other sites', (index: number): string => `<a href="https://other.example/${index}.pdf">y</a> and `],
])('ten thousand links %s are read in a time that grows with their number only', (_name, link) => {
  const usedMs = startCpuTimer();
  const { attachments } = read(`<p>${Array.from({ length: 10_000 }, (_, index) => link(index)).join('')}</p>`);
  expect(usedMs()).toBeLessThan(5_000);
  expect(attachments.length).toBeLessThanOrEqual(20);
});

test.each([
  ['each on its line', '<br><a href=x.pdf>PDF</a>'],
  ['each on its line, in a sentence', 'see the<br><a href=x.pdf>PDF</a><br>'],
  ['each in its paragraph', '<p>see the</p><p><a href=x.pdf>PDF</a></p>'],
])('three hundred thousand characters of links %s are read in a time that grows with their number only', (_name, piece) => {
  const usedMs = startCpuTimer();
  read(piece.repeat(300_000 / piece.length));
  expect(usedMs()).toBeLessThan(5_000);
});

test('a document beyond the twentieth keeps its link in the text, since it gets no button', () => {
  const { html, attachments } = read(
    `<ul>${Array.from({ length: 25 }, (_, index) => `<li><a href="/report-${index}.pdf">Report of group ${index}</a></li>`).join('')}</ul>`,
  );
  expect(attachments).toHaveLength(20);
  expect(html.match(/<li>/g)).toHaveLength(5);
  expect(html).toContain('report-24.pdf');
});

describe('Where documents hide', () => {
  test.each([
    ['a plain link', '<p><a href="/files/a-guide-for-mentors.pdf">A guide for mentors</a></p>', `${site}/files/a-guide-for-mentors.pdf`],
    ['upper case with query and fragment', '<p><a href="/files/GUIDE.PDF?ver=2#page=3">A guide</a></p>', `${site}/files/GUIDE.PDF?ver=2`],
    ['a relative address', '<p><a href="../guide.pdf">A guide</a></p>', `${site}/guide.pdf`],
    ['an encoded name', '<p><a href="/a%20guide%20%28new%29.pdf">A guide</a></p>', `${site}/a%20guide%20%28new%29.pdf`],
    ['a file behind a script', '<p><a href="/download.php?file=guide.pdf">A guide</a></p>', `${site}/download.php?file=guide.pdf`],
    ['a stated type', '<p><a href="/?wpdmdl=12" type="application/pdf">A guide</a></p>', `${site}/?wpdmdl=12`],
    [
      "Google's viewer in a frame",
      '<iframe src="//docs.google.com/viewer?url=https%3A%2F%2Fexample.org%2Fguide.pdf&amp;embedded=true" title="A guide"></iframe>',
      `${site}/guide.pdf`,
    ],
    [
      "Google's viewer as a link",
      '<p><a href="https://docs.google.com/gview?url=https%3A%2F%2Fexample.org%2Fguide.pdf">A guide</a></p>',
      `${site}/guide.pdf`,
    ],
    ['a viewer that a script builds', '<div class="embedpress-embed" data-emsrc="/a-guide.pdf"></div>', `${site}/a-guide.pdf`],
    ['a viewer with a setting of its own', '<p><span data-pdf="https://example.org/a-guide.pdf"></span></p>', `${site}/a-guide.pdf`],
    ['a flip book', '<div class="_df_book" id="df_1" source="https://example.org/a-guide.pdf"></div>', `${site}/a-guide.pdf`],
    ['a flip book by its data', '<div data-source="https://example.org/a-guide.pdf?x=1"> </div>', `${site}/a-guide.pdf?x=1`],
    [
      'a flip book by its script',
      '<div class="_df_book" id="df_8"></div><script class="df-shortcode-script">window.df_option_8 = {"source":"https:\\/\\/example.org\\/a-guide.pdf"};</script>',
      `${site}/a-guide.pdf`,
    ],
    [
      'settings of a viewer',
      `<div data-flipbook-options='{"mode":"normal","pdfUrl":"https:\\/\\/example.org\\/a-guide.pdf"}'></div>`,
      `${site}/a-guide.pdf`,
    ],
    ['a shortcode', '<p>Before [pdf-embedder url="https://example.org/a-guide.pdf" width="500"] after</p>', `${site}/a-guide.pdf`],
    [
      'a shortcode with curly quotes',
      '<p>[embeddoc url=&#8221;/a-guide.docx&#8221; viewer=&#8221;google&#8221;]</p>',
      `${site}/a-guide.docx`,
    ],
    ['a shortcode around an address', '<p>[pdfviewer width="600"]https://example.org/a-guide.pdf[/pdfviewer]</p>', `${site}/a-guide.pdf`],
    [
      "Microsoft's viewer",
      '<iframe title="A guide" src="https://view.officeapps.live.com/op/embed.aspx?src=https%3A%2F%2Fexample.org%2Fguide.docx"></iframe>',
      `${site}/guide.docx`,
    ],
    [
      'pdf.js of a plug-in',
      '<iframe title="A guide" src="/wp-content/plugins/pdfjs-viewer-shortcode/pdfjs/web/viewer.php?file=https://example.org/guide.pdf&download=true"></iframe>',
      `${site}/guide.pdf`,
    ],
    [
      'pdf.js with a relative file in its fragment',
      '<iframe title="A guide" src="/pdfjs/web/viewer.html#file=/guide.pdf"></iframe>',
      `${site}/guide.pdf`,
    ],
    ['a lazy frame', '<iframe title="A guide" src="about:blank" data-src="/guide.pdf#toolbar=0"></iframe>', `${site}/guide.pdf`],
    [
      'an object',
      '<object data="/guide.pdf" type="application/pdf" aria-label="A guide"><p><a href="/guide.pdf">Download</a></p></object>',
      `${site}/guide.pdf`,
    ],
    ['an embed', '<embed src="/guide.pdf" type="application/pdf" title="A guide">', `${site}/guide.pdf`],
    ["an embedder's link", '<p>New.</p><a class="pdfemb-viewer" href="/guide.pdf" title="A guide">guide</a>', `${site}/guide.pdf`],
  ])('%s', (_, html, url) => {
    const attachment = only(html);
    expect(attachment.url).toBe(url);
    expect(attachment.title).toBe('A guide' + (url.includes('mentors') ? ' for mentors' : ''));
    expect(read(html).html).not.toMatch(/guide/i);
  });

  test('an enclosure stands after the text and brings its length', () => {
    const enclosures = [{ url: `${site}/wp-content/2025-03_working-paper_v2.pdf`, lengthBytes: 1234, ...pdf }];
    expect(only('<p>Text.</p>', { enclosures })).toEqual({
      url: `${site}/wp-content/2025-03_working-paper_v2.pdf`,
      title: 'Working paper',
      lengthBytes: 1234,
      ...pdf,
    });
  });

  test('a recording keeps the name of its episode, a picture is no attachment', () => {
    const enclosures = [
      { url: 'https://cdn.example.com/e12.mp3', mediaType: 'audio/mpeg', lengthBytes: 5 },
      { url: 'https://cdn.example.com/e12.jpg', mediaType: 'image/jpeg' },
    ];
    expect(only('<p>Text.</p>', { enclosures, title: 'Episode 12' })).toMatchObject({ title: 'Episode 12', mediaType: 'audio/mpeg' });
  });
});

describe('One attachment per file', () => {
  test('a file block has a viewer, a link and a button', () => {
    const html =
      '<p>Before.</p><div class="wp-block-file"><object class="wp-block-file__embed" data="http://www.example.org/f/guide.pdf" type="application/pdf" aria-label="Embed of guide."></object>' +
      '<a id="x" href="https://example.org/mentors-guide/">A guide for mentors</a><a href="/f/guide.pdf?download=1" class="wp-block-file__button" download>Download</a></div><p>After.</p>';
    expect(only(html)).toEqual({ url: 'http://www.example.org/f/guide.pdf', title: 'A guide for mentors', afterBlock: 1, ...pdf });
    expect(read(html).html).toBe('<p>Before.</p><p>After.</p>');
  });

  test.each([
    ['episode.mp3', undefined, 'audio/mpeg'],
    ['episode.m4a?x=1', 'application/octet-stream', 'audio/mp4'],
    ['talk.MP4', undefined, 'video/mp4'],
  ])('a recording is known by its name where the feed does not say what it is: %s', (name, mediaType, expected) => {
    const enclosures = [{ url: `${site}/${name}`, ...(mediaType === undefined ? {} : { mediaType }) }];
    expect(only('<p>Text.</p>', { enclosures, title: 'Episode 12' })).toMatchObject({ title: 'Episode 12', mediaType: expected });
  });

  test('text, viewer and enclosure are one, with the best of each', () => {
    const html =
      '<p>About it.</p><p><a href="/guide.pdf">Download</a> (PDF, 2 MB)</p><iframe src="https://docs.google.com/viewer?url=https%3A%2F%2Fexample.org%2Fguide.pdf"></iframe>';
    const enclosures = [{ url: `${site}/guide.pdf`, title: 'A guide for mentors', lengthBytes: 999, ...pdf }];
    expect(only(html, { enclosures })).toMatchObject({ title: 'A guide for mentors', lengthBytes: 999, afterBlock: 1 });
    expect(read(html, { enclosures }).html).toBe('<p>About it.</p>');
  });
});

describe('Titles that a person can read', () => {
  test.each([
    ['the text of the link', '<a href="/x.pdf">Reading together</a>', 'Reading together'],
    ['without its kind and size', '<a href="/x.pdf">Reading together (PDF, 1.2 MB)</a>', 'Reading together'],
    ['without the verb', '<a href="/x.pdf">Download: Reading together</a>', 'Reading together'],
    ["the link's title", '<a href="/x.pdf" title="Reading together">Download PDF</a>', 'Reading together'],
    ['the name of a picture', '<a href="/x.pdf"><img src="/cover.png" alt="Reading together"></a>', 'Reading together'],
    [
      'the bold words beside it',
      '<strong>Reading together</strong> is for parents. <a href="/x.pdf">Download here</a>',
      'Reading together',
    ],
    ['its own word before a date in bold', 'On <b>Friday 12 June</b>. <a href="/Agenda.pdf">Agenda</a>', 'Agenda'],
    ['bold words before a file name', '<strong>Reading together</strong> <a href="/AR25.pdf">AR25</a>', 'Reading together'],
    ['no word of a viewer', '<a href="/reading-together.pdf" target="_blank">View Fullscreen</a>', 'Reading together'],
    ['a readable file name', '<a href="/2025-03_working-paper_v2.pdf">PDF</a>', 'Working paper'],
    ['a file name as text', '<a href="/x/reading-together.pdf">reading-together.pdf</a>', 'Reading together'],
    [
      'an address as text',
      '<a href="https://example.org/reading_together.pdf">https://example.org/reading_together.pdf</a>',
      'Reading together',
    ],
    ['the title of the post, when the name says nothing', '<a href="/a81bc81b.pdf">aquí</a>', 'A post'],
  ])('%s', (_, html, title) => {
    expect(only(`<p>${html}</p>`).title).toBe(title);
  });

  test("a file name that says the same as the post's title is written like it", () => {
    expect(only('<p>Text. <a href="/the-first-hundred-days.pdf">PDF</a></p>', { title: 'The First: “Hundred” Days' }).title).toBe(
      'The First: “Hundred” Days',
    );
  });

  test('a heading right above names it', () => {
    expect(only('<h3>Reading together</h3><p><a href="/x.pdf">Descargar</a></p>').title).toBe('Reading together');
  });

  test('with several, each section names its own', () => {
    const html =
      '<h3>Reading</h3><p>On books.</p><p><a href="/1.pdf">PDF</a></p><p><strong>Counting</strong></p><p>On numbers.</p><p><a href="/2.pdf">PDF</a></p>';
    expect(read(html).attachments).toMatchObject([
      { title: 'Reading', afterBlock: 2 },
      { title: 'Counting', afterBlock: 4 },
    ]);
  });

  test('in a table the first cell of its row names it', () => {
    const html =
      '<table><tr><td>Agenda of May</td><td><a href="/1.pdf">PDF</a></td></tr><tr><td>Minutes of May</td><td>12 May</td><td><a href="/2.pdf">PDF</a></td></tr></table>';
    expect(read(html).attachments.map(({ title }) => title)).toEqual(['Agenda of May', 'Minutes of May']);
  });

  test('a post without title and a file without name still have a button', () => {
    expect(only('<p><a href="/a81bc81b.pdf">PDF</a></p>', { title: '' }).title).toBe('PDF');
  });
});

test('what viewers of plug-ins say about themselves is no text of the post', () => {
  const frame = '<iframe src="//docs.google.com/viewer?url=https%3A%2F%2Fexample.org%2Fa-guide.pdf" title="Embedded Document"></iframe>';
  const waiting = '<div class="ead-document-loading"><div><span>Loading...</span><p>Taking too long?</p></div></div>';
  expect(read(`<p>Text</p><div class="ead-preview">${frame}${waiting}</div>`).html).toBe('<p>Text</p>');
  expect(read(`<p>Text</p><div>${frame}<p class="embedpress-el-powered">Powered By EmbedPress</p></div>`).html).toBe('<p>Text</p>');
});

describe('Places, and what is not said twice', () => {
  test('with two papers each stands by its paragraph', () => {
    const html = '<p>The first one.</p><p><a href="/a.pdf">Alpha paper</a></p><p>The second one.</p><p><a href="/b.pdf">Beta paper</a></p>';
    expect(read(html)).toMatchObject({
      html: '<p>The first one.</p><p>The second one.</p>',
      attachments: [
        { title: 'Alpha paper', afterBlock: 1 },
        { title: 'Beta paper', afterBlock: 2 },
      ],
    });
  });

  test.each([
    [
      'a sentence keeps its link',
      '<p>We print <a href="/x.pdf">Reading together</a> today.</p>',
      '<p>We print <a href="https://example.org/x.pdf">Reading together</a> today.</p>',
    ],
    ['a bracket goes', '<p>A paper on reading (<a href="/x.pdf">PDF</a>).</p>', '<p>A paper on reading.</p>'],
    ['a bracket with a size goes', '<p>A paper on reading. [<a href="/x.pdf">PDF</a>, 1.2 MB]</p>', '<p>A paper on reading.</p>'],
    [
      'a last sentence that only announces goes',
      '<p>A paper on reading. You can download it <a href="/x.pdf">here</a>.</p>',
      '<p>A paper on reading.</p>',
    ],
    ['a last line goes', '<p>A paper on reading.<br><a href="/x.pdf">Reading together</a></p>', '<p>A paper on reading.</p>'],
    [
      'a line between two sentences goes',
      '<p>“It is out.”<br><a href="/x.pdf">Reading together</a><br>«We are glad.»</p>',
      '<p>“It is out.”<br />«We are glad.»</p>',
    ],
    [
      'a line below a line in bold goes',
      '<p><strong>For schools</strong><br><a href="/x.pdf">Reading together</a><br>Ask us for more.</p>',
      '<p><strong>For schools</strong><br />Ask us for more.</p>',
    ],
    [
      'a paragraph below a heading goes',
      '<h3>For schools</h3><p><a href="/x.pdf">Reading together</a></p><p>Ask us for more.</p>',
      '<h3>For schools</h3><p>Ask us for more.</p>',
    ],
    ['an item goes, the list stays', '<ul><li>One</li><li><a href="/x.pdf">Reading together</a> (PDF)</li></ul>', '<ul><li>One</li></ul>'],
    ['a list of documents goes', '<p>Two:</p><ul><li><a href="/x.pdf">Reading together</a></li></ul>', '<p>Two:</p>'],
    ['a stray word goes', '<p>Text.</p><p>PDF</p><p><a href="/x.pdf">Reading together</a></p>', '<p>Text.</p>'],
    ['a heading that announced goes', '<p>Text.</p><h3>Downloads</h3><p><a href="/x.pdf">Reading together</a></p>', '<p>Text.</p>'],
    [
      'a heading that is the link stays',
      '<h3><a href="/x.pdf">Reading together</a></h3><p>Text.</p>',
      '<h3><a href="https://example.org/x.pdf">Reading together</a></h3><p>Text.</p>',
    ],
    [
      'a picture that leads to it stays',
      '<p><a href="/x.pdf"><img src="/c.png" alt="Cover"></a></p>',
      '<p><a href="https://example.org/x.pdf"><img src="https://example.org/c.png" alt="Cover" /></a></p>',
    ],
  ])('%s', (_, html, expected) => {
    const content = read(html);
    expect(content.html).toBe(expected);
    expect(content.attachments).toHaveLength(1);
  });

  test.each([
    '<img src="/icons/pdf.png" alt="PDF"> <a href="/x.pdf">Reading together</a> (2.3 MB)',
    '<img src="/i/sign.gif" width="16" height="16" alt=""> <a href="/x.pdf">Reading together</a>',
    '<a href="/x.pdf"><img src="/pdf-icon.png" alt=""> Reading together</a>',
  ])('the little sign of a document goes with the link that it stands by: %s', (line) => {
    expect(read(`<p>Out now.</p><p>${line}</p>`)).toMatchObject({
      html: '<p>Out now.</p>',
      image: null,
      attachments: [{ title: 'Reading together', afterBlock: 1 }],
    });
  });

  test('a post that is nothing but a document has no text left', () => {
    expect(read('<p><a href="/x.pdf">Reading together</a></p>')).toMatchObject({ html: '', summary: '', attachments: [{ afterBlock: 0 }] });
  });

  test('an essay that cites papers of other sites keeps them as links', () => {
    const cite = (n: number): string =>
      `<p>As the study number ${n} of a university far away has shown in great detail, <a href="https://uni${n}.example.com/p.pdf">Smith (${n})</a> says so.</p>`;
    const content = read([1, 2, 3, 4].map(cite).join(''));
    expect(content.attachments).toEqual([]);
    expect(content.html.match(/href=/g)).toHaveLength(4);
  });

  test('the length that the text states is known', () => {
    expect(only('<p><a href="/x.pdf">Reading together</a> (PDF, 1,5 MB)</p>').lengthBytes).toBe(1_500_000);
    expect(only('<p><a href="/x.pdf">Reading together</a> (2.3 MB)</p>').lengthBytes).toBe(2_300_000);
    expect(only('<p><a href="/x.pdf">Reading together</a>. The archive has 4 GB.</p>').lengthBytes).toBeUndefined();
    expect(only('<p><a href="/x.pdf">Reading together [320 KB]</a></p>').lengthBytes).toBe(320_000);
  });

  test('a share button with the address of a document is none', () => {
    expect(read('<p><a href="https://twitter.com/share?url=https://example.org/x.pdf">Tweet</a></p>').attachments).toEqual([]);
  });
});

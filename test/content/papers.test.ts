import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { entryOf } from '../support/entry-of.ts';

const site = 'https://example.org';
const before = '<p>A sentence that stands before it and says something.</p>';
const prepare = (html: string) => contentFromEntry(entryOf({ url: `${site}/post/`, title: 'A post', html: before + html }));
/** Every document as "title, url, kind, size", and what is left of the html. */
const papersOf = (html: string): { papers: string[]; rest: string } => {
  const { content } = prepare(html);
  const papers = content.attachments.map(({ title, url, mediaType, lengthBytes }) =>
    [title, url.replace(site, ''), mediaType.replace(/.*[/.]/, ''), lengthBytes ?? '?'].join(', '),
  );
  return { papers, rest: content.html.replace(before, '') };
};

const wpdm = (stage: string, more = ''): string =>
  `<div class='w3eden'><div class="link-template-default card"><img class="wpdm_icon" alt="Icon" src="/wp-content/plugins/download-manager/assets/file-type-icons/pdf.svg">
   <h3 class="package-title"><a href='/download/paper-12/'>Paper 12</a></h3><div class="text-muted"><i class="fas"></i> 1 file(s) <i></i> 1.42 MB</div>${more}
   <a class='wpdm-download-link btn' rel='nofollow' href='#' data-downloadurl="/download/paper-12/?wpdmdl=412&refresh=67acf${stage}91">Download</a></div></div>`;

describe('Where sites keep papers', () => {
  test.each([
    [
      'Download Monitor, words that name the kind',
      '<p><a class="download-link" title="Version 1" href="/download/77/?tmstv=1700001">Board minutes (PDF, 210 kB)</a></p>',
      'Board minutes, /download/77/?tmstv=1700001, pdf, 210000',
    ],
    [
      'Download Monitor, its button',
      '<aside class="download-box"><a class="download-button" title="" href="/download/78/">Download File <small>annual-report.pdf – Downloaded 31 times – 2 MB</small></a></aside>',
      'Annual report, /download/78/, pdf, 2000000',
    ],
    [
      'Download Monitor, its class',
      '<p><a class="download-link filetype-icon filetype-pdf" title="Versione 1.2" href="/download/311/">Verbale di ottobre (45 download)</a></p>',
      'Verbale di ottobre, /download/311/, pdf, ?',
    ],
    ['wide brackets', '<p><a href="/d/6">年度報告（PDF，350 KB）</a></p>', '年度報告, /d/6, pdf, 350000'],
    ['a kind without a space', '<p><a href="/d/8">学校だより [PDFファイル／350KB]</a></p>', '学校だより, /d/8, pdf, 350000'],
    ['a kind behind the link', '<p><a href="/d/9">年報</a>（PDF）</p>', '年報, /d/9, pdf, ?'],
    ['Excel', '<p><a href="/d/11">Budget (Excel, 60 KB)</a></p>', 'Budget, /d/11, sheet, 60000'],
    [
      'SharePoint in other languages',
      '<div><b>Datos adjuntos:</b> <a href="/Lists/A/Attachments/3/solicitud.docx">https://example.org/Lists/A/Attachments/3/solicitud.docx</a></div>',
      'Solicitud, /Lists/A/Attachments/3/solicitud.docx, document, ?',
    ],
    ['an offer around the name', '<p><a href="/g.pdf">Download the guide for mentors</a></p>', 'Guide for mentors, /g.pdf, pdf, ?'],
    ['an offer before the name', '<p><a href="/g.pdf">Descargar la guía de tutores (PDF)</a></p>', 'Guía de tutores, /g.pdf, pdf, ?'],
    [
      'an offer behind the name',
      '<p><a href="/g.pdf">Leitfaden für Mentoren herunterladen</a></p>',
      'Leitfaden für Mentoren, /g.pdf, pdf, ?',
    ],
    [
      'a name like an offer',
      '<p><a href="/g.pdf">Download speeds in rural schools</a></p>',
      'Download speeds in rural schools, /g.pdf, pdf, ?',
    ],
    ['words that only offer it', '<p><a href="/plan-2027.pdf">点击下载</a></p>', 'Plan 2027, /plan-2027.pdf, pdf, ?'],
    ['WordPress Download Manager', wpdm('a'), 'Paper 12, /download/paper-12/?wpdmdl=412&refresh=67acfa91, pdf, 1420000'],
    [
      'Drupal, a stated type',
      '<p><a href="/media/123/download?attachment" type="application/pdf" title="guide.pdf">Guide for mentors</a></p>',
      'Guide for mentors, /media/123/download?attachment, pdf, ?',
    ],
    [
      'Drupal, a class',
      '<p><span class="file file--mime-application-pdf"><span><a href="/media/124/download" title="Opens in a new window">Budget 2027</a></span><span class="file-size">1.1 MB</span></span></p>',
      'Budget 2027, /media/124/download, pdf, 1100000',
    ],
    [
      'Drupal, a type with a length',
      '<p><a href="/files/a_guide.pdf" type="application/pdf; length=123456">a_guide.pdf</a></p>',
      'A guide, /files/a_guide.pdf, pdf, 123456',
    ],
    [
      'Joomla',
      '<p><a class="btn" href="/index.php/downloads?download=12:statutes-pdf">Statutes (pdf)</a></p>',
      'Statutes, /index.php/downloads?download=12:statutes-pdf, pdf, ?',
    ],
    [
      'SharePoint, a shared file',
      '<p><a href="https://x.sharepoint.com/:b:/s/board/Eabc?e=Xy1">Minutes of May</a></p>',
      'Minutes of May, https://x.sharepoint.com/:b:/s/board/Eabc?e=Xy1, pdf, ?',
    ],
    [
      'SharePoint, a download',
      '<p><a href="/_layouts/15/download.aspx?SourceUrl=%2Fsites%2Fa%2Fx.docx">The plan</a></p>',
      'The plan, /_layouts/15/download.aspx?SourceUrl=%2Fsites%2Fa%2Fx.docx, document, ?',
    ],
    [
      'Ghost',
      '<div class="kg-card kg-file-card"><a class="kg-file-card-container" href="/content/files/rep-2.pdf" title="Download" download><div><div class="kg-file-card-title">Annual report</div><div class="kg-file-card-metadata"><div class="kg-file-card-filename">rep-2.pdf</div><div class="kg-file-card-filesize">2 MB</div></div></div></a></div>',
      'Annual report, /content/files/rep-2.pdf, pdf, 2000000',
    ],
    [
      'Substack',
      '<div class="file-embed-wrapper"><div class="file-embed-details-h1">Annual report</div><div class="file-embed-details-h2">2.1MB ∙ PDF file</div><a class="file-embed-button wide" href="/api/v1/file/0a.pdf"><span>Download</span></a><a class="file-embed-button narrow" href="/api/v1/file/0a.pdf"><span>Download</span></a></div>',
      'Annual report, /api/v1/file/0a.pdf, pdf, 2100000',
    ],
    [
      'Easy Digital Downloads',
      '<p><a href="/index.php?eddfile=12%3A3&amp;ttl=1765000000&amp;token=abc" class="edd_download_file_link">Handbook.pdf</a></p>',
      'Handbook, /index.php?eddfile=12%3A3&ttl=1765000000&token=abc, pdf, ?',
    ],
    [
      'Finalsite',
      '<p><a href="/fs/resource-manager/view/0a-1b" data-file-name="Calendar_2026.pdf">Calendar</a></p>',
      'Calendar, /fs/resource-manager/view/0a-1b, pdf, ?',
    ],
    ['a name to save it by', '<p><a href="/dl/9" download="minutes.pdf">Minutes of May</a></p>', 'Minutes of May, /dl/9, pdf, ?'],
    ['words in brackets', '<p><a href="/d/4">[PDF] Guide for mentors</a></p>', 'Guide for mentors, /d/4, pdf, ?'],
    ['words behind the link', '<p><a href="/d/1">Annual report</a> (PDF, 2.3 MB)</p>', 'Annual report, /d/1, pdf, 2300000'],
    ['words between bars', '<p><a href="/d/5">Handbook | PDF | 3 MB</a></p>', 'Handbook, /d/5, pdf, 3000000'],
    ['the name of a file', '<p><a href="/d/3">annual-report.pdf</a></p>', 'Annual report, /d/3, pdf, ?'],
    ['a Word file', '<p><a href="/d/6">Agenda (Word, 30 KB)</a></p>', 'Agenda, /d/6, document, 30000'],
  ])('%s', (_name, html, expected) => {
    expect(papersOf(html)).toEqual({ papers: [expected], rest: '' });
  });

  test('what a card says beside its paper stays', () => {
    expect(papersOf(wpdm('a', '<p>How small classes help.</p>')).rest).toBe('<p>How small classes help.</p>');
  });

  test('of several cards each is named by its own title; one of no known kind leads where it led', () => {
    const card = (name: string, icon: string): string =>
      `<div class="card"><h3 class="package-title"><a href="/p/${name}">Paper ${name}</a></h3>${icon}<div>2 file(s) 3 MB</div><a class="wpdm-download-link" href="#" data-downloadurl="/p/${name}/?wpdmdl=1">Download</a></div>`;
    const { papers, rest } = papersOf(
      `<div class="w3eden">${card('A', '')}${card('B', '<img class="wpdm_icon" src="/file-type-icons/docx.svg">')}</div>`,
    );
    expect(papers).toEqual(['Paper B, /p/B/?wpdmdl=1, document, 3000000']);
    expect(rest).toContain(`<p><a href="${site}/p/A/?wpdmdl=1">Paper A (3 MB)</a></p>`);
  });

  test('a note that a file is in the post leads there', () => {
    const note = 'Note: There is a file embedded within this post, please visit this post to download the file.';
    expect(papersOf(`<p>${note}</p>`).rest).toBe(`<p>${note.replace('this post to', `<a href="${site}/post/">this post</a> to`)}</p>`);
  });

  test('in the stores of others the words of the link name a paper, or none', () => {
    const html =
      '<p>See the <a href="https://drive.google.com/file/d/1AbC/view">board minutes</a> and <a href="https://drive.google.com/drive/folders/1x">our folder</a>, <a href="https://www.dropbox.com/scl/fi/abc/x?rlkey=1">the film</a>.</p>';
    expect(papersOf(html).papers).toEqual(['Board minutes, https://drive.google.com/file/d/1AbC/view, pdf, ?']);
  });

  test.each([
    ['the post itself', '<p><a href="/post/#minutes">Minutes (PDF)</a></p>'],
    ['a page', '<p><a href="/about.html">How we make papers (PDF)</a></p>'],
    ['a sentence about them', '<p><a href="/help">What a PDF is and how to open one</a></p>'],
    ['a film', '<p><a href="/talk.mp4">Talk (see the PDF)</a></p>'],
  ])('a link to %s is none', (_name, html) => {
    expect(papersOf(html).papers).toEqual([]);
  });
});

describe('Stamps and tokens of links', () => {
  test.each([
    ['of a card', (stage: string) => wpdm(stage)],
    ['of a document', (stage: string) => `<p><a href="/download/77/?tmstv=17000${stage.charCodeAt(0)}">Minutes (PDF)</a></p>`],
    ['of a link', (stage: string) => `<p>See <a href="/d?id=7&amp;X-Amz-Signature=${stage}1&amp;itok=x${stage}">it</a>.</p>`],
  ])('%s make no revision', (_name, html) => {
    const [first, second] = [prepare(html('a')), prepare(html('b'))];
    expect([first.contentHash, first.saidHash]).toEqual([second.contentHash, second.saidHash]);
  });

  test('another file does', () => {
    const [first, second] = ['7', '8'].map((id) => prepare(`<p><a href="/download?id=${id}">Minutes (PDF)</a></p>`).contentHash);
    expect(first).not.toBe(second);
  });
});

import { describe, expect, test } from '@jest/globals';
import { withoutOpenDirections } from '../src/kernel/text/direction.ts';
import { GazetteError } from '../src/kernel/errors.ts';
import { terminalText } from '../src/kernel/terminal-text.ts';
import { parseAddress } from '../src/mail/address.ts';
import { header } from '../src/mail/mime/list-headers.ts';
import { parseDeliveryMessageId } from '../src/mail/message-id.ts';
import { titleFromText, isFileName, lengthFromText, readableFileName } from '../src/content/documents/document-title.ts';
import { namesPaper, saysOnlyFacts, typeBehind, typeFromWords, withoutFacts } from '../src/content/documents/words-of-paper.ts';
import { isAnnouncingText } from '../src/content/documents/announcement.ts';
import { mediaTypeOfUrl } from '../src/content/documents/document-type.ts';
import { readEmbedUrl } from '../src/content/tidy/embeds.ts';
import { summaryOf } from '../src/content/excerpt.ts';
import { toldTextOfHtml } from '../src/content/formulas/told-text.ts';
import { visibleLine } from '../src/content/html/visible-text.ts';
import { compareTexts, saidHashOf } from '../src/content/said.ts';
import { findList } from '../src/reading/json/find-list.ts';
import { findEntryKeys, statedHashOf } from '../src/posts/identity/identity.ts';
import { readImage } from '../src/content/images.ts';
import { imageKey } from '../src/content/pictures/picture-address.ts';
import { lettersOf } from '../src/content/text/letters.ts';
import { contentFromEntry } from '../src/content/content-from-entry.ts';
import { sanitiseHtml } from './support/sanitise-html.ts';
import { findShortcode, withoutShortcodes } from '../src/content/shortcodes/shortcode-text.ts';
import { readBookScript, readScriptedViewer } from '../src/content/tidy/scripted-viewers.ts';
import { canonicalUrl, resolveLink } from '../src/content/web-address.ts';
import { cleanLine } from '../src/kernel/text/clean-text.ts';
import { isUnseen } from '../src/content/text/unseen.ts';
import { quote } from '../src/content/text/quote.ts';
import { parseHtml } from '../src/content/html/parse-html.ts';
import { createFootnotes, plainText } from '../src/render/parts/plain-text.ts';
import { findUnknownMarks, withoutPersonalParts } from '../src/content/text/placeholder.ts';
import { emailHtml } from '../src/render/parts/email-html.ts';
import { contentBlocks } from '../src/render/parts/clean-content.ts';
import { partsOf, preparePost } from '../src/render/parts/prepared-post.ts';
import { readingMinutes } from '../src/content/text/reading-time.ts';
import { sentencesOf, wholeSentences } from '../src/content/text/sentence.ts';
import { displayTitle, documentTitle, firstSentence } from '../src/content/title.ts';
import { cutToColumns, wrapText } from '../src/content/text/wrap-text.ts';
import { columns } from '../scripts/command.ts';
import { boundDocument } from '../src/reading/parsing/bound-document.ts';
import { categorySlug } from '../src/reading/formats/category-slug.ts';
import { decodeText } from '../src/reading/decode/decode-text.ts';
import { linksOf } from '../src/reading/discover-feeds.ts';
import type { Entry } from '../src/reading/entry.ts';
import { authorName, categoryOf, enclosureOf, languageTag } from '../src/reading/formats/field-values.ts';
import { freshnessSeconds } from '../src/reading/fetch/http-caching.ts';
import { parseDate } from '../src/reading/formats/parse-date.ts';
import { parseSourceDocument } from '../src/reading/parsing/parse-document.ts';
import { parseXml } from '../src/reading/xml/parse-xml.ts';
import { SourceError } from '../src/reading/source-error.ts';
import { resolveUrl } from '../src/reading/source-url.ts';
import { titleText } from '../src/reading/formats/title-text.ts';
import { wordPressSite } from '../src/reading/wordpress/wordpress-url.ts';
import { parsePersonName } from '../src/subscribers/subscriber.ts';
import { withLinksOpeningOutside } from '../src/web/framed-mail.ts';
import { startCpuTimer } from './support/cpu-time.ts';

/*
 * What the patterns' own test cannot see: loops, and functions that call linear things too often. Each text that comes from outside goes through
 * everything that may meet it, and takes no longer than a few times what honest text of its size takes.
 */

const wholeSize = 70_000;
const filledTo = (length: number, piece: string): string => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

type HostileText = readonly [what: string, text: string];

/** The texts, each of about so many characters. */
function textsOf(size: number): readonly HostileText[] {
  const filled = (piece: string, length = size): string => filledTo(length, piece);
  return [
    ...[
      '/',
      ' ',
      '\u00a0',
      '<',
      '&',
      '"',
      "'",
      '(',
      ']',
      '.',
      '…',
      '-',
      ',',
      '@',
      '\\',
      '\n',
      '\r\n',
      '\u0301',
      '\u200d',
      '\u202e',
      '\u2067',
      '\ud83d',
      '0',
      'a',
      '👨‍👩‍👧',
    ].map((piece) => [JSON.stringify(piece), filled(piece)] as const),
    ...[
      'a ',
      'a.',
      '. ',
      '&#',
      '&amp;',
      '&#0;',
      '</',
      '<!--',
      '<![CDATA[',
      '<p>',
      '<div>',
      '<b><i>',
      '<table><tr><td>',
      '<form class=',
      '<input name="',
      '<br>',
      '<hr>',
      '<p>a',
      '<b>a</b>',
      '<a href="x">',
      '\\"',
      '"\\',
      '[a ',
      'url(',
      'http://',
      'https://a.b ',
      'The post ',
      'read more ',
      '\u2067\u2069',
      'a@',
      '(a@b',
      '1 ',
      '12:',
      '<img src=',
      '<head ',
      'charset=',
      '<!ENTITY a "',
      'Dr. ',
      '\u05d0a',
    ].map((piece) => [JSON.stringify(piece), filled(piece)] as const),
    ['a run in the middle', `x${filled(' ')}x${filled('/')}x`],
    ['a long attribute', `<p title="${filled('a')}" class="${filled('x ')}">x</p>`],
    ['a long attribute that never ends', `<p title="${filled('a ')}`],
    ['many attributes', `<p ${Array.from({ length: size / 7 }, (_, index) => `a${index}=x`).join(' ')}>x</p>`],
    ['deep nesting', `${filled('<div>', size / 2)}x${filled('</div>', size / 2)}`],
    ['a srcset', `<img srcset="${filled('a b, ')}" src="https://example.org/a.jpg"><img srcset="${filled('a', size / 3.5)}">`],
  ];
}

const addressLike = (text: string): string => `https://example.org/${text}`;

function entryOf(text: string): Entry {
  return {
    id: text,
    hasOwnId: true,
    url: addressLike(text.slice(0, 2_000)),
    title: text.slice(0, 1_000),
    html: text,
    summary: text,
    authors: [text.slice(0, 200)],
    categories: [],
    hasImplausibleDate: false,
    enclosures: [{ url: 'https://example.org/a.pdf', title: text.slice(0, 1_000) }],
    isProtected: false,
  };
}

/** A text may be refused, by one of our own errors; anything else is a fault. */
const calm =
  (run: (text: string) => unknown) =>
  (text: string): void => {
    try {
      run(text);
    } catch (error) {
      if (!(error instanceof GazetteError) && !(error instanceof SourceError)) throw error;
    }
  };

const image = (text: string) => ({
  kind: 'element' as const,
  tag: 'img',
  attributes: { src: addressLike(text), srcset: text, 'data-x': text, style: text, class: text, width: text, alt: text },
  children: [],
});

const functions: Readonly<Record<string, (text: string) => unknown>> = {
  titleText,
  authorName,
  categorySlug,
  parseDate,
  lettersOf,
  isUnseen,
  cleanLine,
  quote,
  terminalText,
  withoutOpenDirections,
  titleFromText,
  isAnnouncingText,
  isFileName,
  lengthFromText,
  readableFileName,
  languageTag,
  readingMinutes,
  toldTextOfHtml,
  findUnknownMarks,
  withLinksOpeningOutside,
  resolveUrl: (text) => [resolveUrl(text, 'https://example.org/'), resolveUrl(addressLike(text))],
  resolveLink: (text) => [resolveLink(text, 'https://example.org/'), resolveLink(addressLike(text), undefined)],
  canonicalUrl: (text) => [canonicalUrl(addressLike(text)), canonicalUrl(`https://example.org/?${text}`)],
  mediaTypeOfUrl: (text) => [
    mediaTypeOfUrl(addressLike(text)),
    mediaTypeOfUrl(`https://example.org/?file=${text}`),
    mediaTypeOfUrl('https://example.org/', text),
  ],
  imageKey: (text) => imageKey(addressLike(text)),
  readImage: (text) => readImage(image(text), [image(text)], 'https://example.org/'),
  readEmbedUrl: (text) => [
    readEmbedUrl(addressLike(text)),
    readEmbedUrl(`https://example.org/viewer?url=${encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, ''))}`),
  ],
  viewers: (text) => {
    const node = {
      kind: 'element' as const,
      tag: 'div',
      attributes: { 'data-a': `{"a.pdf${text}`, 'data-b': `{"a.pdf${text.slice(0, 19_000)}` },
      children: [{ kind: 'text' as const, text: `"source":"${text}` }],
    };
    return [
      readScriptedViewer(node, undefined),
      readBookScript(node, undefined),
      withoutShortcodes(text),
      findShortcode(text),
      withoutFacts(text),
      saysOnlyFacts(text),
      typeFromWords(text),
      typeBehind(text),
      namesPaper(text),
    ];
  },
  categoryOf: (text) => categoryOf(text, { scheme: text, language: text }),
  enclosureOf: (text) => enclosureOf(addressLike(text), { mediaType: text, length: text, title: text }),
  wordPressSite: (text) => wordPressSite(addressLike(text)),
  httpCaching: (text) => freshnessSeconds({ 'cache-control': text, expires: text, date: text, age: text }),
  decodeText: (text) => [decodeText(Buffer.from(text), `text/html; charset${text}`), decodeText(Buffer.from(text, 'latin1'))],
  parseXml: (text) => [parseXml(text), parseXml(`<!DOCTYPE rss [${text}`), parseXml(`<rss><channel><item><title>${text}`)],
  parseSourceDocument: (text) =>
    [
      `<rss><channel><item><title>${text}</title><link>${text}</link><description>${text}</description></item></channel></rss>`,
      `{"version":"https://jsonfeed.org/version/1","items":[{"id":${JSON.stringify(text)}},{"id":"html","content_html":${JSON.stringify(text)}}]}`,
      `{"items":[${text}`,
    ].map((document) => calm(() => parseSourceDocument(Buffer.from(document)))('')),
  linksOf: (text) => [
    linksOf(text, 'https://example.org/'),
    linksOf(`<link rel="alternate" type="${text}" href="${text}" title="${text}">`, 'https://example.org/'),
  ],
  boundDocument: (text) =>
    boundDocument({
      format: 'rss',
      title: text,
      entries: [entryOf(text)],
      tombstones: [],
      skipped: [],
      pollHints: { skipHoursUtc: [], skipDaysUtc: [] },
    }),
  statedHashOf: (text) => statedHashOf(entryOf(text)),
  saidHashOf: (text) =>
    saidHashOf({
      title: text,
      url: addressLike(text),
      html: text,
      image: null,
      attachments: [{ url: addressLike(text), title: text, mediaType: text }],
    }),
  compareTexts: (text) => compareTexts({ title: text, html: text }, { title: 'x', html: `${text} x` }),
  findList: (text) => [findList(text), findList(`Warning [{"id":1}${text}`), findList(`<b>[]${text}`)],
  markOf: (text) =>
    findEntryKeys(
      [
        { ...entryOf(text), hasOwnId: false },
        { ...entryOf(`<a href=${text}`), hasOwnId: false },
      ],
      { sourceUrl: 'https://example.org/' },
    ),
  findEntryKeys: (text) => findEntryKeys([entryOf(text)], { siteUrl: addressLike(text), sourceUrl: addressLike(text) }),
  summaryOf: (text) => [summaryOf({ sourceSummary: text, blocks: parseHtml(text) }), summaryOf({ sourceSummary: text, blocks: [] })],
  sentencesOf: (text) => [sentencesOf(text, 'en'), firstSentence(text, 'es'), wholeSentences(text, 300, 'en')],
  sanitiseHtml,
  contentFromEntry: (text) => contentFromEntry(entryOf(text)),
  contentBlocks: (text) => contentBlocks(text, { imageUrl: addressLike(text) }, () => {}),
  preparePost: (text) => {
    const post = { position: 1n, title: text.slice(0, 1_000), html: text, summary: text, authors: [], readingMinutes: 1, attachments: [] };
    const options = { leadLines: 10, charactersPerLine: 66, language: 'en', showsImage: true, deadImageUrls: [] };
    return partsOf(
      preparePost(post, options, () => {}),
      'full',
    );
  },
  emailHtml: (text) =>
    ['p', 'blockquote', 'figure', 'ul', 'div'].map((name) =>
      emailHtml(parseHtml(`<${name}>${text}</${name}>`), { elements: { p: 'margin:0' }, accent: '#000000', columnWidthPx: 600 }),
    ),
  textOfHtml: (text) => visibleLine(parseHtml(text)),
  plainText: (text) => plainText(parseHtml(text), createFootnotes(1), 72),
  wrapText: (text) => wrapText(text, 72),
  columns: (text) => [columns([[text, text]]), cutToColumns(text, 80)],
  displayTitle: (text) => [
    displayTitle({ title: text, html: text, language: 'en', attachments: [] }),
    documentTitle({ title: text, url: addressLike(text) }),
    documentTitle({ title: '', url: addressLike(text) }),
  ],
  withoutPersonalParts: (text) => [
    withoutPersonalParts(text, 'html'),
    withoutPersonalParts(text, 'text'),
    withoutPersonalParts(filledTo(text.length, '<p>\ufdd0'), 'html'),
  ],
  parseAddress: (text) => [text, ` ${text}`, `a@${text}`, `${text}@example.org`, `"${text}"@example.org`].map(calm(parseAddress)),
  parsePersonName: calm(parsePersonName),
  header: calm((text) => header('Subject', text)),
  parseDeliveryMessageId: (text) => parseDeliveryMessageId(text, []),
};
// What is linear takes a tenth of it on an idle machine and a third on a loaded one; the square of this length, 2.5 s at the least, takes more.
const allowedMs = 1_500;
// Of a text of a fourth the square takes a sixteenth: what takes less than a sixteenth of what is allowed needs no whole text to be judged.
const part = 4;
const [wholeTexts, parts] = [textsOf(wholeSize), textsOf(wholeSize / part)];

function bestOf(run: () => unknown, enoughMs: number): number {
  let best = Infinity;
  for (let tries = 0; tries < 5 && best > enoughMs; tries++) {
    const usedMs = startCpuTimer();
    run();
    best = Math.min(best, usedMs());
  }
  return best;
}

describe('a hostile text costs what an honest one of its length does', () => {
  test.each(Object.keys(functions))('%s', (name) => {
    const run = (text: string) => () => calm(functions[name]!)(text);
    const slow = wholeTexts.flatMap(([what, text], index) => {
      const enoughMs = allowedMs / part ** 2;
      if (bestOf(run(parts[index]![1]), enoughMs) <= enoughMs) return [];
      const ms = bestOf(run(text), allowedMs);
      return ms > allowedMs ? [`${what}: ${Math.round(ms)} ms`] : [];
    });
    expect(slow).toEqual([]);
  });
});

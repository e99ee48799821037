/*
 * Per-recipient values. A stored rendition holds marks in place of them; filling is a copy, not a render.
 * The marks are the Unicode noncharacters U+FDD0 and U+FDD1 around the name: `cleanText` removes the whole range from all content,
 * so no post can forge one.
 */
import { escapeHtml } from '../../kernel/text/escape-html.ts';
import { columnsOf, wrapIndented } from './wrap-text.ts';

/** Every placeholder that templates may use, as `{{ reader.name }}` and the like: plain outputs, no filters or conditions. */
export const placeholderNames = ['reader.name', 'reader.address', 'links.unsubscribe', 'links.preferences', 'links.browser'] as const;

/** The name of a placeholder. */
export type PlaceholderName = (typeof placeholderNames)[number];

/** A recipient's value for each placeholder; the empty string where there is none. */
export type PlaceholderValues = Readonly<Record<PlaceholderName, string>>;

const open = '\uFDD0';
const close = '\uFDD1';

/** The longest values that a recipient may bring, each its own: what the size and the links of a digest are judged with. */
export const longestPlaceholderValues: PlaceholderValues = {
  'reader.name': 'M'.repeat(200),
  'reader.address': `${'m'.repeat(64)}@${'m'.repeat(185)}.org`,
  'links.unsubscribe': `https://${'u'.repeat(400)}.org/`,
  'links.preferences': `https://${'p'.repeat(400)}.org/`,
  'links.browser': `https://${'b'.repeat(400)}.org/`,
};

/** Whether a text names a placeholder. */
export function isPlaceholderName(text: string): text is PlaceholderName {
  return (placeholderNames as readonly string[]).includes(text);
}

/** The mark that stands in a rendition for a value. */
export function placeholderMark(name: PlaceholderName): string {
  return `${open}${name}${close}`;
}

/** The names that a rendition's part holds and `fillPlaceholders` does not know, and stray halves of marks. */
export function findUnknownMarks(part: string): readonly string[] {
  const left = part.replaceAll(/\uFDD0([a-z.]+)\uFDD1/g, (mark, name: string) => (isPlaceholderName(name) ? '' : mark));
  return [...left.matchAll(/\uFDD0([^\uFDD0\uFDD1]{0,40})\uFDD1?|[\uFDD1-\uFDEF]/g)].map((match) => match[1] ?? 'a stray mark');
}

/** Whether a rendition's part uses a placeholder. */
export function hasPlaceholder(part: string, name: PlaceholderName): boolean {
  return part.includes(placeholderMark(name));
}

/** What of a part is the same for everybody, and what is filled: a mark in html, the paragraph around a mark in text, since its lines break elsewhere then. */
export type PartPiece = string | { readonly personal: string };

/** A part in pieces, in order; a text has no lines but those of `\n`. */
export function piecesOf(part: string, kind: 'html' | 'text'): PartPiece[] {
  if (!part.includes(open)) return [part];
  return kind === 'html' ? piecesBetween(part, marks(), (mark) => mark) : piecesOfText(part);
}

/** Fills a personal piece for one recipient; html gets values escaped for text and attribute positions alike, text is wrapped as it was. */
export function fillPiece(personal: string, values: PlaceholderValues, kind: 'html' | 'text'): string {
  const filled = personal.replaceAll(marks(), (_mark, name: string) => {
    const value = isPlaceholderName(name) ? values[name] : '';
    return kind === 'html' ? escapeHtml(value) : value;
  });
  return kind === 'html' ? filled : wrapFilled(filled);
}

/** Fills a rendition's part for one recipient, as their message has it. */
export function fillPlaceholders(part: string, values: PlaceholderValues, kind: 'html' | 'text'): string {
  return piecesOf(part, kind)
    .map((piece) => (typeof piece === 'string' ? piece : fillPiece(piece.personal, values, kind)))
    .join('');
}

function marks(): RegExp {
  return /\uFDD0([a-z.]+)\uFDD1/g;
}

function piecesBetween(part: string, pattern: RegExp, personalOf: (found: string) => string): PartPiece[] {
  const pieces: PartPiece[] = [];
  let done = 0;
  for (const found of part.matchAll(pattern)) {
    if (found.index > done) pieces.push(part.slice(done, found.index));
    pieces.push({ personal: personalOf(found[0]) });
    done = found.index + found[0].length;
  }
  if (done < part.length) pieces.push(part.slice(done));
  return pieces;
}

/** Lines with a mark, together with those into which their text was broken: where the next word would not have fit, the break is the wrapping's. */
function piecesOfText(part: string): PartPiece[] {
  const pieces: PartPiece[] = [];
  const lines = part.split('\n');
  let common = '';
  for (let at = 0; at < lines.length;) {
    let end = at + 1;
    while (end < lines.length && isWrapped(lines[end - 1]!, lines[end]!)) end += 1;
    const paragraph = lines.slice(at, end);
    const tail = end < lines.length ? '\n' : '';
    if (paragraph.some((line) => line.includes(open))) {
      if (common !== '') pieces.push(common);
      pieces.push({ personal: joined(paragraph) });
      common = tail;
    } else common += paragraph.join('\n') + tail;
    at = end;
  }
  return common === '' ? pieces : [...pieces, common];
}

// As the templates of digests and notices have their texts wrapped.
const textWidth = 74;

function isWrapped(line: string, next: string): boolean {
  const [word = ''] = next.trimStart().split(/[ \t]/);
  if (line === '' || word === '' || indentOf(line) !== indentOf(next)) return false;
  return columnsOf(line) + 1 + columnsOf(word) > textWidth;
}

function joined([first = '', ...rest]: readonly string[]): string {
  return [first, ...rest.map((line) => line.slice(indentOf(line).length))].join(' ');
}

/** What lines of a list or a quotation begin with. */
function indentOf(line: string): string {
  return /^[ \t>]*/.exec(line)![0];
}

function wrapFilled(filled: string): string {
  if (columnsOf(filled) <= textWidth) return filled;
  const indent = indentOf(filled);
  return wrapIndented(filled.slice(indent.length), textWidth, indent, indent);
}

/**
 * A rendition's part for everybody, as the archive shows it: each paragraph (`<p>` in html, lines between blank ones in text)
 * that holds a placeholder is left out, because it speaks to one reader.
 */
export function withoutPersonalParts(part: string, kind: 'html' | 'text'): string {
  const impersonal =
    kind === 'html'
      ? withoutPersonalParagraphs(part)
      : part
          .split(/(\n{2,})/)
          .map((paragraph) => (paragraph.includes(open) ? '' : paragraph))
          .join('')
          .replaceAll(/\n{4,}/g, '\n\n\n');
  return impersonal.replaceAll(/\uFDD0[a-z.]+\uFDD1/g, '');
}

/** Html without its paragraphs that hold a mark, each from its tag to the next end of one. */
function withoutPersonalParagraphs(html: string): string {
  const paragraph = /<p\b/g;
  let kept = '';
  let done = 0;
  for (let found = paragraph.exec(html); found !== null; found = paragraph.exec(html)) {
    const endTag = html.indexOf(paragraphEnd, found.index);
    if (endTag === -1) break;
    const end = endTag + paragraphEnd.length;
    kept += html.slice(done, html.slice(found.index, end).includes(open) ? found.index : end);
    done = paragraph.lastIndex = end;
  }
  return kept + html.slice(done);
}

const paragraphEnd = '</p>';

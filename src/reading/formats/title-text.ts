import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { isNote, maxBaseLength, writtenSub, writtenSup } from '../../kernel/text/exponents.ts';
import { isBlockTag, isHtmlTag } from '../../kernel/text/tags.ts';
import { resolveHtmlReferences } from '../xml/character-reference.ts';
import { meantText } from '../decode/decode-text.ts';

/** Longer ones are cut, with an ellipsis: a title of the greatest length has room in it with every character escaped. */
export const maxRawTitleLength = 8_000;
/** Start tags that wait for their end tag at a time: each end tag looks through them. */
const maxOpenTags = 100;

const tag = /<!--(?:(?!<!--)[^]){0,500}?-->|<!--[^<>]*>?|<!doctype[^<>]*>|<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)\/?>/gi;

/**
 * Elements whose end tag may be missing: a lone start tag is markup all the same. Not every void tag is here: titles name the others ("the
 * <input> tag").
 */
const loneNames = new Set('br hr img wbr p li dd dt param embed html head body meta link'.split(' '));
/** Nobody writes a title with these; titles speak of them. */
const spokenOfNames = new Set(
  'area base button canvas col data details dialog input label map output search select source template textarea time track'.split(' '),
);
/** No blocks in a text, but titles that hold a whole document have words on either side. */
const partingNames = new Set(['br', 'head', 'title']);
/** Less than what is silent in a text: the words of a formula, or of a document's own title, are all that a title has. */
const silentNames = new Set(['script', 'style', 'iframe', 'object']);

/** Whether what stands within elements of this tag is no part of a title. */
export function isSilentInTitle(name: string): boolean {
  return silentNames.has(name);
}

/**
 * Text that may be html, once or twice escaped, as the plain text that it means. A tag is markup when html knows it and its pair is there;
 * "Nice <gorilla>" and "History of the <blink> tag" keep theirs.
 */
export function titleText(raw: string): string {
  let text = raw.length > maxRawTitleLength ? cutAtWord(raw, maxRawTitleLength) : raw;
  for (let round = 0; round < 3 && /[<&]/.test(text); round++) {
    const next = resolveHtmlReferences(text.includes('<') ? withoutTags(text) : text);
    if (next === text) break;
    text = next;
  }
  return meantLine(text);
}

/** Plain text of a source on one line, as it was meant. */
export function meantLine(text: string): string {
  return cleanLine(meantText(text));
}

interface Tag {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  isMarkup: boolean;
  /** Where silent content ends, for a start tag of it. */
  silentUntil?: number;
  /** The end tag of what is raised, lowered or struck, for its start tag. */
  closedBy?: Tag;
}

// What is raised within what is raised within what is struck out; each is read again.
const maxMarkedDepth = 3;

const markedNames = new Set(['sup', 'sub', 's', 'del', 'strike']);

/** What a title says by raising, lowering or striking words out, said in characters: "10<sup>6</sup>" is no 106. Marks of notes stand nowhere in a title. */
export function markedInTitle(
  name: string,
  value: string,
  around: { readonly before: string; readonly behind: string },
): string | undefined {
  if (!markedNames.has(name)) return undefined;
  if (name !== 'sup' && name !== 'sub') return value.trim() === '' ? value : `~~${value}~~`;
  const script = { value, before: around.before.slice(-maxBaseLength), behind: around.behind.slice(0, maxBaseLength), isLink: false };
  const written = name === 'sub' ? writtenSub(script) : writtenSup(script);
  return isNote(written) ? '' : written;
}

function withoutTags(text: string, depth = 0): string {
  const tags = findTags(text);
  let plain = '';
  let at = 0;
  for (const found of tags) {
    if (!found.isMarkup || found.start < at) continue;
    plain += text.slice(at, found.start) + (isBlockTag(found.name) || partingNames.has(found.name) ? ' ' : '');
    at = found.silentUntil ?? found.end;
    if (found.closedBy === undefined || depth === maxMarkedDepth) continue;
    const { start, end } = found.closedBy;
    const value = resolveHtmlReferences(withoutTags(text.slice(found.end, start), depth + 1));
    plain += markedInTitle(found.name, value, { before: plain, behind: text.slice(end, end + maxBaseLength) });
    at = end;
  }
  return plain + text.slice(at);
}

function findTags(text: string): Tag[] {
  const tags: Tag[] = [];
  const open: Tag[] = [];
  for (const match of text.matchAll(tag)) {
    const [whole, slash, rawName] = match;
    const name = (rawName ?? '').toLowerCase();
    const found: Tag = { start: match.index, end: match.index + whole.length, name, isMarkup: rawName === undefined };
    tags.push(found);
    if (rawName === undefined || !isHtmlTag(name) || spokenOfNames.has(name)) continue;
    if (slash === '/') closeTag(found, open);
    else {
      found.isMarkup = loneNames.has(name) || whole.endsWith('/>') || /\s(?:href|src|class|style)\s*=/i.test(match[3] ?? '');
      if (open.length < maxOpenTags) open.push(found);
    }
  }
  return tags;
}

function closeTag(end: Tag, open: Tag[]): void {
  const at = open.findLastIndex((candidate) => candidate.name === end.name);
  const start = open[at];
  if (start === undefined) {
    end.isMarkup = loneNames.has(end.name);
    return;
  }
  start.isMarkup = end.isMarkup = true;
  if (markedNames.has(end.name)) start.closedBy = end;
  if (isSilentInTitle(end.name)) start.silentUntil = end.end;
  open.length = at;
}

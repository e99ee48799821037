/*
 * What is wrong with how a digest shows its posts, found from the documents that they come from and from the mail as it would be sent. Written apart from the
 * code that it judges: it reads html with a parser of its own and knows neither trees, rules nor templates of the product.
 */
import { parseDocument } from 'htmlparser2';
import type { Entry } from '../../src/reading/entry.ts';
import type { RenderedDigest } from '../../src/render/digest.ts';

/** A fault and where: in words of the digest. */
export interface DigestFault {
  readonly kind: 'hole' | 'shortcode' | 'doubled title' | 'lead of links' | 'nothing before the link' | 'stray invitation';
  readonly what: string;
}

/** A digest with what it was made from. */
export interface JudgedDigest {
  readonly entries: readonly Entry[];
  readonly digest: Pick<RenderedDigest, 'subject' | 'preheader' | 'html' | 'text'>;
  /** The words of the link to the rest of a post. */
  readonly readOn: string;
}

/** Every fault of a digest. */
export function digestFaults({ entries, digest, readOn }: JudgedDigest): DigestFault[] {
  const blocks = blocksOf(parseDocument(digest.html).children);
  return [
    ...holes(entries, digest, blocks),
    ...shortcodes(digest, blocks),
    ...doubledTitles(blocks),
    ...leads(blocks, readOn),
    ...invitations(blocks, readOn),
  ];
}

type Node = {
  readonly type: string;
  readonly name?: string;
  readonly data?: string;
  readonly attribs?: Record<string, string>;
  readonly children?: Node[];
};

/** A line of what is shown. */
interface Block {
  readonly tag: string;
  readonly text: string;
  /** Its words that are no code. */
  readonly prose: string;
  readonly linkedLength: number;
}

// Stands where something stood that is no text.
const thing = '\uFFFC';

const blockTags = new Set(
  'address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td th thead tr ul'.split(
    ' ',
  ),
);
const silentTags = new Set(['style', 'script', 'head', 'title', 'template', 'noscript', 'annotation', 'annotation-xml']);

function holes(entries: readonly Entry[], digest: JudgedDigest['digest'], blocks: readonly Block[]): DigestFault[] {
  const sources = entries.flatMap((entry) => linesOf(entry));
  const shownText = wordsOf(withoutNumbersOfLinks(digest.text));
  const shownHtml = wordsOf(blocks.map(({ text }) => text).join(' '));
  const lost = sources.flatMap((line) => gapsOf(line)).filter((gap) => shownText.includes(gap) || shownHtml.includes(gap));
  const known = sources.join(' ');
  const empty = [...digest.text.matchAll(/[\p{L}\p{N}]+ (?:[,.](?=\s|$)|\(\s*\)|“\s*”|«\s*»)/gu)]
    .map(([match]) => match)
    .filter((match) => !known.includes(match));
  return [...new Set([...lost, ...empty])].map((what) => ({ kind: 'hole', what: what.trim() }));
}

/** The words around each thing of a line, where some stand on both of its sides, as if it were not there. */
function gapsOf(line: string): string[] {
  const parts = line.split(thing);
  return parts.slice(1).flatMap((after, index) => {
    const before = wordsOf(parts[index]!).trim().split(' ').slice(-3);
    const behind = wordsOf(after).trim().split(' ').slice(0, 3);
    return before.length < 2 || behind.length < 2 ? [] : [` ${[...before, ...behind].join(' ')} `];
  });
}

/** The lines of an entry, with a mark for each formula and each picture that says something. */
function linesOf(entry: Entry): string[] {
  const lines = [''];
  const walk = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const { name = '' } = node;
      if (node.type === 'text') lines.push(`${lines.pop()}${(node.data ?? '').replaceAll(/\s+/g, ' ')}`);
      if (silentTags.has(name) || isUnseen(node)) continue;
      if (isThing(node)) lines.push(`${lines.pop()}${thing}`);
      else {
        if (blockTags.has(name) || name === 'br') lines.push('');
        walk(node.children ?? []);
        if (blockTags.has(name)) lines.push('');
      }
    }
  };
  walk(parseDocument(entry.html === '' ? (entry.summary ?? '') : entry.html).children);
  return lines;
}

function isUnseen({ attribs = {} }: Node): boolean {
  return attribs['aria-hidden'] === 'true' || /display:\s*none/.test(attribs['style'] ?? '');
}

/** Whether an element means something that is no text: a formula, or a picture with words of its own. */
function isThing({ name = '', attribs = {}, children = [] }: Node): boolean {
  if (name === 'math' || name === 'mjx-container' || /\bkatex\b/.test(attribs['class'] ?? '')) return true;
  if (name === 'svg') return attribs['role'] === 'img' || children.some((child) => child.name === 'title');
  return (
    name === 'img' &&
    /\p{L}{3,}/u.test(attribs['alt'] ?? '') &&
    !/\.\w{3,4}$|^(?:icon|image|img|spacer|photo|picture)\b/i.test(attribs['alt'] ?? '')
  );
}

// Names with an underscore or a value, an end tag, and what WordPress itself has.
const shortcode =
  /\[\/?[a-z][a-z\d]*_[a-z\d_]+(?=[\s\]/])|\[[a-z][\w-]*\s+[a-z_]+\s*=\s*["'“”″‘’\w]|\[\/[a-z][\w-]*\]|\[(?:caption|gallery|playlist|embed|contact-form(?:-7)?|audio|video|gravityform|ninja_form)(?=[\s\]])/i;

function shortcodes(digest: JudgedDigest['digest'], blocks: readonly Block[]): DigestFault[] {
  const texts = [digest.subject, digest.preheader, ...blocks.map(({ prose }) => prose)];
  return texts.flatMap((text) => {
    const found = shortcode.exec(text);
    return found ? [{ kind: 'shortcode' as const, what: text.slice(Math.max(0, found.index - 20), found.index + 60) }] : [];
  });
}

/** Posts stand under their own headings, below those of sections where there are such. */
function isTitle(tag: string): boolean {
  return tag === 'h2' || tag === 'h3';
}

/** A title that stands again right above or below itself: as a picture's words, a heading or the first line. */
function doubledTitles(blocks: readonly Block[]): DigestFault[] {
  return blocks.flatMap(({ tag, text }, index) => {
    if (!isTitle(tag) || lettersOf(text).length < 4) return [];
    const around = [blocks[index - 1], blocks[index + 1], blocks[index + 2]];
    const isDoubled = around.some((each) => each !== undefined && lettersOf(each.text) === lettersOf(text));
    return isDoubled ? [{ kind: 'doubled title' as const, what: text }] : [];
  });
}

function leads(blocks: readonly Block[], readOn: string): DigestFault[] {
  return blocks.flatMap(({ text }, index): DigestFault[] => {
    if (!text.startsWith(readOn) || text.length > readOn.length + 3) return [];
    const start = blocks.slice(0, index).findLastIndex(({ tag }) => isTitle(tag));
    const [title, ...between] = blocks.slice(Math.max(0, start), index);
    // The line below the title says who wrote it and when.
    const shown = between.slice(1);
    const length = shown.reduce((sum, each) => sum + each.text.length, 0);
    const linked = shown.reduce((sum, each) => sum + each.linkedLength, 0);
    if (shown.length === 0) return [{ kind: 'nothing before the link', what: title?.text ?? '' }];
    return linked > length * 0.6 ? [{ kind: 'lead of links', what: `${title?.text}: ${shown.map((each) => each.text).join(' / ')}` }] : [];
  });
}

const invitation =
  /(?<!\p{L})(?:continue reading|read (?:more|on)|read the rest|weiterlesen|lire la suite|leer más|seguir leyendo|leia mais|leggi tutto|lees verder)[\s.…»→>\])]*$/iu;

/** A line that ends with an invitation to read on which is not the digest's own. */
function invitations(blocks: readonly Block[], readOn: string): DigestFault[] {
  return blocks.flatMap(({ text }, index): DigestFault[] => {
    const isOwn = text.startsWith(readOn) && text.length <= readOn.length + 3 && blocks[index - 1]?.text.startsWith(readOn) !== true;
    return isOwn || !invitation.test(text) ? [] : [{ kind: 'stray invitation', what: text.slice(-60) }];
  });
}

/** What a reader sees with pictures blocked, line by line. */
function blocksOf(nodes: readonly Node[]): Block[] {
  const blocks: Block[] = [];
  let line = { tag: '', text: '', prose: '', linkedLength: 0 };
  const end = (tag: string): void => {
    if (line.text.trim() !== '') blocks.push({ ...line, text: tidy(line.text) });
    line = { tag, text: '', prose: '', linkedLength: 0 };
  };
  const walk = (all: readonly Node[], tag: string, isLinked: boolean, isCode: boolean): void => {
    for (const node of all) {
      const { name = '', attribs = {} } = node;
      if (silentTags.has(name) || isUnseen(node)) continue;
      const words = node.type === 'text' ? (node.data ?? '') : name === 'img' ? (attribs['alt'] ?? '') : '';
      line = {
        ...line,
        text: line.text + words,
        prose: line.prose + (isCode ? '' : words),
        linkedLength: line.linkedLength + (isLinked ? words.length : 0),
      };
      const own = blockTags.has(name) ? name : tag;
      if (own !== tag || name === 'br' || blockTags.has(name)) end(/^h\d$/.test(tag) ? tag : own);
      walk(node.children ?? [], /^h\d$/.test(tag) ? tag : own, isLinked || name === 'a', isCode || name === 'pre' || name === 'code');
      if (blockTags.has(name)) end(tag);
    }
  };
  walk(nodes, '', false, false);
  end('');
  return blocks;
}

function tidy(text: string): string {
  return text.replaceAll(/[\s\u034f\u200c\u00ad]+/gu, ' ').trim();
}

function withoutNumbersOfLinks(text: string): string {
  return text.replaceAll(/\u00A0\[\d+\]/g, '');
}

/** The words of a text, lower case, with a space before and behind each. */
function wordsOf(text: string): string {
  return ` ${(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ')} `;
}

function lettersOf(text: string): string {
  return wordsOf(text).replaceAll(' ', '');
}

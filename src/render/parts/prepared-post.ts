/*
 * A post made ready for a digest: its blocks, its lead, and the documents by their paragraphs. Pure; nothing here depends on a template's markup.
 * The display level says how much of it a digest shows; `partsOf` gives the same parts to the html and to the text.
 */
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import type { DigestAttachment, DigestImage, DigestPost } from '../digest.ts';
import { displayedLines } from '../../content/html/displayed-lines.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { element, mapElements, text as textNode } from '../../content/html/html-tree.ts';
import type { HtmlNode } from '../../content/html/html-tree.ts';
import { findShortcode } from '../../content/shortcodes/shortcode-text.ts';
import { quote } from '../../content/text/quote.ts';
import { leadOf } from './lead.ts';
import { contentBlocks, hasCaptionedPicture, httpUrl, withoutLooseRules } from './clean-content.ts';
import type { ContentBlock, ShownElsewhere } from './clean-content.ts';
import { isOnlyQuotation } from './plain-text.ts';
import { countWords } from '../../content/text/reading-time.ts';
import { documentTitle } from '../../content/title.ts';
import type { TemplateSettings } from '../templates/mail-template.ts';
import { isSameText, withoutRepeats } from './without-repeats.ts';

/** How much of a post a digest shows: the whole text, a lead, the summary, or its title only. */
export type DisplayLevel = 'full' | 'lead' | 'summary' | 'title';

/** A document with its checked url and a title that says something. */
export interface PreparedDocument {
  readonly url: string;
  readonly title: string;
  readonly mediaType: string;
  readonly lengthBytes?: number;
  readonly afterBlock?: number;
  /** It is called as its post is: the title above need not stand twice. */
  readonly isNamedAsPost?: boolean;
}

/** What a list says of a post. */
export interface PreparedTitle {
  readonly post: DigestPost;
  readonly title: string;
  readonly url: string | null;
  readonly summary: string;
}

/** A post with everything that any level needs. */
export interface PreparedPost extends PreparedTitle {
  /** The picture above the text, if the digest shows such. */
  readonly image: DigestImage | undefined;
  /** The picture stands in the text with its caption: above it only where the text is not shown in full. */
  readonly isImageInText: boolean;
  readonly blocks: readonly ContentBlock[];
  readonly lead: readonly ContentBlock[];
  readonly documents: readonly PreparedDocument[];
  readonly words: number;
  /** As displayed, pictures and all. */
  readonly lines: number;
  readonly leadLines: number;
  readonly leadWords: number;
  /** Its source said that the text goes on elsewhere. */
  readonly isCut: boolean;
  readonly isQuotation: boolean;
}

/** A piece of a post in display order: content, or a document's button. */
export type PostPart =
  { readonly kind: 'content'; readonly nodes: readonly HtmlNode[] } | { readonly kind: 'document'; readonly document: PreparedDocument };

/** A title's length wherever a digest shows it, in UTF-16 units. */
export const maxTitleLength = 300;

/** Cleans what a list says of a post. `repair` is told in one sentence what was mended. */
export function prepareTitle(post: DigestPost, repair: (what: string) => void): PreparedTitle {
  const title = cutAtWord(cleanLine(post.title), maxTitleLength) || '…';
  const url = httpUrl(post.url) ?? null;
  if (post.url && !url) repair(`A post without an absolute web address was shown without a link (“${cutAtWord(title, 60)}”)`);
  return { post, title, url, summary: cleanLine(post.summary) };
}

/** How posts are prepared: by what the template and the newsletter want. */
interface PrepareOptions {
  readonly leadLines: number;
  readonly charactersPerLine: number;
  readonly language: string;
  readonly showsImage: boolean;
  readonly deadImageUrls: readonly string[];
}

/** Cleans a post. `repair` is told in one sentence what was mended. */
export function preparePost(post: DigestPost, options: PrepareOptions, repair: (what: string) => void): PreparedPost {
  const titled = prepareTitle(post, repair);
  const repairPost = (what: string) => repair(`${what} (“${cutAtWord(titled.title, 60)}”)`);
  const wanted = options.showsImage ? post.image : undefined;
  const isImageDead = wanted !== undefined && options.deadImageUrls.includes(wanted.url);
  if (isImageDead) repairPost('A picture that could not be loaded was left out');
  const documents = post.attachments.flatMap((attachment) => prepareDocument(attachment, titled.title, repairPost));
  const image = isImageDead ? undefined : wanted;
  const isImageInText = image !== undefined && hasCaptionedPicture(post.html, image.url);
  const elsewhere = {
    ...(image && !isImageInText ? { imageUrl: image.url } : {}),
    deadImageUrls: options.deadImageUrls,
  };
  const { blocks, own, isCut } = ownBlocks(post, elsewhere, { ...titled, documents }, repairPost);
  const nodes = blocks.flatMap((block) => block.nodes);
  warnOfShortcode(titled.title, nodes, repairPost);
  const { leadLines, ...line } = options;
  const lead = leadOf(own, { ...line, language: post.language ?? line.language, lines: leadLines });
  const leadNodes = lead.flatMap((block) => block.nodes);
  return {
    ...titled,
    image,
    isImageInText,
    blocks,
    lead,
    documents,
    words: countWords(visibleLine(nodes)),
    lines: displayedLines(nodes, line.charactersPerLine),
    leadLines: displayedLines(leadNodes, line.charactersPerLine),
    leadWords: countWords(visibleLine(leadNodes)),
    isCut: isCut && titled.url !== null,
    isQuotation: isOnlyQuotation(nodes),
  };
}

/** Tells what looks like a shortcode in a title or a text. A warning: the author may speak of one, and code may hold whatever it does. */
function warnOfShortcode(title: string, nodes: readonly HtmlNode[], repair: (what: string) => void): void {
  const isHeld = (text: string) => text.includes('[') && findShortcode(text) !== undefined;
  const shortcode =
    findShortcode(title) ??
    (isHeld(visibleLine(nodes))
      ? findShortcode(visibleLine(mapElements(nodes, (each) => (/^(?:pre|code|kbd|samp)$/.test(each.tag) ? null : each))))
      : undefined);
  if (shortcode !== undefined) repair(`Something that looks like a shortcode was left as it is: ${quote(cutAtWord(shortcode, 60))}`);
}

/** The blocks of a full post, those of them that its source's other posts do not repeat, and whether its source only invites to read on. */
function ownBlocks(
  post: DigestPost,
  elsewhere: ShownElsewhere,
  said: Parameters<typeof withoutRepeats>[1],
  repair: (what: string) => void,
): { blocks: readonly ContentBlock[]; own: readonly ContentBlock[]; isCut: boolean } {
  const shown = shownBlocks(post, elsewhere, repair);
  const { blocks, isCut } = withoutRepeats(shown.blocks, said);
  return { blocks, own: shown.own === shown.blocks ? blocks : withoutRepeats(shown.own, said).blocks, isCut };
}

/** The blocks of a full post, and those of them that its source's other posts do not repeat. */
function shownBlocks(
  { html, habits = { repeats: [], trims: false } }: DigestPost,
  elsewhere: ShownElsewhere,
  repair: (what: string) => void,
): Record<'blocks' | 'own', readonly ContentBlock[]> {
  const all = contentBlocks(html, { ...elsewhere, repeats: habits.repeats }, repair);
  const isRepeated = ({ repetition = 'none' }: ContentBlock) => repetition !== 'none';
  if (!all.some(isRepeated)) return { blocks: all, own: all };
  const blocks = habits.trims ? withoutLooseRules(all.filter(({ repetition }) => repetition !== 'all')) : all;
  return { blocks, own: withoutLooseRules(blocks.filter((block) => !isRepeated(block))) };
}

function prepareDocument(attachment: DigestAttachment, postTitle: string, repair: (what: string) => void): PreparedDocument[] {
  const url = httpUrl(attachment.url);
  if (url === undefined) {
    repair('A document without an absolute web address was left out');
    return [];
  }
  const title = cutAtWord(documentTitle(attachment) ?? postTitle, 160);
  return [{ ...attachment, url, title, isNamedAsPost: isSameText(title, postTitle) }];
}

/** A template's measures of a text in lines of its column. */
export interface LineMeasures {
  readonly charactersPerLine: number;
  /** Posts up to so many lines stand in full. */
  readonly fullLines: number;
  readonly leadLines: number;
}

// Of the serif and sizes that templates have, and of a word with the space behind it.
const pixelsPerCharacter = 8.1;
const charactersPerWord = 6;

/** What a template says in words as lines. */
export function measuresOf({ columnWidth, fullWords, leadWords }: TemplateSettings): LineMeasures {
  const charactersPerLine = Math.round(columnWidth / pixelsPerCharacter);
  const linesOf = (words: number) => Math.ceil((words * charactersPerWord) / charactersPerLine);
  return { charactersPerLine, fullLines: linesOf(fullWords), leadLines: linesOf(leadWords) };
}

/** The level to begin with: notices in full, essays with a lead and a link to the rest. */
export function initialLevel(prepared: PreparedPost, { fullLines }: Pick<LineMeasures, 'fullLines'>): DisplayLevel {
  if (prepared.lines <= fullLines || prepared.url === null || prepared.isQuotation) return 'full';
  if (prepared.lead.length > 0) return prepared.leadLines >= prepared.lines * 0.85 ? 'full' : 'lead';
  return prepared.summary === '' ? 'full' : 'summary';
}

/** How many words of its text a level shows. */
export function shownWords(prepared: PreparedPost, level: DisplayLevel): number {
  if (level === 'title') return 0;
  if (level === 'full') return prepared.words;
  return level === 'lead' && prepared.lead.length > 0 ? prepared.leadWords : countWords(prepared.summary);
}

/** What stands at a level, documents by their paragraphs as far as these are shown, the others after the text. */
export function partsOf(prepared: PreparedPost, level: DisplayLevel): readonly PostPart[] {
  if (level === 'title') return [];
  const blocks =
    level === 'full' ? prepared.blocks : level === 'lead' && prepared.lead.length > 0 ? prepared.lead : summaryBlocks(prepared);
  const lastOrdinal = blocks.at(-1)?.ordinal ?? 0;
  const parts: PostPart[] = [];
  let waiting = [...prepared.documents];
  const placeUpTo = (ordinal: number) => {
    const due = waiting.filter((document) => (document.afterBlock ?? Infinity) < ordinal);
    waiting = waiting.filter((document) => !due.includes(document));
    parts.push(...due.map((document) => ({ kind: 'document', document }) as const));
  };
  let run: HtmlNode[] = [];
  const endRun = () => {
    if (run.length > 0) parts.push({ kind: 'content', nodes: run });
    run = [];
  };
  for (const block of blocks) {
    if (waiting.some((document) => (document.afterBlock ?? Infinity) < block.ordinal)) {
      endRun();
      placeUpTo(block.ordinal);
    }
    for (const node of block.nodes) run.push(node);
  }
  endRun();
  placeUpTo(lastOrdinal + 1);
  return [...parts, ...waiting.map((document) => ({ kind: 'document', document }) as const)];
}

function summaryBlocks(prepared: PreparedPost): readonly ContentBlock[] {
  if (prepared.summary === '') return [];
  const paragraph = element('p', {}, [textNode(prepared.summary)]);
  return [{ nodes: [paragraph], ordinal: 0 }];
}

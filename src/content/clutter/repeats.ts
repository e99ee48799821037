/*
 * What the posts of a source repeat word for word: a helpline, where to listen, who pays for it. A paragraph that stands in at least half of the last
 * posts says nothing of any of them: it is no part of a lead or a summary. It leaves a full post only where staff want that.
 */
import { createHash } from 'node:crypto';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { isUnseen } from '../text/unseen.ts';
import { lettersOf } from '../text/letters.ts';
import { topLevelBlocks } from '../html/blocks.ts';
import type { HtmlBlock } from '../html/blocks.ts';
import { elementsOf, walkElements } from '../html/html-tree.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { parseOwnHtml } from '../html/parse-html.ts';
import { visibleLine } from '../html/visible-text.ts';
import { canonicalUrl } from '../web-address.ts';
import { withoutClutter } from './clutter.ts';

/** A block of text that posts of a source repeat. */
export interface Repeat {
  /** The same for all blocks in these words. */
  readonly key: string;
  /** The same for blocks with the same links and pictures; null where the posts have different ones in these words. */
  readonly links: string | null;
  /** The beginning of its words, as people read it. */
  readonly text: string;
  /** In so many of the last posts. */
  readonly postCount: number;
}

/** What is known of a post's source when the post is shown. */
export interface PostingHabits {
  readonly repeats: readonly Repeat[];
  /** Staff want full posts without what is repeated. */
  readonly trims: boolean;
}

/** The habits of a post of two sources: what only the one repeats whose posts are shown whole leaves none of them. */
export function habitsOfBoth(one: PostingHabits, other: PostingHabits): PostingHabits {
  const [whole, trimmed] = one.trims ? [other, one] : [one, other];
  if (whole.trims === trimmed.trims) return { repeats: [...one.repeats, ...other.repeats], trims: one.trims };
  // What both repeat is found under the last of them.
  return { repeats: [...whole.repeats.map((each) => ({ ...each, links: null })), ...trimmed.repeats], trims: true };
}

/** So many of the last posts of a source are compared. */
export const comparedPosts = 10;
/** A longer text is not compared: no word of it counts as repeated. */
export const maxComparedLength = 100_000;

// What two posts have in common is chance.
const fewestPosts = 3;
const mostRepeats = 30;
const shownLength = 300;

/** What at least half of these texts repeat, at least three of them; in the order of the first text. */
export function findRepeats(htmls: readonly string[]): Repeat[] {
  const compared = htmls.slice(0, comparedPosts);
  const counts = new Map<string, Repeat>();
  for (const html of compared) {
    const seen = new Set<string>();
    for (const block of html.length > maxComparedLength ? [] : topLevelBlocks(parseOwnHtml(html))) {
      const text = textOf(block);
      const key = text === undefined ? undefined : keyOf(text);
      if (text === undefined || key === undefined || seen.has(key)) continue;
      seen.add(key);
      const known = counts.get(key);
      const links = linksOf(block);
      counts.set(key, {
        key,
        links: known && known.links !== links ? null : links,
        text: known?.text ?? cutAtWord(text, shownLength),
        postCount: (known?.postCount ?? 0) + 1,
      });
    }
  }
  const enough = Math.max(fewestPosts, Math.ceil(compared.length / 2));
  return [...counts.values()].filter(({ postCount }) => postCount >= enough).slice(0, mostRepeats);
}

/** How a block is repeated: not at all, in its words, or with its links and pictures too. */
export type Repetition = 'none' | 'words' | 'all';

/**
 * How each block of a post is repeated. A heading, and what ends in a colon, goes only with all that it stands above: "Ingredients" is no clutter.
 * Where nothing but repeated words would be left out of a text that says nothing else, they are what it says.
 */
export function repetitionsIn(blocks: readonly HtmlBlock[], repeats: readonly Repeat[]): readonly Repetition[] {
  if (repeats.length === 0) return blocks.map(() => 'none');
  const known = new Map(repeats.map((each) => [each.key, each]));
  const found = blocks.map((block) => {
    const text = textOf(block);
    return text === undefined ? undefined : known.get(keyOf(text));
  });
  const words = withWhatTheyHead(
    blocks,
    found.map((each) => each !== undefined),
  );
  const all = withWhatTheyHead(
    blocks,
    found.map((each, index) => each !== undefined && each.links !== null && each.links === linksOf(blocks[index]!)),
  );
  const isAllThereIs = blocks.every((block, index) => all[index] || isEmpty(block));
  return blocks.map((_, index) => (all[index] && !isAllThereIs ? 'all' : words[index] ? 'words' : 'none'));
}

/** Without what heads something that is not repeated. */
function withWhatTheyHead(blocks: readonly HtmlBlock[], isRepeated: readonly boolean[]): boolean[] {
  const result = [...isRepeated];
  // From the end: what is below a heading is decided before it.
  for (let index = blocks.length - 1; index >= 0; index -= 1) {
    if (!result[index]) continue;
    const level = levelOf(blocks[index]!);
    if (level === undefined) continue;
    for (let below = index + 1; below < blocks.length; below += 1) {
      const other = levelOf(blocks[below]!);
      if (level < introduces && other !== undefined && other <= level) break;
      if (result[below] || isEmpty(blocks[below]!)) continue;
      result[index] = false;
      break;
    }
  }
  return result;
}

// Below all headings: a line in bold, and below that a line that ends in a colon, which introduces the next block only.
const boldLine = 7;
const introduces = 8;

function levelOf(block: HtmlBlock): number | undefined {
  const [only, ...others] = block;
  if (only?.kind !== 'element' || others.length > 0) return undefined;
  const heading = /^h([1-6])$/.exec(only.tag)?.[1];
  if (heading !== undefined) return Number(heading);
  if (only.tag !== 'p') return undefined;
  const text = visibleLine(block);
  if (/[:：]$/.test(text)) return introduces;
  return isAllBold(only) ? boldLine : undefined;
}

function isAllBold({ children }: HtmlElement): boolean {
  return children.every((node) => (node.kind === 'text' ? isUnseen(node.text) : /^(?:strong|b|br)$/.test(node.tag)));
}

function isEmpty(block: HtmlBlock): boolean {
  const shown = withoutClutter(block);
  return visibleLine(shown) === '' && !elementsOf(shown).some(({ tag }) => tag === 'img');
}

/** The words of a block; undefined where it has none: a line of stars parts what stands above and below it. */
function textOf(block: HtmlBlock): string | undefined {
  const text = visibleLine(withoutClutter(block));
  return lettersOf(text) === '' ? undefined : text;
}

function keyOf(text: string): string {
  return hashOf(
    text
      .normalize('NFKC')
      .replaceAll(/[\s\p{Default_Ignorable_Code_Point}]+/gu, ' ')
      .trim(),
  );
}

function linksOf(block: HtmlBlock): string {
  const addresses: string[] = [];
  for (const { tag, attributes } of walkElements(block)) {
    const address = tag === 'a' ? attributes['href'] : tag === 'img' ? attributes['src'] : undefined;
    if (address !== undefined) addresses.push(canonicalUrl(address) ?? address);
  }
  return addresses.length === 0 ? '' : hashOf(addresses.join('\n'));
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 22);
}

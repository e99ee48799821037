/*
 * What html says by raising, lowering and striking out, said in characters: wherever a tree becomes plain text, "10<sup>6</sup>" is no 106, a note's mark no
 * digit of the year before it, and what is struck is not what the sentence says.
 */
import { isBlockTag } from '../../kernel/text/tags.ts';
import { isNote, maxBaseLength, writtenSub, writtenSup } from '../../kernel/text/exponents.ts';
import { isFormulaAddress } from './formula-address.ts';
import { element, text, walkElements } from './html-tree.ts';
import type { HtmlElement, HtmlNode } from './html-tree.ts';

/**
 * For what it is written: the whole text, where struck words stand between signs ("~~closed~~ opened"), or what is told of it elsewhere, without them and
 * without the marks of notes, which stand nowhere there.
 */
export type WrittenFor = 'text' | 'told';

/** The nodes with characters for what is raised, lowered or struck, and for pictures of formulas. */
export function withWrittenScripts(nodes: readonly HtmlNode[], purpose: WrittenFor): readonly HtmlNode[] {
  return needsWriting(nodes) ? rewritten(nodes, writtenTexts(nodes), purpose) : nodes;
}

const scriptTags = new Set(['sup', 'sub']);
const struckTags = new Set(['del', 's', 'strike']);

function needsWriting(nodes: readonly HtmlNode[]): boolean {
  for (const { tag, attributes } of walkElements(nodes))
    if (scriptTags.has(tag) || struckTags.has(tag) || (tag === 'img' && isFormulaAddress(attributes['src'] ?? ''))) return true;
  return false;
}

/** A stretch of a line as it follows the one before: plain, or raised or lowered; undefined parts lines. */
type Run = { readonly text: string; readonly script?: HtmlElement; readonly isLink?: boolean } | undefined;

/** What each raised or lowered element comes to, by what stands around it in its line. */
function writtenTexts(nodes: readonly HtmlNode[]): Map<HtmlElement, string> {
  const runs: Run[] = [];
  collectRuns(nodes, false, runs);
  const written = new Map<HtmlElement, string>();
  let before = '';
  for (const [at, run] of runs.entries()) {
    if (run === undefined) {
      before = '';
      continue;
    }
    const value = run.script === undefined ? run.text : writtenRun(run, before, runs[at + 1]?.text ?? '');
    if (run.script) written.set(run.script, value);
    before = `${before}${value.slice(-maxBaseLength)}`.slice(-maxBaseLength);
  }
  return written;
}

function writtenRun(run: NonNullable<Run>, before: string, behind: string): string {
  const script = { value: run.text, before, behind: behind.slice(0, maxBaseLength), isLink: run.isLink === true };
  return run.script?.tag === 'sub' ? writtenSub(script) : writtenSup(script);
}

function collectRuns(nodes: readonly HtmlNode[], isInLink: boolean, runs: Run[]): void {
  for (const node of nodes) {
    if (node.kind === 'text') runs.push({ text: node.text });
    else if (scriptTags.has(node.tag)) {
      const isLink = isInLink || node.children.some((child) => child.kind === 'element' && child.tag === 'a');
      runs.push({ text: lineOf(withWrittenScripts(node.children, 'text')), script: node, isLink });
    } else if (node.tag === 'br' || isBlockTag(node.tag)) {
      runs.push(undefined);
      collectRuns(node.children, isInLink, runs);
      runs.push(undefined);
    } else collectRuns(node.children, isInLink || node.tag === 'a', runs);
  }
}

function lineOf(nodes: readonly HtmlNode[]): string {
  let line = '';
  for (const node of nodes) line += node.kind === 'text' ? node.text : lineOf(node.children);
  return line;
}

function rewritten(nodes: readonly HtmlNode[], written: ReadonlyMap<HtmlElement, string>, purpose: WrittenFor): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text') return [node];
    if (node.tag === 'img') return isFormulaAddress(node.attributes['src'] ?? '') ? [text(node.attributes['alt'] ?? '')] : [node];
    if (struckTags.has(node.tag)) return purpose === 'text' ? marked(rewritten(node.children, written, purpose)) : [];
    const value = written.get(node);
    if (value !== undefined) return purpose === 'told' && isNote(value) ? [] : [noteLink(node, value) ?? text(value)];
    const children = rewritten(node.children, written, purpose);
    return node.tag === 'a' && isOnPage(node) && holdsOnlyScripts(node) ? children : [{ ...node, children }];
  });
}

/** Struck words between signs, white space outside of them. */
function marked(nodes: readonly HtmlNode[]): HtmlNode[] {
  const words = lineOf(nodes);
  if (words.trim() === '') return [...nodes];
  const leading = words.slice(0, words.length - words.trimStart().length);
  const trailing = words.slice(words.trimEnd().length);
  return [text(`${leading}~~`), ...trimmed(nodes), text(`~~${trailing}`)];
}

function trimmed(nodes: readonly HtmlNode[]): HtmlNode[] {
  return nodes.map((node, at) => {
    if (node.kind !== 'text') return node;
    const start = at === 0 ? node.text.trimStart() : node.text;
    return text(at === nodes.length - 1 ? start.trimEnd() : start);
  });
}

/** A mark that leads to another page stays a link; where the note stands on the page of the post, the mark alone says enough. */
function noteLink(script: HtmlElement, value: string): HtmlElement | undefined {
  const [only, ...others] = [...walkElements(script.children)].filter((each) => each.tag === 'a');
  return only && others.length === 0 && !isOnPage(only) ? element('a', only.attributes, [text(value)]) : undefined;
}

function isOnPage(link: HtmlElement): boolean {
  return (link.attributes['href'] ?? '#').includes('#');
}

function holdsOnlyScripts(link: HtmlElement): boolean {
  return link.children.every((child) => (child.kind === 'text' ? child.text.trim() === '' : child.tag === 'sup'));
}

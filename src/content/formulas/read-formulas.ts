/*
 * Formulas of a source as text in their place, whatever drew them: a sentence has no hole where one stood, and says none twice.
 * Of the forms that a formula has (MathML, drawn, TeX in a script, words for screen readers) the best speaks for all.
 */
import { hasContent } from '../html/blocks.ts';
import { element, hasClass, text, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { parseHtml } from '../html/parse-html.ts';
import { formulaOfImage, isFormulaImage, isMailable } from './formula-images.ts';
import { linearMath } from './linear-math.ts';
import { mathTag, plainContent } from './math-tokens.ts';
import { mathOfBoxes, mathOfElements, mathOfSvg } from './rendered-math.ts';
import { svgLabel } from './svg-label.ts';
import { plainTex } from './tex.ts';

/** A formula as it is read. */
interface Formula {
  readonly text: string;
  /** It stands on a line of its own. */
  readonly isDisplay: boolean;
}

const formulaMarkup =
  /<(?:[a-z]{1,10}:)?math\b|<svg\b|<mjx-|katex|mathjax|["']math\/|latex|codecogs|mwe-math|equation_image|Wirisformula|mathtex|mimetex|cht=tx|\/math|data-(?:formula|tex|equation|expr|math)=|role=["']?(?:math|img)/i;

/** The nodes of a markup with the text of each formula in its place. Most markup has none, and is not looked through. */
export function withFormulas(nodes: HtmlNode[], markup: string): HtmlNode[] {
  return formulaMarkup.test(markup) ? replaceFormulas(nodes, new Set()) : nodes;
}

/** The same of a list of siblings; `made` are nodes that are nothing but formulas. */
function replaceFormulas(nodes: readonly HtmlNode[], made: Set<HtmlNode>): HtmlNode[] {
  const result: HtmlNode[] = [];
  for (const [at, node] of nodes.entries()) {
    if (node.kind === 'text' || !isSaidBeside(node, nodes, at, result, made)) for (const each of replaced(node, made)) result.push(each);
  }
  return result;
}

function replaced(node: HtmlNode, made: Set<HtmlNode>): readonly HtmlNode[] {
  if (node.kind === 'text') return [node];
  const formula = formulaOf(node);
  if (formula === undefined) {
    node.children = replaceFormulas(node.children, made);
    if (node.children.some((child) => made.has(child)) && node.children.every((child) => made.has(child) || !hasContent([child])))
      made.add(node);
    return [node];
  }
  if (formula.text === '') return [];
  const place = formula.isDisplay ? element('p', {}, [text(formula.text)]) : text(formula.text);
  made.add(place);
  return [place];
}

const previewClasses = new Set(['MathJax_Preview']);

/** Whether a formula says this already: the script that it was drawn from, the drawing beside its MathML, what stands there until it is drawn. */
function isSaidBeside(
  node: HtmlElement,
  nodes: readonly HtmlNode[],
  at: number,
  result: readonly HtmlNode[],
  made: ReadonlySet<HtmlNode>,
): boolean {
  if (hasClass(node, previewClasses)) {
    const next = nodes.slice(at + 1, at + 4).find((each) => each.kind === 'element');
    return next?.kind === 'element' && (isFormulaScript(next) || formulaOf(next) !== undefined);
  }
  if (!isFormulaScript(node) && node.attributes['aria-hidden'] !== 'true') return false;
  const before = result.at(-1);
  const last = before?.kind === 'text' && !made.has(before) && before.text.trim() === '' ? result.at(-2) : before;
  return last !== undefined && made.has(last);
}

function isFormulaScript(node: HtmlElement): boolean {
  return node.tag === 'script' && /^math\//i.test(node.attributes['type'] ?? '');
}

const katexClasses = new Set(['katex', 'katex-display']);
const katexHtmlClasses = new Set(['katex-html']);
const mathJaxClasses = new Set(
  'MathJax MathJax_Display MathJax_SVG MathJax_SVG_Display MathJax_CHTML MathJax_MathML mjx-chtml MJXc-display'.split(' '),
);
const wikipediaClasses = new Set(['mwe-math-element']);
const displayClasses = new Set('katex-display MathJax_Display MathJax_SVG_Display MJXc-display mwe-math-element-block'.split(' '));

/** The formula that an element is; undefined for any other element. */
function formulaOf(node: HtmlElement): Formula | undefined {
  const isDisplay = node.attributes['display'] === 'block' || node.attributes['display'] === 'true' || hasClass(node, displayClasses);
  if (mathTag(node) === 'math') return { text: mathText(node), isDisplay };
  if (isFormulaScript(node)) return { text: scriptText(node), isDisplay: /mode=display/i.test(node.attributes['type'] ?? '') };
  if (node.tag === 'svg') return labelled(svgLabel(node));
  if (node.tag === 'img') return imageFormula(node);
  if (node.tag === 'mjx-container' || hasClass(node, mathJaxClasses)) return { text: mathJaxText(node), isDisplay };
  if (hasClass(node, katexClasses)) return { text: katexText(node), isDisplay };
  if (hasClass(node, wikipediaClasses)) return { text: mathWithin(node) ?? imageWithin(node), isDisplay };
  return statedFormula(node);
}

const texAttributes = ['data-formula', 'data-tex', 'data-latex', 'data-equation', 'data-expr', 'data-math'];
const latexBlockClasses = new Set(['latex-rendered']);

/** The formula of an element that a script fills, as one of its attributes states it: words for screen readers, TeX, TeX among settings (Substack). */
function statedFormula(node: HtmlElement): Formula | undefined {
  const { role, 'aria-label': label } = node.attributes;
  const isBlock = hasClass(node, latexBlockClasses);
  const words = role === 'math' || role === 'img' ? label : undefined;
  const stated = words ?? (isBlock ? settingsTex(node.attributes['data-attrs'] ?? '') : attributeOf(node, texAttributes));
  if (stated === undefined || stated.length > maxAttributeLength || hasContent(node.children)) return undefined;
  return labelled(words === undefined ? plainTex(stated) : stated, isBlock);
}

function attributeOf({ attributes }: HtmlElement, names: readonly string[]): string | undefined {
  return names.map((name) => attributes[name]).find((value) => value !== undefined);
}

function settingsTex(settings: string): string | undefined {
  if (settings.length > maxAttributeLength) return undefined;
  try {
    const { persistentExpression: tex } = Object(JSON.parse(settings)) as Record<string, unknown>;
    return typeof tex === 'string' ? tex : undefined;
  } catch {
    return undefined;
  }
}

function labelled(label: string | undefined, isDisplay = false): Formula | undefined {
  return label === undefined || label.trim() === '' ? undefined : { text: label.trim(), isDisplay };
}

/** A picture that no mail shows; of one that is shown the alt text is made good. */
function imageFormula(image: HtmlElement): Formula | undefined {
  const formula = isFormulaImage(image) ? formulaOfImage(image) : undefined;
  if (formula === undefined) return undefined;
  if (!isMailable(image)) return { text: formula, isDisplay: false };
  image.attributes['alt'] = formula;
  return undefined;
}

function imageWithin(node: HtmlElement): string {
  const image = [...walkElements(node.children)].find((each) => each.tag === 'img');
  return (image && formulaOfImage(image)) ?? plainContent(node.children);
}

/** The text of MathML: what it shows, else the TeX or the words that stand for it. */
function mathText(math: HtmlElement): string {
  const shown = linearMath(math);
  if (shown !== '') return shown;
  const annotation = [...walkElements(math.children)].find((each) => /tex/i.test(each.attributes['encoding'] ?? ''));
  return plainTex((annotation && plainContent(annotation.children)) || math.attributes['alttext'] || math.attributes['aria-label'] || '');
}

function scriptText(script: HtmlElement): string {
  const content = plainContent(script.children);
  if (!/^math\/mml/i.test(script.attributes['type'] ?? '')) return plainTex(content);
  return mathWithin(element('root', {}, parseHtml(content))) ?? '';
}

// A formula in an attribute is longer than what it shows, but no book.
const maxAttributeLength = 20_000;

/** The MathML within an element, as elements or in an attribute. */
function mathWithin(node: HtmlElement): string | undefined {
  for (const each of [node, ...walkElements(node.children)]) {
    if (mathTag(each) === 'math') return mathText(each);
    const stated = each.attributes['data-mathml'];
    if (stated === undefined) continue;
    const math = parseHtml(stated.slice(0, maxAttributeLength)).find((part) => part.kind === 'element' && mathTag(part) === 'math');
    if (math?.kind === 'element') return mathText(math);
  }
  return undefined;
}

function mathJaxText(node: HtmlElement): string {
  const within = [...walkElements(node.children)];
  const drawing = within.some((each) => each.tag === 'mjx-math')
    ? mathOfElements(node.children)
    : within.some((each) => each.attributes['data-mml-node'] !== undefined)
      ? mathOfSvg(node.children)
      : [];
  const tex = [node, ...within]
    .map((each) => each.attributes['data-latex'] ?? each.attributes['data-tex'])
    .find((each) => each !== undefined);
  const svg = within.find((each) => each.tag === 'svg');
  return (
    mathWithin(node) ||
    linearMath(element('math', {}, drawing)) ||
    plainTex(tex ?? '') ||
    (node.attributes['aria-label'] ?? '').trim() ||
    (svg && svgLabel(svg)) ||
    plainContent(node.children)
  );
}

function katexText(node: HtmlElement): string {
  const drawn = [...walkElements(node.children)].find((each) => hasClass(each, katexHtmlClasses));
  return mathWithin(node) || linearMath(element('math', {}, mathOfBoxes(drawn?.children ?? []))) || plainContent(node.children);
}

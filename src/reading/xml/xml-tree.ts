/*
 * A feed document as a tree of elements with canonical names: lower case, with the prefix under which our code knows the vocabulary
 * (`title`, `dc:date`, `atom:link`), whatever prefixes the document uses. Text is resolved; it is never re-read as markup.
 */
import { escapeStated } from '../../kernel/text/escape-html.ts';
import { isVoidTag } from '../../kernel/text/tags.ts';

/** An element of a document. */
export interface XmlElement {
  readonly name: string;
  /** Names in lower case as the document writes them, values resolved. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  /** The xml:base in force, already resolved against those above it; undefined where none is set. */
  readonly base: string | undefined;
  /** The xml:lang in force. */
  readonly language: string | undefined;
}

/** A child of an element: an element, or text. */
export type XmlNode = XmlElement | string;

/** What was found in a document, well-formed or not. */
export interface XmlTree {
  readonly roots: readonly XmlElement[];
  /** What was repaired or given up, each one sentence. */
  readonly problems: readonly string[];
}

/** The child elements with one of these names, in document order. */
export function childrenNamed(parent: XmlElement, ...names: readonly string[]): XmlElement[] {
  const found: XmlElement[] = [];
  for (const child of parent.children) if (typeof child !== 'string' && names.includes(child.name)) found.push(child);
  return found;
}

/** The first child element with this name. */
export function childNamed(parent: XmlElement, name: string): XmlElement | undefined {
  for (const child of parent.children) if (typeof child !== 'string' && child.name === name) return child;
  return undefined;
}

/** All elements of this name below a parent, to a depth; those inside a found one are its own affair. */
export function descendantsNamed(parent: XmlElement, name: string, depth: number): XmlElement[] {
  const found: XmlElement[] = [];
  for (const child of parent.children) {
    if (typeof child === 'string') continue;
    if (child.name === name) found.push(child);
    else if (depth > 1) for (const deeper of descendantsNamed(child, name, depth - 1)) found.push(deeper);
  }
  return found;
}

/** All text inside an element, markup left out, untrimmed. */
export function textOf(element: XmlElement): string {
  const [only] = element.children;
  if (element.children.length <= 1 && typeof only !== 'object') return only ?? '';
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

/** The trimmed text of the first child with one of these names (in this order of preference) that has any. */
export function childText(parent: XmlElement, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    for (const child of parent.children) {
      if (typeof child === 'string' || child.name !== name) continue;
      const text = textOf(child).trim();
      if (text !== '') return text;
    }
  }
  return undefined;
}

/** True for an element that states nothing: no text and no attribute in it or below. */
export function isBlank(element: XmlElement): boolean {
  return (
    Object.values(element.attributes).every((value) => value.trim() === '') &&
    element.children.every((child) => (typeof child === 'string' ? child.trim() === '' : isBlank(child)))
  );
}

/** True where an element holds elements, not only text. */
export function hasElements(element: XmlElement): boolean {
  return element.children.some((child) => typeof child !== 'string');
}

/**
 * The content of an element as html. `text` says what its text is: `markup` where it is html that was escaped once (RSS), `plain` where it
 * stands beside real elements (xhtml) and has to be escaped again.
 */
export function markupOf(element: XmlElement, text: 'markup' | 'plain'): string {
  return element.children.map((child) => nodeMarkup(child, text)).join('');
}

function nodeMarkup(node: XmlNode, text: 'markup' | 'plain'): string {
  if (typeof node === 'string') return text === 'plain' ? escapeStated(node) : node;
  const name = node.name.slice(node.name.indexOf(':') + 1);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return markupOf(node, text);
  let attributes = '';
  for (const [key, value] of Object.entries(node.attributes)) {
    if (/^[a-z][a-z0-9-]*$/.test(key) && key !== 'xmlns') attributes += ` ${key}="${escapeStated(value)}"`;
  }
  if (isVoidTag(name)) return `<${name}${attributes}>${markupOf(node, text)}`;
  return `<${name}${attributes}>${markupOf(node, text)}</${name}>`;
}

/** Plain text as html: an empty line ends a paragraph, a line end stays one. */
export function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => `<p>${escapeStated(paragraph.trim()).replace(/\r?\n/g, '<br>\n')}</p>`)
    .join('\n');
}

import { Parser } from 'htmlparser2';
import { isVoidTag } from '../../kernel/text/tags.ts';
import { resolveReferences, type EntityTable } from './character-reference.ts';
import { isForeignName } from './namespaces.ts';
import { readProlog } from './parse-prolog.ts';
import { repairSections } from './repair-sections.ts';
import { resolveUrl } from '../source-url.ts';
import { markStrayBrackets, strayBracket } from './stray-brackets.ts';
import { canonicalName, rootScope, scopeOf, type XmlScope } from './xml-scope.ts';
import type { XmlElement, XmlNode, XmlTree } from './xml-tree.ts';

/** No feed nests deeper than its xhtml. Tags beyond are left out, their text counts. */
const maxDepth = 200;
/**
 * Elements open at a time. Forgotten end tags in pasted html come in hundreds; 100,000 levels are an attack (each end tag is
 * looked for among them all). Reading stops there, what came before counts.
 */
const maxOpen = 800;
/** More attributes than any element has; the rest of a longer list is left out. */
const maxAttributes = 200;

/**
 * More elements and attributes than any feed has (10 MB of RSS with 5,000 entries hold 60,000): their objects, not the text, are what
 * would fill the heap, and a thread whose heap overflows inside a native call takes the process with it.
 */
const maxNodes = 250_000;
/** The longest text of one element that is kept: a novel. */
const maxTextLength = 2_000_000;
const noAttributes: Readonly<Record<string, string>> = Object.freeze({});

/** Elements that hold text and, in RSS, no other element of RSS: one of those inside means that the end tag was forgotten. */
const textElements = new Set(
  'title link guid pubdate author category comments ttl language copyright generator dc:date dc:creator dc:title atom:id atom:title atom:updated atom:published'.split(
    ' ',
  ),
);
const closingElements = new Set(
  'title link guid pubdate author category comments description item enclosure source image channel content:encoded dc:date dc:creator atom:id atom:title atom:subtitle atom:link atom:updated atom:published atom:summary atom:content atom:entry atom:author'.split(
    ' ',
  ),
);
/** Elements whose text may be html that nobody escaped, and what of the above html has too: there it is its own. */
const markupElements = new Set(['description', 'content:encoded', 'atom:summary']);
const htmlElements = new Set(['title', 'source', 'image']);
/** Elements that never contain themselves: a second one closes the first. */
const itemElements = new Set(['item', 'atom:entry']);
/** Where white space between elements means nothing and is not kept. */
const containers = new Set([
  'rss',
  'rdf:rdf',
  'channel',
  'item',
  'atom:feed',
  'atom:entry',
  'image',
  'atom:author',
  'media:group',
  'media:content',
]);

interface OpenElement extends XmlElement {
  readonly parent: OpenElement | undefined;
  readonly depth: number;
  readonly scope: XmlScope;
  isClosed: boolean;
}

/** Thrown by the builder to end the tokenizer early. */
class StopReading extends Error {}

/** Reads a document into a tree. Never throws for what a document holds: what is broken is repaired or left out, and said. */
export function parseXml(source: string, documentUrl?: string): XmlTree {
  const prolog = readProlog(source);
  const repaired = repairSections(prolog.rest);
  const builder = new TreeBuilder(prolog.entities, documentUrl);
  builder.problems.push(...prolog.problems, ...repaired.problems);
  const parser = new FeedParser(builder, { xmlMode: true, decodeEntities: false, lowerCaseAttributeNames: true });
  try {
    parser.write(markStrayBrackets(repaired.text));
    builder.isEnding = true;
    parser.end();
    builder.reportEnd();
  } catch (error) {
    if (!(error instanceof StopReading)) throw error;
    builder.problems.push(error.message);
  }
  return { roots: builder.roots, problems: builder.problems };
}

/** Void in html, and elements of feeds with text in them. */
const feedElements = new Set(['link', 'source']);

class FeedParser extends Parser {
  protected override isVoidElement(name: string): boolean {
    // Pasted html does not close what ends where it begins.
    const tag = name.toLowerCase();
    return isVoidTag(tag) && !feedElements.has(tag);
  }
}

class TreeBuilder {
  readonly roots: XmlElement[] = [];
  readonly problems: string[] = [];
  isEnding = false;
  #isCutOff = false;
  #isTextCut = false;
  #nodeCount = 0;
  #tooDeepCount = 0;
  #current: OpenElement | undefined;
  /** The tokenizer's own stack, so that its end tags find their element although we closed some earlier or left them out. */
  readonly #opened: (OpenElement | undefined)[] = [];
  #isInCdata = false;
  readonly #entities: EntityTable;
  readonly #documentUrl: string | undefined;
  readonly #rootScope = rootScope();

  constructor(entities: EntityTable, documentUrl: string | undefined) {
    this.#entities = entities;
    this.#documentUrl = documentUrl;
  }

  onopentag(rawName: string, rawAttributes: Record<string, string>): void {
    if (this.#opened.length >= maxOpen) throw new StopReading(`Elements nest deeper than ${maxOpen} levels; what follows was not read.`);
    if (++this.#nodeCount > maxNodes) throw new StopReading(`The document has more than ${maxNodes} elements; what follows was not read.`);
    const attributes = this.#readAttributes(rawAttributes);
    const scope = scopeOf(rawName, attributes, this.#current?.scope ?? this.#rootScope);
    const name = canonicalName(rawName, scope, this.#current === undefined);
    this.#closeForgotten(name, attributes);
    const parent = this.#current;
    if (parent !== undefined && parent.depth >= maxDepth) {
      this.#tooDeepCount++;
      this.#opened.push(undefined);
      return;
    }
    const base = attributes['xml:base'];
    const element: OpenElement = {
      name,
      attributes,
      children: [],
      base: base === undefined ? parent?.base : resolveUrl(base, parent?.base ?? this.#documentUrl),
      language: attributes['xml:lang'] ?? parent?.language,
      parent,
      depth: (parent?.depth ?? 0) + 1,
      scope,
      isClosed: false,
    };
    if (parent === undefined) this.roots.push(element);
    else parent.children.push(element);
    this.#opened.push(element);
    this.#current = element;
  }

  onclosetag(_name: string, isImplied: boolean): void {
    const element = this.#opened.pop();
    if (element === undefined || element.isClosed) return;
    if (isImplied && this.isEnding) this.#isCutOff = true;
    element.isClosed = true;
    this.#current = element.parent;
  }

  ontext(text: string): void {
    const parent = this.#current;
    if (parent === undefined) return;
    if (containers.has(parent.name) && text.trim() === '') return;
    if (text.length > maxTextLength) this.#isTextCut = true;
    const kept = text.slice(0, maxTextLength);
    append(parent.children, this.#isInCdata ? kept.replaceAll(strayBracket, '&lt;') : this.#resolve(kept));
  }

  oncdatastart(): void {
    this.#isInCdata = true;
  }

  oncdataend(): void {
    this.#isInCdata = false;
  }

  reportEnd(): void {
    if (this.#isCutOff) this.problems.push('The document ends early: its last elements are not closed.');
    if (this.#tooDeepCount > 0)
      this.problems.push(`Elements nest deeper than ${maxDepth} levels; ${this.#tooDeepCount} tags were left out, their text was kept.`);
    if (this.#isTextCut) this.problems.push(`A text was cut at ${maxTextLength} characters.`);
  }

  #readAttributes(raw: Record<string, string>): Readonly<Record<string, string>> {
    let attributes: Record<string, string> | undefined;
    let count = 0;
    for (const name in raw) {
      if (count++ >= maxAttributes) break;
      attributes ??= {};
      this.#nodeCount++;
      attributes[name] = this.#resolve(raw[name] ?? '');
    }
    return attributes ?? noAttributes;
  }

  #resolve(text: string): string {
    return resolveReferences(text, this.#entities).replaceAll(strayBracket, '<');
  }

  /** Closes what the document forgot to close before an element of this name. */
  #closeForgotten(name: string, attributes: XmlElement['attributes']): void {
    if (itemElements.has(name)) {
      for (let open = this.#current; open !== undefined && !holdsOthers(open); open = open.parent)
        if (open.name === name) return this.#closeUpTo(open);
    }
    if (!closingElements.has(name)) return;
    // The link of html says where it leads in an attribute.
    const isHtml = htmlElements.has(name) || (name === 'link' && attributes !== noAttributes);
    const isForgotten = (open: XmlElement): boolean => textElements.has(open.name) || (markupElements.has(open.name) && !isHtml);
    while (this.#current !== undefined && isForgotten(this.#current)) this.#closeUpTo(this.#current);
  }

  #closeUpTo(element: OpenElement): void {
    for (let open = this.#current; open !== undefined; open = open.parent) {
      open.isClosed = true;
      if (open === element) break;
    }
    this.#current = element.parent;
  }
}

/** What stands in the atom:source of a copied entry, in content that is XML, or in an extension that keeps entries (FeedSync's conflicts) is no entry of this feed. */
function holdsOthers({ name, attributes }: XmlElement): boolean {
  return name === 'atom:source' || isForeignName(name) || (name === 'atom:content' && /[+/]xml\b/i.test(attributes['type'] ?? ''));
}

/** Text on both sides of a comment or of a CDATA section is one text. */
function append(children: XmlNode[], text: string): void {
  const last = children.length - 1;
  if (typeof children[last] === 'string') children[last] += text;
  else children.push(text);
}

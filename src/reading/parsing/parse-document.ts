import { gunzipSync } from 'node:zlib';
import { boundDocument } from './bound-document.ts';
import type { SourceDocument } from '../entry.ts';
import type { ReadingContext } from '../formats/entry-fields.ts';
import { decodeText } from '../decode/decode-text.ts';
import type { JsonMapping } from '../formats/json-mapping.ts';
import { asObject, parseJson, type JsonCut } from '../json/json-value.ts';
import { parseXml } from '../xml/parse-xml.ts';
import { readAtom } from '../formats/read-atom.ts';
import { isJsonFeed, readJsonFeed } from '../formats/read-json-feed.ts';
import { readMappedJson } from '../formats/read-json.ts';
import { readRss } from '../formats/read-rss.ts';
import { isWordPressList, readWordPress } from '../formats/read-wordpress.ts';
import { defaultSourceLimits } from '../limits.ts';
import { codeOf, SourceError } from '../source-error.ts';
import { isWebUrl } from '../source-url.ts';
import type { XmlElement, XmlNode } from '../xml/xml-tree.ts';

/** What is known about a document besides its bytes. */
export interface DocumentFacts {
  /** Its URL, the base of what is relative in it. */
  readonly url?: string;
  /** The HTTP Content-Type as it came. */
  readonly contentType?: string;
  /** IANA zone for dates that state none; UTC when undefined. */
  readonly timeZone?: string;
  /** Read as a plain JSON API by this mapping. */
  readonly mapping?: JsonMapping;
  readonly maxEntries?: number;
  /** Against which dates are judged plausible; the machine's clock when undefined. */
  readonly now?: Date;
}

/** Reads a document of any format: bytes to normalised entries of bounded lengths. @throws SourceError `not_a_feed`, `parse` or `decode`. */
export function parseSourceDocument(bytes: Uint8Array, facts: DocumentFacts = {}): SourceDocument {
  return boundDocument(readDocument(bytes, facts));
}

function readDocument(bytes: Uint8Array, facts: DocumentFacts): SourceDocument {
  const text = decodeText(unpacked(bytes), facts.contentType).trimStart();
  if (text === '') throw new SourceError('not_a_feed', 'Expected a feed, got an empty document');
  const context = contextOf(facts);
  if (facts.mapping !== undefined) {
    const skipped: string[] = [];
    const itemsPath = facts.mapping.items?.split('.') ?? [];
    return readMappedJson(jsonOf(text, { itemsPath, problems: skipped }), facts.mapping, context, skipped);
  }
  return /^[{[]/.test(text) ? parseJsonDocument(text, context) : parseXmlDocument(text, context);
}

/** A .gz file that is served as it lies on the disk, no Content-Encoding said. */
function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: defaultSourceLimits.maxBodyBytes });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE')
      throw new SourceError('too_large', 'Expected a compressed document of a usual size, got a larger one', { cause: error });
    throw new SourceError('decode', 'Expected a feed, got a gzip file that cannot be unpacked', { cause: error });
  }
}

/** What the readers need of the facts. */
export function contextOf(facts: DocumentFacts): ReadingContext {
  return {
    ...(facts.url !== undefined && isWebUrl(facts.url) && { url: facts.url }),
    ...(facts.timeZone !== undefined && { timeZone: facts.timeZone }),
    now: facts.now ?? new Date(),
    maxEntries: facts.maxEntries ?? defaultSourceLimits.maxEntries,
  };
}

function jsonOf(text: string, cut: JsonCut): unknown {
  const value = parseJson(text, cut);
  if (value === undefined) throw new SourceError('parse', 'Expected JSON, got a document that breaks its rules');
  return value;
}

function parseJsonDocument(text: string, context: ReadingContext): SourceDocument {
  const skipped: string[] = [];
  const value = jsonOf(text, { itemsPath: text.startsWith('{') ? ['items'] : [], problems: skipped });
  const object = asObject(value);
  if (object !== undefined && isJsonFeed(object)) return readJsonFeed(object, context, skipped);
  if (Array.isArray(value) && isWordPressList(value)) return readWordPress(value, { media: [], terms: [] }, context, skipped);
  throw new SourceError(
    'not_a_feed',
    'Expected a JSON Feed (an object with "version" and "items"), got JSON of another kind; a field mapping can read it',
  );
}

/** Roots of other documents that people give instead of a feed, with what to say about them. */
const otherRoots: ReadonlyMap<string, string> = new Map([
  ['html', 'a web page'],
  ['opml', 'an OPML list of feeds'],
  ['urlset', 'a sitemap'],
  ['sitemapindex', 'a sitemap index'],
]);

const feedRoots = new Set(['rss', 'rdf:rdf', 'rdf', 'channel', 'atom:feed', 'atom:entry']);

function parseXmlDocument(text: string, context: ReadingContext): SourceDocument {
  const tree = parseXml(text, context.url);
  const [first] = tree.roots;
  if (first === undefined) throw new SourceError('not_a_feed', 'Expected a feed, got text without any markup');
  const other = otherRoots.get(localName(first));
  const roots = other === undefined ? findRoots(tree.roots, 3) : [];
  const [root, ...more] = roots;
  if (root === undefined) throw new SourceError('not_a_feed', `Expected a feed, got ${other ?? kindOf(first)}`);
  const skipped = [...tree.problems];
  const sameKind = more.filter(({ name }) => name === root.name && root.name !== 'atom:entry');
  if (sameKind.length > 0) skipped.push(`The text holds ${sameKind.length + 1} documents; their entries were read as one.`);
  return readRoot(merged(root, sameKind), context, skipped);
}

function kindOf(root: XmlElement): string {
  const name = localName(root);
  return /^[\w.-]{1,40}$/.test(name) ? `a document that begins with <${name}>` : 'bytes that are no document';
}

/** The name without its vocabulary, which for these nobody needs to know. */
function localName({ name }: XmlElement): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** The feeds of a document: usually its root, below junk a little deeper, or several one after the other. */
function findRoots(nodes: readonly XmlNode[], depth: number): XmlElement[] {
  const elements = nodes.filter((node) => typeof node !== 'string');
  const found = elements.filter(({ name }) => feedRoots.has(name));
  if (found.length > 0 || depth === 0) return found;
  return elements.flatMap((element) => findRoots(element.children, depth - 1));
}

function merged(root: XmlElement, others: readonly XmlElement[]): XmlElement {
  if (others.length === 0) return root;
  return { ...root, children: [...root.children, ...others.flatMap(({ children }) => children)] };
}

function readRoot(root: XmlElement, context: ReadingContext, skipped: string[]): SourceDocument {
  if (root.name.startsWith('atom:')) return readAtom(root, context, skipped);
  return readRss(root, root.name.endsWith('rdf') ? 'rdf' : 'rss', context, skipped);
}

import { resolveReferences } from './character-reference.ts';

/** What stands before the first element. */
export interface Prolog {
  /** The document from its first element on. */
  readonly rest: string;
  /** Entities of the internal DTD subset, values resolved. */
  readonly entities: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

/** Enough for every honest DTD; a billion laughs needs values made of values, which stop at this length. */
const maxEntities = 300;
const maxEntityLength = 2_000;
const maxDoctypeLength = 65_536;

/**
 * Reads past leading junk, XML declaration, comments and DTD. Internal entities are kept with their values bounded,
 * external ones are never fetched: their references stay as text.
 */
export function readProlog(source: string): Prolog {
  const entities = new Map<string, string>();
  const problems: string[] = [];
  let at = 0;
  for (;;) {
    const bracket = source.indexOf('<', at);
    if (bracket === -1) return { rest: '', entities, problems };
    if (source.slice(at, bracket).trim() !== '' && problems.length === 0) problems.push('Text before the document was passed over.');
    const end = endOfMarkup(source, bracket);
    if (end === undefined) return { rest: source.slice(bracket), entities, problems };
    if (/^<!doctype/i.test(source.slice(bracket, bracket + 9))) readEntities(source.slice(bracket, end), entities);
    at = end;
  }
}

/** Where a declaration, comment or instruction ends; undefined for an element. */
function endOfMarkup(source: string, start: number): number | undefined {
  if (source.startsWith('<!--', start)) return after(source, '-->', start + 4);
  if (source.startsWith('<?', start)) return after(source, '>', start);
  if (/^<!doctype/i.test(source.slice(start, start + 9))) return endOfDoctype(source, start);
  return /^<[A-Za-z_\u00C0-\uFFFF]/.test(source.slice(start, start + 2)) ? undefined : start + 1;
}

function after(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found + mark.length;
}

/** The `>` that ends a DOCTYPE: outside quotes, comments and the internal subset's brackets. */
function endOfDoctype(source: string, start: number): number {
  const doctype = source.slice(start, start + maxDoctypeLength);
  let isInSubset = false;
  for (const match of doctype.matchAll(/"[^"]*"|'[^']*'|<!--[\s\S]*?-->|[[\]>]/g)) {
    if (match[0] === '[') isInSubset = true;
    else if (match[0] === ']') isInSubset = false;
    else if (match[0] === '>' && !isInSubset) return start + match.index + 1;
  }
  return after(source, '>', start);
}

function readEntities(doctype: string, entities: Map<string, string>): void {
  for (const match of doctype.matchAll(/<!ENTITY\s+([\w:.-]{1,64})\s+(?:"([^"]*)"|'([^']*)')\s*>/g)) {
    if (entities.size >= maxEntities) return;
    const [, name = '', double, single] = match;
    const value = (double ?? single ?? '').slice(0, maxEntityLength);
    if (!entities.has(name)) entities.set(name, resolveReferences(value, entities).slice(0, maxEntityLength));
  }
}

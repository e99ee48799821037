import { resolveReferences, type EntityTable } from './character-reference.ts';

/** What stands before the first element. */
export interface Prolog {
  /** The document from its first element on. */
  readonly rest: string;
  /** Entities of the internal DTD subset. */
  readonly entities: EntityTable;
  readonly problems: readonly string[];
}

/** Enough for every honest DTD; a billion laughs needs values made of values, which stop at this length. */
const maxEntities = 300;
/** Characters that all uses of declared entities may add to a document; a value repeated a million times ends here. */
const maxExpansion = 100_000;
const maxEntityLength = 2_000;
const maxDoctypeLength = 65_536;

/**
 * Reads past leading junk, XML declaration, comments and DTD. Internal entities are kept with their values bounded,
 * external ones are never fetched: their references stay as text.
 */
export function readProlog(source: string): Prolog {
  const entities = new DeclaredEntities();
  const problems: string[] = [];
  const lastCommentEnd = source.lastIndexOf('-->');
  let at = 0;
  for (;;) {
    const bracket = source.indexOf('<', at);
    if (bracket === -1) return { rest: '', entities, problems };
    if (source.slice(at, bracket).trim() !== '' && problems.length === 0) problems.push('Text before the document was passed over.');
    const end = endOfMarkup(source, bracket, lastCommentEnd);
    if (end === undefined) return { rest: source.slice(bracket), entities, problems };
    if (/^<!doctype/i.test(source.slice(bracket, bracket + 9))) readEntities(source.slice(bracket, end), entities);
    at = end;
  }
}

/** Where a declaration, comment or instruction ends; undefined for an element. Of a comment that never ends only the opener is passed over. */
function endOfMarkup(source: string, start: number, lastCommentEnd: number): number | undefined {
  if (source.startsWith('<!--', start)) return start + 4 > lastCommentEnd ? start + 4 : after(source, '-->', start + 4);
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
  const lastCommentEnd = doctype.lastIndexOf('-->');
  const mark = /<!--|["'[\]>]/g;
  for (let match = mark.exec(doctype); match !== null; match = mark.exec(doctype)) {
    const [text] = match;
    if (text === '[') isInSubset = true;
    else if (text === ']') isInSubset = false;
    else if (text === '>') {
      if (!isInSubset) return start + match.index + 1;
    } else if (text !== '<!--' || match.index < lastCommentEnd) {
      // What never ends is passed over as the characters that it is: a quote at most once, since its next of the kind would be its end.
      const closer = text === '<!--' ? '-->' : text;
      const end = doctype.indexOf(closer, mark.lastIndex);
      if (end !== -1) mark.lastIndex = end + closer.length;
    }
  }
  return after(source, '>', start);
}

function readEntities(doctype: string, entities: DeclaredEntities): void {
  for (const match of doctype.matchAll(/<!ENTITY\s+([\w:.-]{1,64})\s+(?:"([^"]*)"|'([^']*)')\s*>/g)) {
    const [, name = '', double, single] = match;
    entities.declare(name, double ?? single ?? '');
  }
}

/** Entities with their values, and what is left of the room that their uses may take. */
class DeclaredEntities implements EntityTable {
  readonly #values = new Map<string, string>();
  #room = maxExpansion;

  /** The first declaration of a name counts (XML 1.0, 4.2); values may use those declared before. */
  declare(name: string, value: string): void {
    if (this.#values.has(name) || this.#values.size >= maxEntities) return;
    this.#values.set(name, resolveReferences(value.slice(0, maxEntityLength), this).slice(0, maxEntityLength));
  }

  get(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    this.#room -= value.length;
    return this.#room < 0 ? '' : value;
  }
}

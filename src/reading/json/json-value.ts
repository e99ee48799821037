import { meantText } from '../decode/decode-text.ts';
import { endOfString, repairJson } from './repair-json.ts';
import { SourceError } from '../source-error.ts';

/** An object of parsed JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object; undefined for everything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The value as a list; a missing one is empty. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The members of a list that are objects. */
export function asObjects(value: unknown): JsonObject[] {
  return asList(value)
    .map((member) => asObject(member))
    .filter((member) => member !== undefined);
}

/** True for an object whose values, if it has any, are all empty. */
export function isBlankObject(object: JsonObject): boolean {
  return Object.values(object).every((value) => value === null || value === '' || (Array.isArray(value) && value.length === 0));
}

/** The value as text, cleaned and trimmed; numbers are written out; undefined for what is empty or no text. */
export function asText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? meantText(value.slice(0, maxTextLength)).trim() : typeof value === 'number' ? String(value) : '';
  return text === '' ? undefined : text;
}

/** The longest text that is kept: a novel. */
const maxTextLength = 2_000_000;
/** More values than any answer has; millions of empty objects in a few megabytes would fill the heap. */
const maxValues = 1_000_000;

/** Where the entries of a document are, so that one that ends early can be cut behind a whole one, and where that is told. */
export interface JsonCut {
  readonly itemsPath: readonly string[];
  readonly problems: string[];
}

/**
 * Parses JSON as sites write it: raw line ends inside strings and commas before a closing bracket are repaired, and what ends early is cut
 * where `cut` is given. Undefined where it is no JSON.
 * @throws SourceError `too_large` for more values than an answer has.
 */
export function parseJson(text: string, cut?: JsonCut): unknown {
  if (hasMoreValuesThan(text, maxValues)) throw new SourceError('too_large', `Expected JSON of at most ${maxValues} values, got more`);
  const value = parsed(text);
  if (value !== undefined) return value;
  const repaired = repairJson(text, cut?.itemsPath ?? []);
  if (repaired === undefined || (repaired.endsEarly && cut === undefined)) return undefined;
  const rest = parsed(repaired.text);
  if (rest !== undefined && repaired.endsEarly) cut?.problems.push('The document ends early: it was read up to its last whole entry.');
  return rest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Counts what begins a value outside strings. */
function hasMoreValuesThan(text: string, limit: number): boolean {
  let count = 0;
  for (let at = 0; at < text.length && count <= limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at) ?? text.length;
    else if (code === 0x2c || code === 0x5b || code === 0x7b) count++;
  }
  return count > limit;
}

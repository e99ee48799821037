import { cleanText } from './decode-text.ts';
import { SourceError } from './source-error.ts';

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

/** The value as text, cleaned and trimmed; numbers are written out; undefined for what is empty or no text. */
export function asText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? cleanText(value.slice(0, maxTextLength)).trim() : typeof value === 'number' ? String(value) : '';
  return text === '' ? undefined : text;
}

/** The longest text that is kept: a novel. */
const maxTextLength = 2_000_000;
/** More values than any answer has; millions of empty objects in a few megabytes would fill the heap. */
const maxValues = 1_000_000;

/**
 * Parses JSON as sites write it: raw line ends inside strings are taken as spaces. Undefined where it is no JSON.
 * @throws SourceError `too_large` for more values than an answer has.
 */
export function parseJson(text: string): unknown {
  if (hasMoreValuesThan(text, maxValues)) throw new SourceError('too_large', `Expected JSON of at most ${maxValues} values, got more`);
  for (const candidate of [text, text.replace(/[\t\n\r]+/g, ' ')]) {
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Counts what begins a value outside strings. */
function hasMoreValuesThan(text: string, limit: number): boolean {
  let count = 0;
  for (let at = 0; at < text.length && count <= limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x2c || code === 0x5b || code === 0x7b) count++;
  }
  return count > limit;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return text.length;
}

import { cleanText } from './decode-text.ts';

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
  const text = typeof value === 'string' ? cleanText(value).trim() : typeof value === 'number' ? String(value) : '';
  return text === '' ? undefined : text;
}

/** Parses JSON as sites write it: raw line ends inside strings are taken as spaces. Undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  for (const candidate of [text, text.replace(/[\t\n\r]+/g, ' ')]) {
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      continue;
    }
  }
  return undefined;
}

/*
 * Per-recipient values. A stored rendition holds marks in place of them; filling is a copy, not a render.
 * The marks are the Unicode noncharacters U+FDD0 and U+FDD1 around the name: `cleanText` removes both from all content, so no post can forge one.
 */

/** Every placeholder that templates may use, as `{{ reader.name }}` and the like: plain outputs, no filters or conditions. */
export const placeholderNames = [
  'reader.name',
  'reader.address',
  'links.unsubscribe',
  'links.preferences',
  'links.browser',
] as const;

/** The name of a placeholder. */
export type PlaceholderName = (typeof placeholderNames)[number];

/** A recipient's value for each placeholder; the empty string where there is none. */
export type PlaceholderValues = Readonly<Record<PlaceholderName, string>>;

const open = '\uFDD0';
const close = '\uFDD1';

/** The mark that stands in a rendition for a value. */
export function placeholderMark(name: PlaceholderName): string {
  return `${open}${name}${close}`;
}

/** Removes the noncharacters that delimit marks, so that content cannot forge one. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/[\uFDD0\uFDD1]/g, '');
}

/** Fills a rendition's part for one recipient; html parts get values escaped for text and attribute positions alike. */
export function fillPlaceholders(part: string, values: PlaceholderValues, kind: 'html' | 'text'): string {
  return part.replaceAll(/\uFDD0([a-z.]+)\uFDD1/g, (_mark, name: string) => {
    const value = values[name as PlaceholderName] ?? '';
    return kind === 'html' ? escapeHtml(value) : value;
  });
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

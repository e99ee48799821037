/** Removes the noncharacters U+FDD0 to U+FDEF, of which marks are made, so that content cannot forge one. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/[\uFDD0-\uFDEF]/g, '');
}

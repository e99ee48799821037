/*
 * Text for a terminal. A terminal takes some characters for orders (colours, titles, the clipboard) and others turn what follows round; texts of sources,
 * servers and people may hold any of them.
 */

// CSI sequences with their parameters, then what is left of others: C0 and C1 controls but line feed and tab, line and paragraph separators, direction controls.
// oxlint-disable-next-line no-control-regex -- they are what is taken out
const orders = /(?:\u001B\[|\u009B)[0-?]{0,50}[ -/]{0,10}[@-~]/g;
const unsafe = /[\0-\x08\x0B-\x1F\x7F-\x9F\u2028\u2029\u202A-\u202E\u2066-\u2069\p{Surrogate}]/gu; // oxlint-disable-line no-control-regex -- as above

/**
 * Lines as they may be printed. JSON keeps its meaning: what a terminal must not get is escaped there, since it can only stand within its strings;
 * from other text it is taken out.
 */
export function terminalText(text: string): string {
  if (/^[[{]/.test(text)) return text.replaceAll(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return text.replaceAll(orders, '').replaceAll(unsafe, ' ');
}

/*
 * What no text of ours may hold, wherever it came from: control characters (but tab and line ends), the noncharacters, of which the marks of
 * placeholders are made, and lone surrogates. Postgres refuses some of them, XML others, and people see none.
 * Other sets stand elsewhere because they say something else: what a terminal takes for an order (terminal-text.ts), what a header may not hold
 * and is refused for, not mended (mail/headers.ts), what no address holds (mail/address.ts), and what XML 1.0 can carry (feeds/atom.ts).
 */
import { withoutOpenDirections } from './direction.ts';

// Without the u flag, under which a whole document takes twice the time: lone surrogates are looked for apart.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unfit = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\uFDD0-\uFDEF\uFFFE\uFFFF]/;
const allUnfit = new RegExp(unfit.source, 'g');

/** A text with something else in the place of each character that no text may hold: the rule is here, what comes in its place is the caller's. */
export function replaceUnfit(text: string, replacementOf: (character: string) => string): string {
  const wellFormed = isWellFormed(text) ? text : text.replaceAll(/\p{Surrogate}/gu, replacementOf);
  return unfit.test(wellFormed) ? wellFormed.replaceAll(allUnfit, replacementOf) : wellFormed;
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/**
 * A text of any length: line ends are line feeds; what no text may hold is gone, U+FFFD stands for a lone surrogate; gone too are directions
 * that it opens and does not close, which reach beyond it.
 */
export function cleanText(text: string): string {
  const lines = /[\r\v\f\u0085\u2028\u2029]/.test(text)
    ? text.replaceAll(/\r\n?/g, '\n').replaceAll(/[\v\f\u0085\u2028\u2029]/g, ' ')
    : text;
  return withoutOpenDirections(replaceUnfit(lines, (character) => (/[\uD800-\uDFFF]/.test(character) ? '\uFFFD' : '')));
}

/** The same on one line: white space is collapsed. What people type as a name, what a server says, what stands in a header. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/gu, ' ').trim();
}

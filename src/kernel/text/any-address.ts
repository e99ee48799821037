/*
 * Addresses of whomever in a text, where nobody knows whose they are: in logs, which hold none, and in words that are kept for ever.
 * Where it is known, `redactAddress` says more (redact-address.ts).
 */

// Text outside what separates words, before and behind a sign in any of its spellings; or in quotes before it.
const anyAddress =
  /(?:"[^"\n]{1,64}"|(?<![^\s<>"'(),;:])[^\s<>"'(),;:]+)(?:[@＠]|[%=+]40|&#0{0,3}64;|&#x0{0,3}40;|&commat;)[^\s<>"'(),;:]+/gi;

/** A text without anything that looks like an address, for a log. */
export function redactAddresses(text: string): string {
  return text.replaceAll(anyAddress, '[address]');
}

const anySign = /[@＠﹫]|%(?:25){0,3}40|\\x40|&#0{0,3}64\b|&#x0{0,3}40\b|&commat\b|\\u0040|[([{<]\s{0,2}at\s{0,2}[)\]}>]/i;

/**
 * Whether words may hold an address: any at sign counts, however it is spelled, for what stands beside one names a person at a host or in a network.
 * "At" as a word does not: people agree "at the fair" and "at example.org".
 */
export function holdsAddress(text: string): boolean {
  return anySign.test(text);
}

/** Escapes text for html and XML: as text, and within attributes quoted either way. */
export function escapeHtml(text: string): string {
  return escapeStated(text).replaceAll("'", '&#39;');
}

/**
 * The same of what a source states, as text and within attributes in double quotes. An apostrophe stays: entries without an id are known by a hash of
 * this, and who spells it otherwise finds every one of them anew.
 */
export function escapeStated(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

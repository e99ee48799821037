/** A link in a framed mail would load into the frame, which its target forbids: it opens a window of its own, as in a mail program. */
export function withLinksOpeningOutside(html: string): string {
  const head = /<head(?:\s[^<>]*)?>/i.exec(html);
  const at = head ? head.index + head[0].length : 0;
  return `${html.slice(0, at)}<base target="_blank">${html.slice(at)}`;
}

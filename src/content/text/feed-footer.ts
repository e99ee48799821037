/** What WordPress adds below a text in its feed, in the languages that it speaks: before the post's title, and before the site's name. */
export const feedFooters: readonly (readonly [opening: string, closing: string])[] = [
  ['The post ', 'appeared first on '],
  ['The post ', 'first appeared on '],
  ['La entrada ', 'se publicó primero en '],
  ['La entrada ', 'aparece primero en '],
  ['L’article ', 'est apparu en premier sur '],
  ["L'article ", 'est apparu en premier sur '],
  ['Der Beitrag ', 'erschien zuerst auf '],
  ['Het bericht ', 'verscheen eerst op '],
  ['L’articolo ', 'proviene da '],
  ["L'articolo ", 'proviene da '],
  ['O post ', 'apareceu primeiro em '],
];

/** The longest name of a site in a footer. */
export const maxFooterSiteLength = 200;

/** Whether a line is the footer of a post without a title. */
export function isUntitledFooter(line: string): boolean {
  return feedFooters.some(([opening, closing]) => {
    const before = opening + closing;
    return line.startsWith(before) && line.length > before.length && line.length <= before.length + maxFooterSiteLength;
  });
}

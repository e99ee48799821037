/*
 * What tags mean to a reader, one list each, for the markup of feeds, of posts and our own.
 * Who needs another list says beside it how it differs.
 */

const blockTags = new Set(
  (
    'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hgroup hr html legend li listing main menu nav ol p pre search section summary table tbody td tfoot th thead tr ul'
  ).split(' '),
);
const voidTags = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
const silentTags = new Set('script style template noscript textarea xmp head title select iframe object'.split(' '));
// Other languages within html, with tags of their own.
const foreignTags = new Set(['svg', 'math']);
const inlineTags = new Set(
  (
    'a abbr acronym audio b bdi bdo big blink button canvas cite code data del dfn em font i ins kbd label map mark nobr output picture q rb rp rt ' +
    'ruby s samp small span strike strong sub sup time tt u var video'
  ).split(' '),
);

/**
 * So many elements of a page may be open at once; people's markup has a few dozen. What a parser does for a tag grows with those that are open, so
 * that a document which leaves more open is read up to there.
 */
export const maxOpenElements = 2000;

/** Whether html knows a tag of this name: an old one too, as long as people's markup has it. */
export function isHtmlTag(tag: string): boolean {
  return blockTags.has(tag) || inlineTags.has(tag) || voidTags.has(tag) || silentTags.has(tag);
}

/** Whether elements of this tag stand by themselves and not within a line (HTML, section 15.3: blocks, and the parts of lists and tables). */
export function isBlockTag(tag: string): boolean {
  return blockTags.has(tag);
}

/** Whether elements of this tag have nothing within them (HTML, section 13.1.2). */
export function isVoidTag(tag: string): boolean {
  return voidTags.has(tag);
}

/** Whether what stands within elements of this tag is not for reading. */
export function isSilentTag(tag: string): boolean {
  return silentTags.has(tag) || foreignTags.has(tag);
}

const drawnBy =
  /latex\.php|[/.]codecogs\.com\/|(?:math|mime)tex\.cgi|[?&]cht=tx|\/math\/render\/|upload\.wikimedia\.org\/math\/|render\/math\?|quicklatex|ql-cache|\/equation_images\/|showimage\?formula|i\.upmath\.me|latexrender/i;

/** Whether the address of a picture says that it was drawn from TeX: its alt text is a part of the sentence then. */
export function isFormulaAddress(address: string): boolean {
  return drawnBy.test(address);
}

/*
 * Cells that a spreadsheet would take for a formula (CSV injection). An apostrophe before one makes it text; a cell that begins with apostrophes
 * and then such a character gets one more, so that taking one away gives back what there was.
 */

const defused = /^'+[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** What was defused. Other cells stay as they are. */
export function undefuseCell(text: string): string {
  return defused.test(text) ? text.slice(1) : text;
}

// What begins a formula, or makes one when the apostrophe before it is taken away; of full-width forms too, which some programs read alike.
const formula = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A text as a cell that is no formula: `undefuseCell` gives it back. */
export function defuseCell(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

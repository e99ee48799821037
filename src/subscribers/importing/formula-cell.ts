/*
 * Cells that a spreadsheet would take for a formula (CSV injection). An apostrophe before one makes it text; a cell that begins with apostrophes
 * and then such a character gets one more, so that taking one away gives back what there was. A program that parts cells by another character than the
 * comma sees cells begin within one of ours, where quotes are no help: what follows such a character is treated alike.
 */

// Quotes and blanks are read past by some programs; full-width forms are read as the others by some. The second is the first behind an apostrophe.
const formula =
  /(?<=[;|\t\r\n])(?=["'\p{Zs}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])|^(?=["'\p{Zs}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|'*[\t\r\n])/gu;
const defused =
  /(?<=[;|\t\r\n])'(?=["'\p{Zs}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])|^'(?=["'\p{Zs}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|'*[\t\r\n])/gu;

/** What was defused. Other cells stay as they are. */
export function undefuseCell(text: string): string {
  return text.includes("'") ? text.replaceAll(defused, '') : text;
}

/** A text as a cell in which no formula begins, wherever it is parted: `undefuseCell` gives it back. */
export function defuseCell(text: string): string {
  return text.replaceAll(formula, "'");
}

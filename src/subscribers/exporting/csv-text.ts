import { stringify } from 'csv-stringify/sync';
import { defuseCell } from '../importing/formula-cell.ts';

/** Rows as separated values (RFC 4180): commas, CRLF, quotes where they are needed. No cell begins as a formula does. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => row.map(defuseCell)),
    // A line end of another kind within a cell, and a blank at its edge, would be read as something else.
    { record_delimiter: '\r\n', quoted_match: /[\r\n]|^\s|\s$/ },
  );
}

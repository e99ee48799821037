import { stringify } from 'csv-stringify/sync';
import { defuseCell } from '../importing/formula-cell.ts';

/** Rows as separated values (RFC 4180): commas, CRLF, quotes where they are needed. No cell begins as a formula does, by whatever it is parted. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => row.map(defuseCell)),
    // A line end of another kind within a cell, a blank at its edge, and what parts cells elsewhere, would be read as something else.
    { record_delimiter: '\r\n', quoted_match: /[\r\n;|\t]|^\s|\s$/ },
  );
}

import { createCsvReader } from './csv-records.ts';

const separators = [',', ';', '\t', '|'] as const;
const sampleRows = 50;

/** What Excel writes above a table to say its separator. */
export function statedSeparator(head: string): string | undefined {
  return /^sep=([^\r\n])\r?\n?/i.exec(head)?.[1];
}

/** The separator that cuts the first rows into the same number of cells, and into more than one; a comma where none does. */
export function guessSeparator(head: string): string {
  const scored = separators.map((separator) => ({ separator, score: scoreOf(head, separator) }));
  const [best] = scored.toSorted((a, b) => b.score - a.score);
  return best && best.score > 0 ? best.separator : ',';
}

function scoreOf(head: string, separator: string): number {
  const rows = createCsvReader(separator).push(`${head}\n`).slice(0, sampleRows);
  const width = rows[0]?.cells.length ?? 1;
  if (width === 1) return 0;
  const alike = rows.filter(({ cells }) => cells.length === width).length;
  // Names with a comma cut only some rows: what cuts all alike wins, then what cuts into more.
  return (alike / rows.length) * 100 + Math.min(width, 50) / 100;
}

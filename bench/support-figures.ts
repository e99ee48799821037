/** One line of a bench's outcome. */
export interface Figure {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
}

/** Prints figures: a table for people, or one JSON line each and nothing else. */
export function printFigures(figures: readonly Figure[], options: { readonly json: boolean; readonly digits?: number }): void {
  const digits = options.digits ?? 1;
  for (const { figure, value, unit } of figures) {
    const rounded = Math.round(value * 10 ** digits) / 10 ** digits;
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ figure, value: rounded, unit })}\n`
        : `${figure.padEnd(38)} ${rounded.toFixed(digits).padStart(8)} ${unit}\n`,
    );
  }
}

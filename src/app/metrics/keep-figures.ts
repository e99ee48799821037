import { inTime } from '../../kernel/in-time.ts';

/** How long figures stand, and how long a look waits for new ones. */
export interface FigurePatience {
  /** Whoever looks again within this time sees the same: no number of looks makes more work for the database. */
  readonly keepMs: number;
  /** Prometheus gives up after ten seconds; what is known without the database is told long before. */
  readonly patienceMs: number;
  /** A reading that was not answered for so long will not be: its connection carries nothing any more. */
  readonly giveUpMs: number;
}

const usualPatience: FigurePatience = { keepMs: 5_000, patienceMs: 1_500, giveUpMs: 60_000 };

/** Gives what `read` gave a moment ago; undefined while it fails or does not answer. One reading at a time. */
export function keepFigures<T>(
  read: () => Promise<T>,
  monotonic: () => number,
  { keepMs, patienceMs, giveUpMs }: FigurePatience = usualPatience,
): () => Promise<T | undefined> {
  let last: { readonly at: number; readonly figures: T | undefined } | undefined;
  let underWay: { readonly since: number; readonly reading: Promise<T | undefined> } | undefined;
  const begin = (): NonNullable<typeof underWay> => {
    const reading = read()
      .catch(() => undefined)
      .then((figures) => {
        if (underWay === begun) {
          last = { at: monotonic(), figures };
          underWay = undefined;
        }
        return figures;
      });
    const begun = { since: monotonic(), reading };
    return begun;
  };
  return async () => {
    if (last && monotonic() - last.at < keepMs) return last.figures;
    if (underWay && monotonic() - underWay.since >= giveUpMs) underWay = undefined;
    underWay ??= begin();
    return inTime(patienceMs, underWay.reading, () => undefined);
  };
}

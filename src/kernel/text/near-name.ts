/** A longer text is no slip of the fingers, and comparing it costs the square of its length. */
const longestName = 100;

/**
 * The name that somebody probably meant: the one of `known` that is fewest slips away (a letter too many, too few, another, or two swapped; case counts
 * as none), the first of equals. Undefined where none is near: one slip in up to five letters, two in more. Ids are never guessed at.
 */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  if (typed.length < 2 || typed.length > longestName || /^\d+$/.test(typed)) return undefined;
  const wanted = typed.toLowerCase();
  let [nearest, fewest]: [string | undefined, number] = [undefined, wanted.length <= 5 ? 2 : 3];
  for (const name of known) {
    if (name === typed || Math.abs(name.length - typed.length) >= fewest || /^\d+$/.test(name)) continue;
    const slips = countSlips(wanted, name.toLowerCase());
    if (slips < fewest && slips < name.length) [nearest, fewest] = [name, slips];
  }
  return nearest;
}

/** The rest of a sentence that says what came: `; did you mean "weekly"?`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const nearest = nearestName(typed, known);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

/** Edit distance with swaps of neighbours (optimal string alignment). */
function countSlips(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        above[column]! + 1,
        current[column - 1]! + 1,
        above[column - 1]! + (isSame ? 0 : 1),
        isSwapped ? before[column - 2]! + 1 : Infinity,
      );
    }
    [before, above] = [above, current];
  }
  return above[to.length]!;
}

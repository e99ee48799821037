/** A text reduced to its letters and digits, lower case: spacing, marks and case make no difference when two are compared. */
export function lettersOf(value: string): string {
  return value
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** A count with its noun, for people: `1 post`, `2 posts`. A plural that is not the singular and an s is given. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

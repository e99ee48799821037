/** A header or a status without what people write differently: case, accents, hyphens, underscores, points. */
export function plainWords(text: string): string {
  return text
    .slice(0, 200)
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

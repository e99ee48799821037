import type { Newsletter } from '../../newsletters/newsletter.ts';

/** Who is told of what concerns several newsletters: each address of staff once, by the first of its newsletters. */
export function toldStaff(newsletters: readonly Newsletter[], staffAddress: string | undefined): ReadonlyMap<string, Newsletter> {
  return new Map(
    newsletters.toReversed().flatMap((newsletter) => {
      const address = newsletter.staffAddress ?? staffAddress;
      return address === undefined ? [] : [[address, newsletter]];
    }),
  );
}

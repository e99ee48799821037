import { InvalidInputError } from '../../kernel/errors.ts';

/*
 * Which fields a signature covers. RFC 6376 5.4.1: what a reader sees and acts on, all of List-*, what says how the body is to be read. Not covered is what no
 * reader sees and servers on the way write: Return-Path, Received, and Precedence, which mailing lists set as they like.
 *
 * A name that stands in h= once more than there are fields of it can get no second field without breaking the signature (RFC 6376 5.4.2, 8.15): a second From
 * or Subject shown instead of ours, a second List-Unsubscribe that leads elsewhere.
 */

/** Signed where present, and no further one may be added. In the order of h=. */
const sealed = [
  'From',
  'Subject',
  'Date',
  'To',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'Feedback-ID',
  'CFBL-Address',
] as const;

/** Sealed even where there is none: whoever replays a message must not choose who gets the replies, or seem to have sent it to others too. */
const sealedWithout = ['Reply-To', 'Cc'] as const;

/** Signed where present; nothing is lost when another is added. */
const signed: ReadonlySet<string> = new Set(['auto-submitted', 'sender', 'in-reply-to', 'references', 'content-language']);

const sealedNames: ReadonlyMap<string, string> = new Map([...sealed, ...sealedWithout].map((name) => [name.toLowerCase(), name]));

/** Names of fields that the account's relay rewrites, in lower case. @throws InvalidInputError when From is one, without which there is no signature (RFC 6376 5.4). */
export function rewrittenNames(names: readonly string[]): ReadonlySet<string> {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  if (lower.has('from')) throw new InvalidInputError('Expected a relay that leaves From as it is, since every signature covers it');
  return lower;
}

/** What a signature covers of a block with certain names in a certain order: the same for all messages of a kind. */
export interface CoveredFields {
  /** What stands in h=: each name as often as a field of it is signed or must not be added. */
  readonly names: readonly string[];
  /** Which fields those are, by their place in the block. Of several of one name the lowest comes first (RFC 6376 5.4.2); a name beyond them stands for none. */
  readonly places: readonly number[];
}

/** Which fields of a block are signed, by the names of its fields. @throws InvalidInputError unless one of them is From. */
export function coveredFields(names: readonly string[], rewritten: ReadonlySet<string>): CoveredFields {
  const placesByName = new Map<string, number[]>();
  for (const [place, name] of names.entries()) {
    const lower = name.toLowerCase();
    placesByName.set(lower, [...(placesByName.get(lower) ?? []), place]);
  }
  const fromCount = placesByName.get('from')?.length ?? 0;
  if (fromCount !== 1) throw new InvalidInputError(`Expected one From field to sign, got ${fromCount}`);
  const covered = namesToSign(names, placesByName, rewritten);
  const places = covered.flatMap((name) => placesByName.get(name.toLowerCase())?.pop() ?? []);
  return { names: covered, places };
}

function namesToSign(
  names: readonly string[],
  placesByName: ReadonlyMap<string, readonly number[]>,
  rewritten: ReadonlySet<string>,
): readonly string[] {
  const first = [...sealedNames].flatMap(([lower, name]) => {
    const count = placesByName.get(lower)?.length ?? 0;
    const isSealed = count > 0 || (sealedWithout as readonly string[]).includes(name);
    return isSealed && !rewritten.has(lower) ? Array<string>(count + 1).fill(name) : [];
  });
  const further = names.filter((name) => {
    const lower = name.toLowerCase();
    return !sealedNames.has(lower) && !rewritten.has(lower) && (signed.has(lower) || lower.startsWith('list-'));
  });
  return [...first, ...further];
}

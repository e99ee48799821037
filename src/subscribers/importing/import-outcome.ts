/*
 * What an import does to one person. Pure.
 * Invariant (P3): an import never raises the state of anybody whom we know, and may lower it. Who is new becomes active only with consent, and who was
 * erased, left, is pending or suppressed stays so.
 */
import type { SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import type { KeptAddress } from '../kept-address-store.ts';
import type { SubscriptionState } from '../subscriber.ts';
import type { ImportedStatus } from './import-row.ts';

/** What staff say of a whole file: everybody in it left, or is never to be mailed. */
export type ImportAs = 'left' | 'suppressed';

/** What a row says that decides. */
export interface StatedPerson {
  readonly status: ImportedStatus;
  /** The file has a time at which they agreed. */
  readonly hasConsentTime: boolean;
  /** Why the address is never to be mailed, where our own export says so more exactly than a status. */
  readonly suppression?: SuppressionReason | undefined;
}

/** What we know of the person already. */
export interface KnownPerson {
  /** Undefined where they have no subscription to the newsletter. */
  readonly state: SubscriptionState | undefined;
  readonly suppression: SuppressionReason | undefined;
  /** Nobody has the address, and it is kept: they were erased, or have another one since, and confirmed nothing from it. */
  readonly kept: KeptAddress | undefined;
  /** They confirmed here after the same file had been imported, or after the time that it states: what it says of their going is older. */
  readonly hasComeBack: boolean;
}

/** What staff say with an import. */
export interface ImportTerms {
  readonly as?: ImportAs | undefined;
  /** They said when and how everybody agreed. */
  readonly hasConsent: boolean;
  /** Who has not agreed is asked. */
  readonly asks: boolean;
}

/** Every outcome of a row. The first five change something. */
export const importOutcomes = [
  /** New, active from now on. */
  'activated',
  /** New, pending with a confirmation on its way. */
  'asked',
  /** New, kept as one who left, so that no later import makes them active. */
  'recorded_left',
  /** Active or pending until now, left from now on. */
  'lowered',
  /** Never mailed from now on. */
  'suppressed',
  /** New, and nothing says that they agreed: the import is refused. */
  'no_consent',
  'already_active',
  'stays_pending',
  'stays_left',
  'stays_suppressed',
  /** Erased people stay away. */
  'was_erased',
  /** Whoever had this address has another one now: it makes nobody active, and lowers nobody. */
  'has_moved',
  /** Left or suppressed in the file, and back here by their own confirmation since then. */
  'came_back',
  /** In the other tool they were asked and did not confirm, or are a contact that subscribed to nothing. */
  'never_agreed',
] as const;

/** What an import does to one person. */
export type ImportOutcomeName = (typeof importOutcomes)[number];

/** An outcome, with the reason where it suppresses. */
export type ImportOutcome =
  { readonly name: Exclude<ImportOutcomeName, 'suppressed'> } | { readonly name: 'suppressed'; readonly reason: SuppressionReason };

/** Decides what an import does to a person. */
export function decideImport(stated: StatedPerson, known: KnownPerson, terms: ImportTerms): ImportOutcome {
  const wish = wishOf(stated, terms.as);
  switch (wish) {
    case 'active':
    case 'nothing':
      return { name: whatIsKnown(known) ?? (wish === 'active' ? beginningOf(stated, terms) : restOf(stated, terms)) };
    case 'left':
      return { name: leavingOf(known) };
    default:
      if (known.hasComeBack) return { name: 'came_back' };
      return isWorse(wish, known.suppression) ? { name: 'suppressed', reason: wish } : { name: 'stays_suppressed' };
  }
}

type Wish = 'active' | 'nothing' | 'left' | SuppressionReason;

function wishOf({ status, suppression }: Pick<StatedPerson, 'status' | 'suppression'>, as: ImportAs | undefined): Wish {
  const stated = status === 'bounced' || status === 'complained' ? (suppression ?? status) : undefined;
  // Of what the file and staff say the stronger holds: a bounce may be lifted, the word of staff is not.
  if (as === 'suppressed') return stated === 'complained' ? stated : 'staff';
  if (stated !== undefined) return stated;
  if (as === 'left' || status === 'left') return 'left';
  return status === 'pending' || status === 'not_a_subscriber' ? 'nothing' : 'active';
}

/** Whether a row may lower somebody: then it matters whether they came back by themselves. */
export function mayLower(status: ImportedStatus, as: ImportAs | undefined): boolean {
  const wish = wishOf({ status }, as);
  return wish !== 'active' && wish !== 'nothing';
}

/** What a file that says "subscribed" cannot change; undefined for who is new. */
function whatIsKnown({ state, suppression, kept }: KnownPerson): KeptName | undefined {
  if (state === 'left') return 'stays_left';
  if (suppression !== undefined) return 'stays_suppressed';
  if (state === 'active') return 'already_active';
  if (state === 'pending') return 'stays_pending';
  return kept && keptNames[kept];
}

const keptNames = { erased: 'was_erased', former: 'has_moved' } as const;

type KeptName = 'already_active' | 'stays_pending' | 'stays_left' | 'stays_suppressed' | 'was_erased' | 'has_moved';

function beginningOf(stated: StatedPerson, terms: ImportTerms): 'activated' | 'asked' | 'no_consent' {
  if (stated.hasConsentTime || terms.hasConsent) return 'activated';
  return terms.asks ? 'asked' : 'no_consent';
}

/** Who did not confirm elsewhere may be asked once more by staff's wish; a mere contact never is. */
function restOf({ status }: StatedPerson, { asks }: ImportTerms): 'asked' | 'never_agreed' {
  return status === 'pending' && asks ? 'asked' : 'never_agreed';
}

function leavingOf(known: KnownPerson): 'recorded_left' | 'lowered' | 'came_back' | KeptName {
  if (known.state === 'left') return 'stays_left';
  if (known.hasComeBack) return 'came_back';
  if (known.state !== undefined) return 'lowered';
  // Nothing of theirs is kept but the hash, and it says more than that they left.
  if (known.suppression !== undefined) return 'stays_suppressed';
  return known.kept ? keptNames[known.kept] : 'recorded_left';
}

/** A bounce says nothing new of whom we never mail; a complaint or staff's word lasts where a bounce may be lifted. */
function isWorse(wish: SuppressionReason, known: SuppressionReason | undefined): boolean {
  if (known === undefined) return true;
  return (wish === 'complained' || wish === 'staff') && (known === 'bounced' || known === 'unreachable');
}

// From what stays with a person longest: of several rows about one person the lowest holds.
const lowestFirst: readonly (ImportedStatus | SuppressionReason)[] = [
  'complained',
  'staff',
  'bounced',
  'unreachable',
  'left',
  'not_a_subscriber',
  'pending',
  'unsure',
  'absent',
  'active',
];

/** The place of a row from the lowest, 0, upwards: of several rows about one person the lowest holds, whatever their order. */
export function rankOf({ status, suppression }: Pick<StatedPerson, 'status' | 'suppression'>): number {
  return lowestFirst.indexOf(status === 'bounced' ? (suppression ?? status) : status);
}

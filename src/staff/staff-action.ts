/*
 * What staff did: an append-only log of who changed what, by which command or mailed link.
 * Invariant: it holds the ids of rows, and no address, name or argument, which an erasure could not reach. A trigger keeps it as it was written.
 */
import { InvalidInputError } from '../kernel/errors.ts';
import { holdsAddress } from '../kernel/text/any-address.ts';
import { cleanLine } from '../kernel/text/clean-text.ts';

/** What an id in the log is of. */
export type SubjectKind =
  | 'category'
  | 'edition'
  | 'hold'
  | 'import'
  | 'migration'
  | 'newsletter'
  | 'notice'
  | 'offer'
  | 'outage'
  | 'post'
  | 'schedule'
  | 'secret'
  | 'setting'
  | 'sign_up'
  | 'source'
  | 'staff_link'
  | 'subscriber'
  | 'subscription'
  | 'topic';

/** Ids by what they are of. */
export type Subjects = Readonly<Partial<Record<SubjectKind, readonly string[]>>>;

/** Something that was done. */
export interface NewStaffAction {
  /** Who, as they say of themselves or as the system knows them. */
  readonly by: string;
  /** A command without its arguments: "posts release". */
  readonly action: string;
  readonly subjects: Subjects;
}

/** A line of the log. */
export interface StaffAction extends NewStaffAction {
  readonly id: string;
  readonly at: Date;
}

const longestBy = 100;

/** Who does something, as they say. @throws InvalidInputError for nothing, too much, and an address, which could never be erased from the log */
export function parseBy(text: string): string {
  const by = cleanLine(text);
  if (by === '' || by.length > longestBy) throw new InvalidInputError(`Expected a name of 1 to ${longestBy} characters, got ${by.length}`);
  if (holdsAddress(by)) throw new InvalidInputError('Expected a name or initials, got an address, which the log could never forget');
  return by;
}

/** Subjects without the kinds that have no id; each id once. */
export function tidySubjects(subjects: Subjects): Subjects {
  const kept = Object.entries(subjects).flatMap(([kind, ids]) => (ids.length === 0 ? [] : [[kind, [...new Set(ids)]] as const]));
  return Object.fromEntries(kept);
}

/*
 * A sign-up by the public form: what was sent is stored and handled by a job, so that the answer is the same, and as fast, whatever is known of the
 * address. Invariant: nobody gets more than one confirmation in 24 hours and three for one sign-up, and where more people sign up at once than people do,
 * no confirmation goes out until staff say so (it fails closed).
 */
import { InvalidInputError } from '../../kernel/errors.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';

/** `held`: there are more at once than people make; `released`: staff let it go on. */
export type SignUpState = 'received' | 'held' | 'released';

/** What a form sent, checked, and not yet handled. */
export interface SignUp {
  readonly id: string;
  readonly newsletterId: string;
  readonly address: string;
  readonly addressKey: string;
  readonly name: string | null;
  /** Null takes the newsletter's first schedule. */
  readonly scheduleId: string | null;
  /** Null follows all. */
  readonly topicIds: readonly string[] | null;
  /** For the log of consent: "form", or with the label of the page that it stands on, "form: open-day". */
  readonly source: string;
  /** The sentence beside the button. */
  readonly wording: string;
  readonly ip: string | null;
  readonly state: SignUpState;
  readonly receivedAt: Date;
}

/** What every source of a sign-up by form begins with. */
export const formSource = 'form';

/**
 * A source for the log of consent from the label that a form carries. What is no label is left out: it comes from the web. So is an address, however it is
 * spelled: no sign for one may stand in a label, and here nobody is there to be asked for other words.
 */
export function sourceOfForm(label: string | undefined): string {
  const words = cleanLine(label ?? '').slice(0, 60);
  const isLabel = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u.test(words) && !/[ ._-]at[ ._-]\S{0,60}\.\S/i.test(words);
  return isLabel ? `${formSource}: ${words}` : formSource;
}

const dayMs = 86_400_000;

/** Somebody who waits for the mail asks again; more than one a day, or three in all, is what a stranger does to them. */
const confirmationGapMs = dayMs;
const confirmationsPerSignUp = 3;

/** How long a confirmation can be clicked, from when it was mailed. What nobody confirmed by then is forgotten. */
export const confirmationDays = 7;

/** Whether a sign-up gets a confirmation, by when those before it were asked for (since the person last left, or was forgotten). */
export function mayBeAsked(requestedAt: readonly Date[], now: Date): boolean {
  if (requestedAt.length >= confirmationsPerSignUp) return false;
  return requestedAt.every((at) => now.getTime() - at.getTime() >= confirmationGapMs);
}

/** How many unconfirmed sign-ups an hour may have where nothing is known of a newsletter's usual ones. */
const leastCeiling = 20;
const timesUsual = 10;

/** Staff expect so many, until then: a fair, a call on the radio. */
export interface ExpectedSignUps {
  readonly count: number;
  readonly until: Date;
}

/** How many unconfirmed sign-ups an hour may have: ten times the usual (`medianPerHour`, of the last 30 days), or what staff expect. */
export function ceilingOf(medianPerHour: number, expected: ExpectedSignUps | undefined, now: Date): number {
  const usual = Math.max(leastCeiling, Math.ceil(timesUsual * medianPerHour));
  return expected && expected.until > now ? Math.max(usual, expected.count) : usual;
}

/** Checks what staff expect. @throws InvalidInputError for a number that is none, or an end that is past */
export function parseExpected(count: number, until: Date, now: Date): ExpectedSignUps {
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new InvalidInputError(`Expected a number of sign-ups an hour from 1 to 100000, got ${count}`);
  if (!(until > now)) throw new InvalidInputError('Expected a moment ahead until which they come, got one that is past');
  return { count, until };
}

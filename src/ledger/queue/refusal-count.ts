/*
 * Refusals for good, counted. One refused reader is that reader's matter; many in one edition say that the list, the message or our standing is at
 * fault, and many unknown addresses at one host in a day that the host is mistaken: then the edition waits for staff.
 */
import type { RejectionSubject } from './attempt.ts';

/** Whose refusals pause an edition, at how many and at which share of its deliveries. */
const pauseRules = {
  /** A fifth of all: our standing, or what the digest looks like, which the rest would suffer from too. */
  policy: { atLeast: 10, isMany: (refused: number, all: number) => refused >= 0.2 * all },
  /** Too large or malformed: it is so for everybody. */
  message: { atLeast: 5, isMany: (refused: number, all: number) => refused >= 0.1 * all },
  /** An old list is being mailed, which costs a sender its standing within hours. */
  address: { atLeast: 5, isMany: (refused: number, all: number) => refused > 0.05 * all },
  /** Readers' boxes are not full all at once, nor do their servers all refuse in unknown words: what most are told is said by one that speaks of us. */
  mailbox: { atLeast: 10, isMany: (refused: number, all: number) => refused > 0.5 * all },
  unclear: { atLeast: 10, isMany: (refused: number, all: number) => refused > 0.5 * all },
} as const;

/** Subjects whose refusals may pause an edition. */
export type PausingSubject = keyof typeof pauseRules;

/** Of refusals with these subjects an edition has so many. */
export type RefusalCounts = Readonly<Partial<Record<RejectionSubject, number>>>;

/** From so many soft bounces on, when they are more than half of what was answered, an edition was refused alike. */
export const refusedAlike = { atLeast: 3, moreThan: 0.5 } as const;

/** More unknown addresses than this at one domain within a day are the domain's mistake. Large hosts have refused living addresses so. */
export const doubtedDomain = { moreThan: 10, withinHours: 24 } as const;

/** The subject that pauses an edition with so many deliveries; undefined where it may go on. */
export function subjectThatPauses(counts: RefusalCounts, deliveryCount: number): PausingSubject | undefined {
  return (Object.keys(pauseRules) as PausingSubject[]).find((subject) => {
    const refused = counts[subject] ?? 0;
    return refused >= pauseRules[subject].atLeast && pauseRules[subject].isMany(refused, deliveryCount);
  });
}

const whatRefused: Readonly<Record<PausingSubject, string>> = {
  policy: 'were refused as unwanted, which speaks of the sender or of the digest and not of the readers',
  message: 'were refused because of the message itself, such as its size',
  address: 'have addresses that do not exist any more: this looks like an old list',
  mailbox: "were refused because of a full mailbox, more than half of all: it is hardly the readers' own",
  unclear: "were refused in words that say nothing of their readers, more than half of all: something of ours or of the relay's is refused",
};

/** Why an edition paused itself, for staff. */
export function pauseReason(subject: PausingSubject, refusedCount: number): string {
  return `${refusedCount} of its deliveries ${whatRefused[subject]}`;
}

/** Why an edition paused itself over one domain, for staff. */
export function doubtReason(domain: string, refusedCount: number): string {
  return `${domain} said of ${refusedCount} addresses in a day that they do not exist, which is more likely its mistake: they are not suppressed for it, and what they missed comes with the next edition`;
}

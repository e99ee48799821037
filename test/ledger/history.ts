/*
 * Random histories: a list of steps whose numbers pick whom and what. The same histories are played on the model and on Postgres.
 */
import fc from 'fast-check';

export const operations = [
  'release',
  'retract',
  'undo_retraction',
  'correct',
  'revise',
  'take_back_correction',
  'gain_topic',
  'lose_topic',
  'apply_offers',
  'subscribe',
  'change_topics',
  'change_schedule',
  'pause',
  'resume',
  'leave',
  'take_back_leaving',
  'rejoin',
  'erase',
  'come_back',
  'suppress',
  'lift',
  'compose',
  'leave_out',
  'approve',
  'freeze_chunk',
  'freeze',
  'kill_freeze',
  'skip',
  'cancel',
  'pause_edition',
  'resume_edition',
  'claim',
  'accepted',
  'deferred',
  'rejected',
  'policy',
  'take_back',
  'lost',
  'expired',
  'kill_worker',
  'resend',
  'sweep',
  'later',
] as const;

export type Operation = (typeof operations)[number];

/** One step: what, and three numbers that pick whom and with what. */
export interface Step {
  readonly operation: Operation;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** What drives every history forward, the frequent ones more than once. */
const driving: readonly Operation[] = [
  'release',
  'release',
  'compose',
  'compose',
  'approve',
  'approve',
  'freeze',
  'freeze',
  'claim',
  'claim',
  'accepted',
];

/** What decides single cases. Each history has a few of these, so that rare combinations come often enough to be met. */
const deciding = operations.filter((operation) => !driving.includes(operation));

/** Histories of a length; `focus` are deciding operations that each of them has. */
export function histories(length: { minLength: number; maxLength: number }, focus: readonly Operation[] = []): fc.Arbitrary<Step[]> {
  const number = fc.nat({ max: 999 });
  const steps = fc.array(fc.tuple(number, number, number, number), { ...length, size: 'max' });
  return fc.tuple(fc.subarray([...deciding], { minLength: 1, maxLength: focus.length > 0 ? 3 : 9 }), steps).map(([chosen, drawn]) => {
    // Whatever else a history holds, it moves forward about as often as not.
    const open = [...driving, ...focus, ...chosen, ...chosen.slice(0, 4)];
    return drawn.map(([n, a, b, c]) => ({ operation: open[n % open.length] ?? 'release', a, b, c }));
  });
}

/** The element that a number picks. */
export function pick<T>(from: readonly T[], number: number): T | undefined {
  return from[number % Math.max(1, from.length)];
}

/** A non-empty set of topics, or null for all: 0 to 7. */
export function pickTopics(topics: readonly string[], number: number): string[] | null {
  const mask = number % 8;
  return mask === 0 ? null : topics.filter((_, i) => (mask & (1 << i)) !== 0);
}

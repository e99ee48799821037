import type { PublicEditionBefore, PublicNothingDue, PublicPlan } from '../src/editions/by-hand/public-plan.ts';
import type { HandDecision } from '../src/editions/by-hand/send-by-hand.ts';
import { countOf } from '../src/kernel/count-of.ts';
import type { PublicSchedule } from '../src/newsletters/public-schedule.ts';
import { titleLine } from './command.ts';

/** What kept an edition from going though somebody said yes. */
export type NotApproved = Exclude<HandDecision, { readonly kind: 'approved' }>;

/** Why an edition was not approved, for people: the rest of a sentence. */
export function wordNotApproved(decision: NotApproved): string {
  if (decision.kind === 'busy') return 'another edition of this newsletter is still being frozen';
  if (decision.kind === 'changed') return 'somebody edited it after it was shown here';
  if (!decision.replacedBy) return `it is ${decision.state} now${decision.reason === undefined ? '' : `: ${decision.reason}`}`;
  const { editionId, state, approvedBy } = decision.replacedBy;
  const how = approvedBy === null ? `is ${state}` : `was approved by ${approvedBy} and is ${state}`;
  return `edition ${editionId} was composed after it, took its place and ${how} now. "gazette editions show ${editionId}" shows it.`;
}

/** What a send would do, for people. */
export function wordPlan({ subject, recipients, digests, posts, corrections, before }: PublicPlan): string[] {
  return [
    `Subject:   ${subject}`,
    `Audience:  ${countOf(recipients, 'recipient')}, ${countOf(digests, 'digest')}`,
    `Posts:     ${posts.length} in the digest that most get`,
    ...posts.map((title) => `           - ${titleLine(title)}`),
    ...corrections.map((title) => `           - corrected: ${titleLine(title)}`),
    ...before.map((each) => `Before it: ${describeBefore(each)}`),
  ];
}

/** Why nothing goes on a schedule, and what is still open all the same, for people. */
export function wordNothingDue({ waiting, before, unserved }: PublicNothingDue, schedule: PublicSchedule): string[] {
  const isEverybody = unserved.suppressed === 0 && unserved.doubtful.length === 0 && unserved.refused.length === 0;
  const why =
    waiting > 0
      ? `Posts are coming for ${countOf(waiting, 'subscriber')}, but fewer than the minimum of ${schedule.minimum}`
      : `${isEverybody ? 'everybody' : 'everybody else'} has everything that was released for them`;
  const but = before.length > 0 && waiting === 0 ? ', or it is on its way' : '';
  return [
    `Nothing is due in "${schedule.newsletter}", schedule "${schedule.name}": ${why}${but}.`,
    ...before.map((each) => `On its way: ${describeBefore(each)}.`),
    ...describeUnserved(unserved, schedule.newsletter),
  ];
}

function describeBefore({ edition, state, queued, sending, takenOver }: PublicEditionBefore): string {
  if (state === 'approved') return `edition ${edition} is being frozen; what it takes up is not part of this plan any more once it is`;
  const rest = queued - takenOver;
  const how = state === 'sending' ? '' : `, which is ${state}`;
  const left =
    rest > 0
      ? `${takenOver > 0 ? `${rest} ${rest === 1 ? 'stays' : 'stay'}` : rest === 1 ? 'it stays' : 'they stay'} with edition ${edition}${how}`
      : '';
  const taken =
    takenOver === 0
      ? ''
      : takenOver === queued
        ? `these readers' posts go with this one unless they are sent before`
        : `the posts of ${countOf(takenOver, 'reader')} go with this one unless they are sent before`;
  const flying = sending > 0 ? ` and ${sending} being sent` : '';
  const what = [taken, left].filter(Boolean).join(', ');
  return `edition ${edition} still has ${queued} queued${flying}${what === '' ? '' : `; ${what}`}`;
}

/** Whom nothing is due for although they have not got everything, a line for each kind, with the command that shows them. */
function describeUnserved({ suppressed, doubtful, refused }: PublicNothingDue['unserved'], slug: string): string[] {
  return [
    ...(suppressed > 0
      ? [
          `Not served: ${countOf(suppressed, 'active reader')} whose address is suppressed; "gazette subscribers list --newsletter ${slug} --state suppressed" shows who and why, of all its schedules.`,
        ]
      : []),
    ...doubtful.map(
      ({ edition, inDoubt, isCancelled }) =>
        `In doubt: ${countOf(inDoubt, 'reader')} may have edition ${edition} or not; "gazette deliveries ${edition} --state in_doubt" shows them, ${isCancelled ? 'it was cancelled and is not sent again' : `"gazette deliveries resend ${edition} --in-doubt" sends it again`}.`,
    ),
    ...refused.map(
      ({ edition, refused: count }) =>
        `Refused: ${countOf(count, 'reader')} ${count === 1 ? 'was' : 'were'} refused edition ${edition} after a first attempt that may have arrived, so its posts are not sent again by themselves; "gazette deliveries ${edition} --state rejected" shows who.`,
    ),
  ];
}

import type { Queryable } from '../src/db/db.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { loadDigestModel, type DigestSubject } from '../src/editions/digests/render-releases.ts';
import { titleLine } from './command.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { deliveryCounts } from '../src/ledger/queue/delivery-report-store.ts';
import type { EditionPlan } from '../src/ledger/drafts/plan-edition.ts';
import type { Unserved } from '../src/ledger/queue/unserved-store.ts';
import { findEditionsOfRenditions, listUnfinishedEditions, type UnfinishedEdition } from '../src/ledger/unfinished-edition-store.ts';

/** An edition before this one that still has something to do, and what this one takes over of it. */
export interface EditionBefore {
  readonly edition: string;
  readonly state: UnfinishedEdition['state'];
  readonly queued: number;
  readonly sending: number;
  /** How many of the queued end, and their posts travel in the new edition, if they are not sent before. */
  readonly takenOver: number;
}

/** What is open in a newsletter before a plan is carried out. */
export async function listEditionsBefore(
  db: Queryable,
  newsletterId: string,
  plan: Pick<EditionPlan, 'takenOver'>,
): Promise<EditionBefore[]> {
  const editionOf = await findEditionsOfRenditions(db, [...plan.takenOver.keys()]);
  const takenOver = new Map<string, number>();
  for (const [renditionId, count] of plan.takenOver) {
    const editionId = editionOf.get(renditionId) ?? '';
    takenOver.set(editionId, (takenOver.get(editionId) ?? 0) + count);
  }
  const before: EditionBefore[] = [];
  for (const { id, state } of await listUnfinishedEditions(db, newsletterId)) {
    if (state === 'held') continue;
    const { queued, sending } = await deliveryCounts(db, id);
    // Nothing of it is left to say anything about.
    if (state !== 'approved' && queued + sending === 0) continue;
    before.push({ edition: id, state, queued, sending, takenOver: takenOver.get(id) ?? 0 });
  }
  return before;
}

/** The same for people, a line for each. */
export function describeBefore({ edition, state, queued, sending, takenOver }: EditionBefore): string {
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
export function describeUnserved({ suppressed, doubtful, refused }: Unserved, slug: string): string[] {
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

/** A plan in lines for people and in facts for programs. */
export async function describePlan(
  ports: EditionPorts,
  subject: DigestSubject,
  plan: EditionPlan,
): Promise<{ lines: string[]; facts: object }> {
  const largest = plan.groups[0]!;
  const model = await loadDigestModel(ports, subject, largest.releases, largest.language);
  const rendered = await ports.renderer.render(model);
  const titles = [...model.posts, ...model.alsoPublished].map((post) => post.title);
  const before = await listEditionsBefore(ports.database, subject.newsletter.id, plan);
  return {
    lines: [
      `Subject:   ${rendered.subject}`,
      `Audience:  ${countOf(plan.recipientCount, 'recipient')}, ${countOf(plan.groups.length, 'digest')}`,
      `Posts:     ${titles.length} in the digest that most get`,
      ...titles.map((title) => `           - ${titleLine(title)}`),
      ...before.map((each) => `Before it: ${describeBefore(each)}`),
    ],
    facts: { subject: rendered.subject, recipients: plan.recipientCount, digests: plan.groups.length, posts: titles, before },
  };
}

import type { Queryable } from '../../db/db.ts';
import { faultText } from '../../ledger/drafts/edition.ts';
import { planEdition, type EditionPlan } from '../../ledger/drafts/plan-edition.ts';
import { deliveryCounts } from '../../ledger/queue/delivery-report-store.ts';
import { findUnserved } from '../../ledger/queue/unserved-store.ts';
import { findEditionsOfRenditions, listUnfinishedEditions } from '../../ledger/unfinished-edition-store.ts';
import { loadChosenSchedule, type ScheduleChoice } from '../../newsletters/list-schedules.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import { loadDigestModel, renderChecked, subjectOfPlan, type DigestSubject } from '../digests/render-releases.ts';
import type { EditionPorts } from '../edition-ports.ts';
import type { PublicDryRun, PublicEditionBefore, PublicNothingDue, PublicPlan } from './public-plan.ts';

/** What a send would do now, with what the gates would say of every digest. Nothing is stored. @throws NotFoundError */
export async function planSend(ports: EditionPorts, choice: ScheduleChoice): Promise<PublicDryRun> {
  const { newsletter, schedule } = await loadChosenSchedule(ports.database, choice);
  const query = { newsletterId: newsletter.id, scheduleId: schedule.id, byHand: true, now: ports.clock() };
  const plan = await planEdition(ports.database, query);
  if (plan.groups.length === 0) return { outcome: 'nothing_due', ...(await loadNothingDue(ports.database, schedule, plan.waitingCount)) };
  const subject = subjectOfPlan(newsletter, schedule, ports.clock());
  const described = await loadPublicPlan(ports, subject, plan);
  return { outcome: 'dry_run', ...described, faults: await findFaults(ports, subject, plan) };
}

/** What the gates would say about any of the digests, each once. */
async function findFaults(ports: EditionPorts, subject: DigestSubject, plan: EditionPlan): Promise<string[]> {
  const faults = new Set<string>();
  for (const group of plan.groups) for (const fault of (await renderChecked(ports, subject, group)).failed) faults.add(faultText(fault));
  return [...faults];
}

/** A plan that has something to send. */
export async function loadPublicPlan(ports: EditionPorts, subject: DigestSubject, plan: EditionPlan): Promise<PublicPlan> {
  const largest = plan.groups[0]!;
  const model = await loadDigestModel(ports, subject, largest.releases, largest.language);
  const rendered = await ports.renderer.render(model);
  return {
    subject: rendered.subject,
    recipients: plan.recipientCount,
    digests: plan.groups.length,
    posts: [...model.posts, ...model.alsoPublished].map((post) => post.title),
    corrections: model.corrections.map((correction) => correction.title),
    before: await listEditionsBefore(ports.database, subject.newsletter.id, plan.takenOver),
  };
}

/** Why there is nothing to send on a schedule. */
export async function loadNothingDue(db: Queryable, schedule: Schedule, waitingCount: number): Promise<PublicNothingDue> {
  const { newsletterId, id } = schedule;
  const unserved = await findUnserved(db, newsletterId, id);
  return { waiting: waitingCount, before: await listEditionsBefore(db, newsletterId, new Map()), unserved };
}

/** What is open in a newsletter before a plan is carried out. */
async function listEditionsBefore(
  db: Queryable,
  newsletterId: string,
  takenOverOf: EditionPlan['takenOver'],
): Promise<PublicEditionBefore[]> {
  const editionOf = await findEditionsOfRenditions(db, [...takenOverOf.keys()]);
  const takenOver = new Map<string, number>();
  for (const [renditionId, count] of takenOverOf) {
    const editionId = editionOf.get(renditionId) ?? '';
    takenOver.set(editionId, (takenOver.get(editionId) ?? 0) + count);
  }
  const before: PublicEditionBefore[] = [];
  for (const { id, state } of await listUnfinishedEditions(db, newsletterId)) {
    if (state === 'held') continue;
    const { queued, sending } = await deliveryCounts(db, id);
    // Nothing of it is left to say anything about.
    if (state !== 'approved' && queued + sending === 0) continue;
    before.push({ edition: id, state, queued, sending, takenOver: takenOver.get(id) ?? 0 });
  }
  return before;
}

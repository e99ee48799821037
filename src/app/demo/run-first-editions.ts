import { setTimeout as delay } from 'node:timers/promises';
import { approveByHand, composeByHand } from '../../editions/by-hand/send-by-hand.ts';
import type { EditionPorts } from '../../editions/edition-ports.ts';
import { deliveryCounts } from '../../ledger/queue/delivery-report-store.ts';
import { findEdition, listEditions } from '../../ledger/drafts/edition-store.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import { listSchedules } from '../../newsletters/schedule-store.ts';

/** What the first start of the demo sent; empty on later starts. */
export type FirstEditions = readonly {
  readonly id: string;
  readonly schedule: string;
  readonly subject: string;
  readonly acceptedCount: number;
  readonly recipientCount: number;
}[];

const patienceMs = 30_000;
const pollMs = 50;

/**
 * Sends the sample newsletter once on each of its schedules, as `gazette send` would. A schedule that ever had an approved edition is passed over:
 * later starts send nothing, and a first start that was killed half-way goes on where it stopped.
 */
export async function runFirstEditions(ports: EditionPorts): Promise<FirstEditions> {
  const newsletter = (await listNewsletters(ports.database)).find((each) => each.isSample);
  if (!newsletter) return [];
  const sent = [];
  for (const schedule of await listSchedules(ports.database, newsletter.id)) {
    const before = await listEditions(ports.database, { scheduleId: schedule.id });
    if (before.some((edition) => edition.approvedAt !== null)) continue;
    const composed = await composeByHand(ports, schedule);
    if (composed.kind !== 'ready') continue;
    const decision = await approveByHand(ports, composed.draft, 'first start', delay);
    if (decision.kind !== 'approved') continue;
    sent.push({
      id: composed.editionId,
      schedule: schedule.name,
      subject: composed.draft.subject,
      recipientCount: composed.draft.plan.recipientCount,
    });
  }
  const deadline = Date.now() + patienceMs;
  const isEnded = async (id: string): Promise<boolean> => (await findEdition(ports.database, id))?.endedAt !== null;
  for (const edition of sent) while (!(await isEnded(edition.id)) && Date.now() < deadline) await delay(pollMs);
  const editions = [];
  for (const edition of sent) editions.push({ ...edition, acceptedCount: (await deliveryCounts(ports.database, edition.id)).accepted });
  return editions;
}

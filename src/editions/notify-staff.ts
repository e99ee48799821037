import type { Database } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Enqueue } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';
import { getEdition } from '../ledger/edition-store.ts';
import { planDraft } from '../ledger/plan-edition.ts';
import { findRenditionOfGroup } from '../ledger/rendition-store.ts';
import { hasNotice } from '../notices/notice-store.ts';
import { queueNotice } from '../notices/queue-notice.ts';
import type { NoticeRenderer } from '../render/notice-mail.ts';
import { decisionUrl, type LinkPorts } from '../subscribers/links.ts';
import { getNewsletterById } from '../newsletters/newsletter-store.ts';
import { getScheduleById } from '../newsletters/schedule-store.ts';
import type { StaffMatter } from './edition-ports.ts';
import { insertStaffLink } from './staff-link-store.ts';

/** What telling staff needs. */
export interface NotifyPorts {
  readonly database: Database;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly notices: NoticeRenderer;
  readonly links: LinkPorts;
  /** Who is told where the newsletter names nobody. */
  readonly staffAddress: string | undefined;
}

const linkDays = 7;

/**
 * Mails staff that an edition waits for them: the digest that most readers would get (where it can be rendered), what is wrong with it, and
 * links that lead to a page where they decide. Once for each edition and matter; does nothing but log where no staff address is known.
 */
export async function notifyStaff(ports: NotifyPorts, editionId: string, matter: StaffMatter): Promise<void> {
  const { database, clock, links } = ports;
  const dedupeKey = `edition:${editionId}:${matter.kind}`;
  if (await hasNotice(database, dedupeKey)) return;
  const newsletter = await getNewsletterById(database, (await getEdition(database, editionId)).newsletterId);
  const address = newsletter.staffAddress ?? ports.staffAddress;
  if (address === undefined) {
    ports.log.warn('edition.waits_unnoticed', { editionId, matter: matter.kind });
    return;
  }
  const plan = await planDraft(database, { editionId, now: clock() });
  const schedule = await getScheduleById(database, plan.edition.scheduleId);
  const largest = plan.groups[0] ?? plan.archive;
  const digest = await findRenditionOfGroup(database, {
    editionId,
    language: largest.language,
    positions: largest.positions,
    releases: largest.releases,
  });
  const expiresAt = new Date(clock().getTime() + linkDays * 86_400_000);
  await database.transaction(async (tx) => {
    const urlOf = async (action: 'approve' | 'skip'): Promise<string> =>
      decisionUrl(links, await insertStaffLink(tx, { editionId, action, expiresAt }));
    const mail = await ports.notices.render({
      kind: 'edition_waiting',
      language: newsletter.language,
      newsletter,
      editionId,
      matter: matter.kind,
      ...(matter.kind === 'held' ? { reason: matter.reason, faults: matter.faults ?? [] } : { faults: [] }),
      repairs: digest?.repairs ?? [],
      recipientCount: plan.recipientCount,
      approveUrl: await urlOf('approve'),
      skipUrl: await urlOf('skip'),
      ...(matter.kind === 'approval' && matter.decideBy
        ? { decideBy: matter.decideBy, ...(matter.atDeadline ? { atDeadline: matter.atDeadline } : {}) }
        : {}),
      timeZone: schedule.timeZone,
      ...(digest ? { digest } : {}),
    });
    await queueNotice(tx, ports.enqueue, {
      kind: 'staff',
      newsletterId: newsletter.id,
      outlet: newsletter.isSample ? 'outbox' : 'smtp',
      from: { name: newsletter.senderName, address: newsletter.senderAddress },
      to: { address },
      ...mail,
      dedupeKey,
    });
  });
}

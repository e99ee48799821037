import type { Database, Tx } from '../db/db.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Enqueue } from '../kernel/job.ts';
import type { Log } from '../kernel/log.ts';
import { getEdition } from '../ledger/edition-store.ts';
import { planDraft } from '../ledger/plan-edition.ts';
import { findRenditionOfGroup } from '../ledger/rendition-store.ts';
import { hasNotice } from '../notices/notice-store.ts';
import { originOf, queueNotice } from '../notices/queue-notice.ts';
import type { NoticeRenderer, RenderedNotice } from '../render/notice-mail.ts';
import { decisionUrl, type LinkPorts } from '../subscribers/links.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
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

/** Mails staff about an edition; does nothing but log where no staff address is known. */
export async function notifyStaff(ports: NotifyPorts, editionId: string, matter: StaffMatter): Promise<void> {
  const newsletter = await getNewsletterById(ports.database, (await getEdition(ports.database, editionId)).newsletterId);
  const address = newsletter.staffAddress ?? ports.staffAddress;
  if (address === undefined) ports.log.warn('edition.waits_unnoticed', { editionId, matter: matter.kind });
  else if (matter.kind === 'paused') await tellPaused(ports, { editionId, newsletter, address }, matter.reason);
  else await askForDecision(ports, { editionId, newsletter, address }, matter);
}

interface Told {
  readonly editionId: string;
  readonly newsletter: Newsletter;
  readonly address: string;
}

/** Each time that it is paused: the same may happen again after it was resumed. */
async function tellPaused(ports: NotifyPorts, { editionId, newsletter, address }: Told, reason: string): Promise<void> {
  const mail = await ports.notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject: `Paused: edition ${editionId} of ${newsletter.name}`,
    paragraphs: [
      `Edition ${editionId} of ${newsletter.name} was approved and is paused now. ${reason}`,
      `When it is mended: gazette editions resume ${editionId}. To give it up: gazette editions cancel ${editionId}; its posts then come with the next edition.`,
    ],
  });
  const dedupeKey = `edition:${editionId}:paused:${ports.clock().toISOString()}`;
  await ports.database.transaction(async (tx) => queueStaffNotice(tx, ports, { newsletter, address, mail, dedupeKey }));
}

/**
 * Mails staff that an edition waits for them: the digest that most readers would get (where it can be rendered), what is wrong with it, and
 * links that lead to a page where they decide. Once for each edition and matter.
 */
async function askForDecision(ports: NotifyPorts, told: Told, matter: Exclude<StaffMatter, { kind: 'paused' }>): Promise<void> {
  const { database, clock, links } = ports;
  const { editionId, newsletter, address } = told;
  const dedupeKey = `edition:${editionId}:${matter.kind}`;
  if (await hasNotice(database, dedupeKey)) return;
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
    await queueStaffNotice(tx, ports, { newsletter, address, mail, dedupeKey });
  });
}

async function queueStaffNotice(
  tx: Tx,
  ports: NotifyPorts,
  notice: Pick<Told, 'newsletter' | 'address'> & { readonly mail: RenderedNotice; readonly dedupeKey: string },
): Promise<void> {
  const { newsletter, address, mail, dedupeKey } = notice;
  await queueNotice(tx, ports.enqueue, {
    kind: 'staff',
    ...originOf(newsletter),
    to: { address },
    ...mail,
    dedupeKey,
  });
}

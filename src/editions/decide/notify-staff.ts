import { createHash } from 'node:crypto';
import type { Database, Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { withFullStop } from '../../kernel/full-stop.ts';
import type { Enqueue } from '../../kernel/job.ts';
import type { Log } from '../../kernel/log.ts';
import { getEdition } from '../../ledger/drafts/edition-store.ts';
import { hasNotice } from '../../notices/notice-store.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import type { NoticeRenderer, RenderedNotice, StaffStep } from '../../render/mails/notice-mail.ts';
import { decisionUrl, type LinkPorts } from '../../subscribers/tokens/signed-links.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import { getScheduleById } from '../../newsletters/schedule-store.ts';
import { chooseCarrier } from './choose-carrier.ts';
import { loadDecidedPlan } from './load-decided-plan.ts';
import type { StaffMatter } from '../edition-ports.ts';
import { countExpiredMails, insertStaffLink } from './staff-link-store.ts';

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
const dayMs = 86_400_000;

/**
 * Mails staff about editions. Where no staff address is known it only logs, once for each edition and matter while the process lives: it is
 * asked each minute.
 */
export function createStaffNotifier(ports: NotifyPorts): (editionId: string, matter: StaffMatter) => Promise<void> {
  const unnoticed = new Set<string>();
  return async (editionId, matter) => {
    const { newsletterId, stateSince } = await getEdition(ports.database, editionId);
    const newsletter = await getNewsletterById(ports.database, newsletterId);
    const address = newsletter.staffAddress ?? ports.staffAddress;
    if (address === undefined) {
      const key = `${editionId} ${matter.kind}`;
      if (!unnoticed.has(key)) ports.log.warn('edition.waits_unnoticed', { editionId, matter: matter.kind });
      unnoticed.add(key);
      return;
    }
    const told = { editionId, newsletter, address, stateSince };
    if (matter.kind === 'approval' || matter.kind === 'held') await askForDecision(ports, told, matter);
    else await tellFault(ports, told, matter);
  };
}

interface Told {
  readonly editionId: string;
  readonly newsletter: Newsletter;
  readonly address: string;
  readonly stateSince: Date | null;
}

type EditionFault = Extract<StaffMatter, { kind: 'paused' | 'refused' | 'stuck' }>;

const stepsAfter = {
  paused: ['resume_edition', 'cancel_edition', 'list_deliveries'],
  refused: ['list_deliveries'],
  stuck: [],
} as const satisfies Readonly<Record<EditionFault['kind'], readonly StaffStep['kind'][]>>;

/** Of a pause each time, because the same may happen again after it was resumed; of what was refused once; of what is stuck once a day. */
async function tellFault(ports: NotifyPorts, told: Told, { kind, reason }: EditionFault): Promise<void> {
  const { editionId, newsletter, address } = told;
  const occasions: Readonly<Record<EditionFault['kind'], string>> = {
    paused: (told.stateSince ?? ports.clock()).toISOString(),
    refused: reason,
    stuck: ports.clock().toISOString().slice(0, 10),
  };
  const dedupeKey = `edition:${editionId}:${kind}:${occasions[kind]}`;
  if (await hasNotice(ports.database, dedupeKey)) return;
  const mail = await ports.notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject: { phrase: `notice.fault.${kind}Subject`, values: { edition: editionId, newsletter: newsletter.name } },
    paragraphs: [
      { phrase: `notice.fault.${kind}`, values: { edition: editionId, newsletter: newsletter.name } },
      withFullStop(reason),
      ...(kind === 'paused' ? [] : [{ phrase: `notice.fault.${kind}Next`, values: {} }]),
    ],
    steps: stepsAfter[kind].map((step) => ({ kind: step, edition: editionId })),
  });
  await ports.database.transaction(async (tx) => queueStaffNotice(tx, ports, { newsletter, address, mail, dedupeKey }));
}

/**
 * Mails staff that an edition waits for them: the digest that most readers would get (where it can be rendered), what is wrong with it, and
 * links that lead to a page where they decide. Once for each edition and matter, and again when the links have expired.
 */
async function askForDecision(ports: NotifyPorts, told: Told, matter: Extract<StaffMatter, { kind: 'approval' | 'held' }>): Promise<void> {
  const { database, clock, links } = ports;
  const { editionId, newsletter, address } = told;
  const now = clock();
  const what = matter.kind === 'held' ? `held:${createHash('sha256').update(matter.reason).digest('hex').slice(0, 16)}` : 'approval';
  const dedupeKey = `edition:${editionId}:${what}:${await countExpiredMails(database, editionId, now)}`;
  if (await hasNotice(database, dedupeKey)) return;
  const edition = await getEdition(database, editionId);
  const { rendition: digest, recipientCount, nothing } = await loadDecidedPlan(database, edition, now);
  const schedule = await getScheduleById(database, edition.scheduleId);
  const decideBy = matter.kind === 'approval' ? (matter.decideBy ?? now) : now;
  const expiresAt = new Date(Math.max(now.getTime() + linkDays * dayMs, decideBy.getTime()));
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
      recipientCount,
      nothing,
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
    ...originOf(await chooseCarrier(tx, newsletter)),
    to: { address },
    ...mail,
    dedupeKey,
  });
}

import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import type { NoticeRenderer } from '../../render/mails/notice-mail.ts';
import { parseAddress } from '../../mail/address.ts';
import { planDraft, planEdition, type EditionPlan } from '../../ledger/drafts/plan-edition.ts';
import { loadChosenSchedule, type ScheduleChoice } from '../../newsletters/list-schedules.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import { findRenditionOfGroup } from '../../ledger/drafts/rendition-store.ts';
import type { EditionPorts } from '../edition-ports.ts';
import { loadDigestModel, loadDigestSubject, subjectOfPlan, type DigestSubject } from '../digests/render-releases.ts';

/** Which digest to send to look at. */
export type TestTarget = { readonly editionId: string } | ScheduleChoice;

/**
 * Mails the digest that most readers would get to one address, marked as a test: that of a draft as it is stored, or what would go now.
 * Returns the id of the notice, undefined when nothing is due. @throws NotFoundError, InvalidInputError for an address that is none
 */
export async function sendTest(ports: EditionPorts, notices: NoticeRenderer, target: TestTarget, to: string): Promise<string | undefined> {
  const { database } = ports;
  const chosen = 'editionId' in target ? target : await loadChosenSchedule(database, target);
  const address = parseAddress(to).typed;
  const { subject, plan } = await planTest(ports, chosen);
  const group = plan.groups[0] ?? plan.archive;
  if (group.releases.length === 0) return undefined;
  const stored =
    subject.edition === null
      ? undefined
      : await findRenditionOfGroup(database, {
          editionId: subject.edition.id,
          language: group.language,
          positions: group.positions,
          releases: group.releases,
        });
  const digest = stored ?? (await ports.renderer.render(await loadDigestModel(ports, subject, group.releases, group.language)));
  const { newsletter } = subject;
  const mail = await notices.render({ kind: 'test', language: newsletter.language, newsletter, digest });
  return database.transaction((tx) =>
    queueNotice(tx, ports.enqueue, {
      kind: 'test',
      ...originOf(newsletter),
      to: { address },
      ...mail,
    }),
  );
}

async function planTest(
  { database, clock }: EditionPorts,
  chosen: { readonly editionId: string } | { readonly newsletter: Newsletter; readonly schedule: Schedule },
): Promise<{ subject: DigestSubject; plan: EditionPlan }> {
  const now = clock();
  if ('editionId' in chosen) {
    const { editionId } = chosen;
    return { subject: await loadDigestSubject(database, editionId), plan: await planDraft(database, { editionId, now }) };
  }
  const { newsletter, schedule } = chosen;
  const plan = await planEdition(database, { newsletterId: newsletter.id, scheduleId: schedule.id, now });
  return { subject: subjectOfPlan(newsletter, schedule, now), plan };
}

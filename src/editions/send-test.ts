import { originOf, queueNotice } from '../notices/queue-notice.ts';
import type { NoticeRenderer } from '../render/mails/notice-mail.ts';
import { parseAddress } from '../mail/address.ts';
import { planDraft, planEdition } from '../ledger/drafts/plan-edition.ts';
import type { Schedule } from '../newsletters/schedule.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { findRenditionOfGroup } from '../ledger/drafts/rendition-store.ts';
import type { EditionPorts } from './edition-ports.ts';
import { loadDigestModel, loadDigestSubject, type DigestSubject } from './digests/render-releases.ts';

/** Which digest to send to look at. */
export type TestTarget = { readonly editionId: string } | { readonly newsletter: Newsletter; readonly schedule: Schedule };

/**
 * Mails the digest that most readers would get to one address, marked as a test: that of a draft as it is stored, or what would go now.
 * Returns the id of the notice, undefined when nothing is due. @throws InvalidInputError for an address that is none
 */
export async function sendTest(ports: EditionPorts, notices: NoticeRenderer, target: TestTarget, to: string): Promise<string | undefined> {
  const address = parseAddress(to).typed;
  const { database, clock } = ports;
  const now = clock();
  const subject: DigestSubject =
    'editionId' in target
      ? await loadDigestSubject(database, target.editionId)
      : {
          newsletter: target.newsletter,
          timeZone: target.schedule.timeZone,
          maximum: target.schedule.maximum,
          editionDate: now,
          edition: null,
          posts: [],
        };
  const plan =
    'editionId' in target
      ? await planDraft(database, { editionId: target.editionId, now })
      : await planEdition(database, { newsletterId: target.newsletter.id, scheduleId: target.schedule.id, now });
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

import type { EditionPorts } from '../editions/edition-ports.ts';
import { notifyStaff } from '../editions/notify-staff.ts';
import { createDigestRenderer } from '../render/render-digest.ts';
import { createNoticeRenderer } from '../render/render-notice.ts';
import { publicUrlOf } from './config.ts';
import type { Store } from './open-store.ts';
import { templatesFolder } from './templates-folder.ts';

/** What composing, previewing and approving editions needs. @throws InvalidInputError when a template is broken, naming file and line. */
export async function openEditing(store: Store, publicUrl: string = publicUrlOf(store.config)): Promise<EditionPorts> {
  const notices = await createNoticeRenderer({ templatesFolder });
  const { database, queue, clock, log, config, secrets } = store;
  return {
    database,
    renderer: await createDigestRenderer({ templatesFolder }),
    publicUrl,
    enqueue: queue.enqueue,
    clock,
    log,
    catchUpHours: config.CATCH_UP_HOURS,
    notifyStaff: (editionId, matter) =>
      notifyStaff(
        {
          database,
          enqueue: queue.enqueue,
          clock,
          log,
          notices,
          links: { publicUrl, tokenKeys: secrets.tokenKeys },
          staffAddress: config.STAFF_ADDRESS,
        },
        editionId,
        matter,
      ),
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { createDeadImageFinder } from '../editions/digests/dead-images.ts';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { createStaffNotifier } from '../editions/decide/notify-staff.ts';
import { createGoneTeller } from '../editions/decide/tell-gone.ts';
import { createHoldTeller } from '../editions/decide/tell-hold.ts';
import { createOutageTeller } from '../editions/decide/tell-outage.ts';
import { createDigestRenderer } from '../render/digest/render-digest.ts';
import { createNoticeRenderer } from '../render/mails/render-notice.ts';
import { publicUrlOf } from './config.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import type { Store } from './open-store.ts';
import { templatesFolder } from '../kernel/package-root.ts';

/** What composing, previewing and approving editions needs. @throws InvalidInputError when a language file or a template of notices is broken, naming file and line. */
export async function openEditing(
  store: Store,
  reader: SourceReader,
  publicUrl: string = publicUrlOf(store.config),
): Promise<EditionPorts> {
  const notices = await createNoticeRenderer({ templatesFolder });
  const { database, queue, clock, log, config, secrets } = store;
  const renderer = await createDigestRenderer({ templatesFolder });
  for (const { name, error } of renderer.broken) log.warn('template.broken', { name, message: error.message });
  const notifyPorts = {
    database,
    enqueue: queue.enqueue,
    clock,
    log,
    notices,
    links: { publicUrl, tokenKeys: secrets.tokenKeys },
    staffAddress: config.STAFF_ADDRESS,
  };
  return {
    database,
    renderer,
    publicUrl,
    enqueue: queue.enqueue,
    clock,
    log,
    findDeadImages: createDeadImageFinder(
      (url) => reader.readStatus(url),
      Date.now,
      (ms) => delay(ms, undefined, { ref: false }),
    ),
    catchUpHours: config.CATCH_UP_HOURS,
    notifyStaff: createStaffNotifier(notifyPorts),
    tellOutage: createOutageTeller(notifyPorts),
    tellHold: createHoldTeller(notifyPorts),
    tellGone: createGoneTeller(notifyPorts),
  };
}

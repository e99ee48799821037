import { announceHold, type SendingHold } from '../../ledger/hold/sending-hold.ts';
import { findUntoldHold, markHoldTold } from '../../ledger/hold/sending-hold-store.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import { chooseCarrier } from './choose-carrier.ts';
import type { NotifyPorts } from './notify-staff.ts';
import { toldStaff } from './told-staff.ts';

/** Tells staff, each address of theirs once, that sending is held because this looks like a restored backup. */
export function createHoldTeller(ports: NotifyPorts): () => Promise<void> {
  return async () => {
    const hold = await findUntoldHold(ports.database);
    if (!hold) return;
    const newsletters = (await listNewsletters(ports.database)).filter(({ isSample }) => !isSample);
    const told = toldStaff(newsletters, ports.staffAddress);
    const mails = await Promise.all(
      [...told].map(async ([address, newsletter]) => ({ address, newsletter, mail: await renderMail(ports, newsletter, hold) })),
    );
    await ports.database.transaction(async (tx) => {
      if (!(await markHoldTold(tx, hold.id))) return;
      ports.log.error('sending.held', { holdId: hold.id, toldCount: mails.length });
      for (const { address, newsletter, mail } of mails) {
        await queueNotice(tx, ports.enqueue, {
          kind: 'staff',
          ...originOf(await chooseCarrier(tx, newsletter)),
          to: { address },
          ...mail,
          dedupeKey: `hold:${hold.id}:${newsletter.id}`,
        });
      }
    });
  };
}

async function renderMail(ports: NotifyPorts, newsletter: Newsletter, hold: SendingHold) {
  return ports.notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject: 'Sending is held: this looks like a restored backup',
    paragraphs: [
      announceHold(hold),
      'Nothing is lost, nobody is charged an attempt. Digests wait, and so do mails that were already waiting; confirmations that somebody asks for now go.',
    ],
    steps: [{ kind: 'resume_sending' }],
  });
}

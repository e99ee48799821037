import { noteDone } from './staff.ts';
import { createNoticeRenderer } from '../src/render/mails/render-notice.ts';
import { openSigner } from '../src/app/domains/open-signer.ts';
import { openMailers } from '../src/app/open-mailers.ts';
import { messageSetupOf } from '../src/app/outgoing/message-setup.ts';
import { templatesFolder } from '../src/kernel/package-root.ts';
import { sendTest } from '../src/editions/by-hand/send-test.ts';
import { deliverNotice } from '../src/notices/deliver-notice.ts';
import { chooseNewsletter } from '../src/newsletters/choose-newsletter.ts';
import type { Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withEditing } from './with-editing.ts';

/** What `gazette test-send` does. */
export const testSend: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const { database, config, secrets, log } = store;
    const setup = messageSetupOf(config, secrets, ports.publicUrl);
    // Before a notice is queued that could not leave.
    openSigner(config);
    const editionId = args.text('edition');
    const target =
      editionId === undefined
        ? { newsletter: (await chooseNewsletter(database, args.text('newsletter'))).slug, schedule: args.text('schedule') }
        : { editionId: parseId(editionId) };
    const noticeId = await sendTest(ports, await createNoticeRenderer({ templatesFolder }), target, args.positionals[0]!);
    if (noticeId === undefined) {
      context.warn('Nothing is due: there is no digest to look at.');
      return 1;
    }
    await noteDone(context, database, { notice: [noticeId] });
    const mailers = await openMailers(config, log);
    try {
      const result = await context.saying('handing the message over', () =>
        deliverNotice({ database, mailers, setup, noticeAccount: config.NOTICE_ACCOUNT, log }, noticeId),
      );
      if (result === 'not_due') context.print('A worker has taken it.');
      else context.print(result === 'sent' ? 'Sent.' : `Not sent yet: ${result.replace('_', ' ')}.`);
      return result === 'sent' || result === 'not_due' ? 0 : 1;
    } finally {
      await mailers.close();
    }
  });

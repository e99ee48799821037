import type { AccountOutage, AccountTrouble } from '../../ledger/accounts/account-outage.ts';
import { describeOutage, isToBeTold, whatStandsStill } from '../../ledger/accounts/account-outage.ts';
import { markOutageTold } from '../../ledger/accounts/account-outage-store.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import type { StaffStep } from '../../render/mails/notice-mail.ts';
import { chooseCarrier } from './choose-carrier.ts';
import type { NotifyPorts } from './notify-staff.ts';
import { toldStaff } from './told-staff.ts';

const whatComesNext: Readonly<Record<AccountTrouble, string>> = {
  unreachable: 'It goes on by itself as soon as the server answers.',
  connections: 'Gazette opens fewer connections from now on (SMTP_CONNECTIONS says how many at most) and goes on by itself.',
  login:
    'Check user and password in SMTP_URL, or with OAuth 2 what SMTP_OAUTH_CLIENT_ID and the like say. After an hour editions that are being sent pause.',
  sender:
    'Ask the provider to let the account send as this address, or send as another one. After an hour editions that are being sent with it pause.',
  rate: 'Gazette sends more slowly from now on and goes on by itself.',
  quota: 'It goes on by itself once the provider counts anew, usually on the next day.',
};

/** What goes on by itself needs nobody. */
const whatHelps: Readonly<Partial<Record<AccountTrouble, readonly StaffStep[]>>> = {
  login: [{ kind: 'retry_accounts' }, { kind: 'resume_editions' }],
  sender: [{ kind: 'set_sender' }, { kind: 'retry_accounts' }, { kind: 'resume_editions' }],
};

const whatComesOfDoubt =
  'It was said only once readers at that domain had been named, so that their own server may be what speaks, and not the account. The next message to anybody else shows which it is; no edition pauses for it.';

/**
 * Tells staff that an account was refused, once per outage, of which it is asked again and again while it is open: of one that follows a like one they
 * are told when it has outlasted the quiet time. Told is who is told of the newsletters that are sent through it. No delivery is lost or charged
 * by it, and the mail says so; what is in doubt is told as that, and once more when it is sure. Where the mail itself cannot leave it waits like all other; commands and pages say the same meanwhile.
 */
export function createOutageTeller(ports: NotifyPorts): (outage: AccountOutage) => Promise<void> {
  return async (outage) => {
    if (!isToBeTold(outage)) return;
    const newsletters = (await listNewsletters(ports.database)).filter((newsletter) => isConcerned(newsletter, outage));
    const told = toldStaff(newsletters, ports.staffAddress);
    const mails = await Promise.all(
      [...told].map(async ([address, newsletter]) => ({ address, newsletter, mail: await renderMail(ports, newsletter, outage) })),
    );
    await ports.database.transaction(async (tx) => {
      if (!(await markOutageTold(tx, outage.id))) return;
      ports.log.error('account.stands_still', { outageId: outage.id, trouble: outage.trouble, toldCount: mails.length });
      for (const { address, newsletter, mail } of mails) {
        await queueNotice(tx, ports.enqueue, {
          kind: 'staff',
          ...originOf(await chooseCarrier(tx, newsletter)),
          to: { address },
          ...mail,
          dedupeKey: `account:${outage.id}:${newsletter.id}`,
        });
      }
    });
  };
}

/** Mail of the sample never leaves the machine. */
function isConcerned(newsletter: Newsletter, { sender }: AccountOutage): boolean {
  return !newsletter.isSample && (sender === null || newsletter.senderAddress === sender);
}

async function renderMail(ports: NotifyPorts, newsletter: Newsletter, outage: AccountOutage) {
  return ports.notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject: `${whatStandsStill(outage)}: ${outage.account}`,
    paragraphs: [
      describeOutage(outage),
      `Nothing is lost, nobody is charged an attempt. ${outage.onlyAt === null ? whatComesNext[outage.trouble] : whatComesOfDoubt}`,
    ],
    steps: outage.onlyAt === null ? (whatHelps[outage.trouble] ?? []) : [],
  });
}

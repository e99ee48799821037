import { parseSmtpUrl } from '../mail/smtp/smtp-account.ts';
import { listPublicNewsletters } from '../newsletters/list-newsletters.ts';
import { listPublicSchedules } from '../newsletters/list-schedules.ts';
import { listSources } from '../sources/source-store.ts';
import { countSubscribers } from '../subscribers/listing/subscriber-list-store.ts';
import { publicUrlOf } from './config.ts';
import type { Store } from './open-store.ts';

/** What somebody who starts with settings of their own has, and lacks, before mail goes out by itself. */
export interface OwnSetup {
  /** Host and port of the server that takes the mail, never its login; undefined: all mail stays in the outbox. */
  readonly mailServer: string | undefined;
  readonly publicUrl: string;
  readonly hasPublicUrl: boolean;
  /** Those of one's own that are open. */
  readonly newsletters: readonly OwnNewsletterSetup[];
}

/** One newsletter of it. */
export interface OwnNewsletterSetup {
  readonly slug: string;
  readonly schedules: readonly { readonly name: string; readonly timeZone: string; readonly nextAt?: Date }[];
  readonly sourceCount: number;
  readonly activeCount: number;
  /** Somebody is told what waits for a decision: by its own address or by that of the installation. */
  readonly hasStaffAddress: boolean;
  /** Without one the sign-up page is closed. */
  readonly hasPrivacyNotice: boolean;
}

/** How an installation stands; undefined where it has neither a mail server nor a newsletter of its own: that is the demo. */
export async function readOwnSetup({
  database,
  config,
  clock,
}: Pick<Store, 'database' | 'config' | 'clock'>): Promise<OwnSetup | undefined> {
  const own = (await listPublicNewsletters(database)).filter(({ isSample }) => !isSample);
  if (own.length === 0 && config.SMTP_URL === undefined) return undefined;
  const schedules = await listPublicSchedules(database, undefined, clock());
  const newsletters: OwnNewsletterSetup[] = [];
  for (const { id, slug, staffAddress, privacyUrl } of own)
    newsletters.push({
      slug,
      schedules: schedules.filter(({ newsletterId }) => newsletterId === id),
      sourceCount: (await listSources(database, id)).length,
      activeCount: (await countSubscribers(database, { newsletterId: id })).active,
      hasStaffAddress: staffAddress !== null || config.STAFF_ADDRESS !== undefined,
      hasPrivacyNotice: privacyUrl !== null,
    });
  return {
    mailServer: config.SMTP_URL === undefined ? undefined : serverOf(config.SMTP_URL),
    publicUrl: publicUrlOf(config),
    hasPublicUrl: config.PUBLIC_URL !== undefined,
    newsletters,
  };
}

function serverOf(smtpUrl: string): string {
  const { host, port } = parseSmtpUrl(smtpUrl);
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

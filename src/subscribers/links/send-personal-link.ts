import type { Tx } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { lockSuppression } from '../../ledger/subscriptions/suppression-store.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import type { LinkMail, NoticeRenderer } from '../../render/mails/notice-mail.ts';
import { findLinkedSubscriber, lockLinkedSubscriber, type LinkedSubscriber } from '../subscriber-store.ts';
import { freshUrl, type LinkPorts } from '../tokens/signed-links.ts';
import { findMailedSubscription, wasMailedLink } from './link-request-store.ts';

/** What mailing somebody their link needs. */
export interface PersonalLinkPorts extends LinkPorts {
  readonly enqueue: Enqueue;
  readonly notices: NoticeRenderer;
  readonly clock: Clock;
}

/** An address of theirs that is not the one they have: a former one, or one that they want. */
export type LinkRecipient = Pick<LinkedSubscriber, 'address' | 'addressKey'>;

/** What the mail is about, and where it goes where that is not the person's own address. */
export type LinkMatter = Pick<LinkMail, 'matter' | 'url' | 'address'> & { readonly to?: LinkRecipient; readonly dedupeKey?: string };

/**
 * Mails somebody the link to their own page, good for a day: only to a person who is active somewhere (the mail comes from this newsletter where it is
 * here) and not suppressed, and at most one an hour. False where none was queued.
 */
export async function mailPersonalLink(
  tx: Tx,
  ports: PersonalLinkPorts,
  subscriberId: string,
  newsletter: Pick<Newsletter, 'id'>,
): Promise<boolean> {
  const known = await findLinkedSubscriber(tx, subscriberId);
  // The suppression first, as everybody locks them; then the person, so that two requests at once give one mail.
  if (!known || (await lockSuppression(tx, known.addressKey))) return false;
  const person = await lockLinkedSubscriber(tx, subscriberId);
  const now = ports.clock();
  if (!person || (await wasMailedLink(tx, person, now))) return false;
  const dedupeKey = `link:${person.id}:${now.toISOString()}`;
  return (
    (await queueLinkNotice(tx, ports, person, newsletter, { matter: 'link', url: freshUrl(ports, person, now), dedupeKey })) !== undefined
  );
}

/** Queues a mail to somebody who is active somewhere and gives its id; undefined where they are not. Ask before whether it may go where it goes. */
export async function queueLinkNotice(
  tx: Tx,
  ports: PersonalLinkPorts,
  person: LinkedSubscriber,
  { id: newsletterId }: Pick<Newsletter, 'id'>,
  { to, dedupeKey, ...matter }: LinkMatter,
): Promise<string | undefined> {
  const subscription = await findMailedSubscription(tx, person.id, newsletterId);
  if (!subscription) return undefined;
  const newsletter = await getNewsletterById(tx, subscription.newsletterId);
  const mail = await ports.notices.render({ kind: 'link', language: subscription.language, newsletter, ...matter });
  return queueNotice(tx, ports.enqueue, {
    kind: 'link',
    ...originOf(newsletter),
    subscriptionId: subscription.id,
    to: { ...(person.name === null || to !== undefined ? {} : { name: person.name }), address: (to ?? person).address },
    recipientKey: (to ?? person).addressKey,
    ...mail,
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
  });
}

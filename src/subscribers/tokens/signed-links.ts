import {
  addressPageUrl,
  confirmPageUrl,
  decidePageUrl,
  leftPageUrl,
  minePageUrl,
  preferencesPageUrl,
  unsubscribePageUrl,
} from '../../kernel/site-urls.ts';
import { makeToken, type KeyRing } from './token.ts';

/** What links are made from: the public origin (without a trailing slash) and the token keys. */
export interface LinkPorts {
  readonly publicUrl: string;
  readonly tokenKeys: KeyRing;
}

/** The part of a subscription that its links depend on. */
export interface LinkSubject {
  readonly subscriptionId: string;
  readonly tokenVersion: number;
}

/** What ends a subscription, on a page or in a mail. Never expires: the link in an old digest must work. */
export function unsubscribeToken({ tokenKeys }: Pick<LinkPorts, 'tokenKeys'>, { subscriptionId, tokenVersion }: LinkSubject): string {
  return makeToken(tokenKeys, { purpose: 'unsubscribe', subjectId: subscriptionId, version: String(tokenVersion) });
}

/** The page (and RFC 8058 one-click endpoint) that ends a subscription. */
export function unsubscribeUrl(ports: LinkPorts, subject: LinkSubject): string {
  return unsubscribePageUrl(ports.publicUrl, unsubscribeToken(ports, subject));
}

/** The page of what a subscription's reader receives. Never expires, and a forwarded digest carries it too: so it shows and does nothing that only they may. */
export function preferencesUrl(ports: LinkPorts, subject: LinkSubject): string {
  const token = makeToken(ports.tokenKeys, {
    purpose: 'preferences',
    subjectId: subject.subscriptionId,
    version: String(subject.tokenVersion),
  });
  return preferencesPageUrl(ports.publicUrl, token);
}

const hourMs = 3_600_000;

/** For how long a leaving can be taken back. */
export const undoMs = hourMs;

/** How long a link works that only its person gets, and that goes to nobody else's mailbox with a forwarded digest. */
const freshLinkHours = 24;

/** The page of a person's own data, for a day: it goes to their address alone. Changing that takes every older one back. */
export function freshUrl(ports: LinkPorts, person: { readonly id: string; readonly tokenVersion: number }, now: Date): string {
  const expiresAt = new Date(now.getTime() + freshLinkHours * hourMs);
  const token = makeToken(ports.tokenKeys, { purpose: 'fresh', subjectId: person.id, version: String(person.tokenVersion), expiresAt });
  return minePageUrl(ports.publicUrl, token);
}

/** The page where the owner of a new address confirms it, for a day. Its version is the id of the request. */
export function addressUrl(ports: LinkPorts, subscriberId: string, requestId: string, now: Date): string {
  const expiresAt = new Date(now.getTime() + freshLinkHours * hourMs);
  const token = makeToken(ports.tokenKeys, { purpose: 'address', subjectId: subscriberId, version: requestId, expiresAt });
  return addressPageUrl(ports.publicUrl, token);
}

/** Where one leaving can be taken back, within an hour. Its version is the id of the event that it is. */
export function undoUrl(ports: LinkPorts, subscriptionId: string, eventId: string, now: Date): string {
  const expiresAt = new Date(now.getTime() + undoMs);
  const token = makeToken(ports.tokenKeys, { purpose: 'undo', subjectId: subscriptionId, version: eventId, expiresAt });
  return leftPageUrl(ports.publicUrl, token);
}

/**
 * The page that confirms a sign-up. Its version is the id of the consent event that asked: an event that is older than the
 * person's last leaving confirms nothing any more, nor does one whose mail is older than a week, which the database knows.
 */
export function confirmUrl(ports: LinkPorts, subscriptionId: string, requestEventId: string): string {
  const token = makeToken(ports.tokenKeys, { purpose: 'confirm', subjectId: subscriptionId, version: requestEventId });
  return confirmPageUrl(ports.publicUrl, token);
}

/** The page where staff take one decision about an edition, once, before it expires. */
export function decisionUrl(
  ports: LinkPorts,
  link: { readonly id: string; readonly action: 'approve' | 'skip'; readonly expiresAt: Date },
): string {
  const token = makeToken(ports.tokenKeys, { purpose: link.action, subjectId: link.id, version: '1', expiresAt: link.expiresAt });
  return decidePageUrl(ports.publicUrl, token);
}

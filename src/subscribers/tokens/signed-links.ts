import { confirmPageUrl, decidePageUrl, unsubscribePageUrl } from '../../kernel/site-urls.ts';
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

/** The page (and RFC 8058 one-click endpoint) that ends a subscription. Never expires: the link in an old digest must work. */
export function unsubscribeUrl(ports: LinkPorts, subject: LinkSubject): string {
  const token = makeToken(ports.tokenKeys, {
    purpose: 'unsubscribe',
    subjectId: subject.subscriptionId,
    version: String(subject.tokenVersion),
  });
  return unsubscribePageUrl(ports.publicUrl, token);
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

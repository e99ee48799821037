import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a Message-ID of a delivery says. */
export interface DeliveryIds {
  readonly deliveryId: string;
  readonly editionId: string;
}

// 120 bits: enough that nobody forges the reference of a bounce, short enough for one line.
const tagLength = 24;

/**
 * The Message-ID of a delivery, with angle brackets: the same for every attempt, from the ids alone, so that no column holds it.
 * `secret` must outlive every open delivery: with another one a repeat would carry another id.
 */
export function deliveryMessageId(deliveryId: string, editionId: string, secret: Buffer, domain: string): string {
  return `<d${deliveryId}.e${editionId}.${tag(`delivery:${deliveryId}:${editionId}`, secret)}@${domain}>`;
}

/** Reads back a Message-ID of ours, as bounces and complaints quote it. Undefined where it is not ours or was tampered with. */
export function parseDeliveryMessageId(text: string, secrets: readonly Buffer[]): DeliveryIds | undefined {
  const match = /^\s*<?d([1-9]\d{0,18})\.e([1-9]\d{0,18})\.([0-9a-f]{24})@[^\s<>@]{1,253}>?\s*$/.exec(text);
  if (!match) return undefined;
  const [, deliveryId = '', editionId = '', stated = ''] = match;
  const isOurs = secrets.some((secret) => isSame(stated, tag(`delivery:${deliveryId}:${editionId}`, secret)));
  return isOurs ? { deliveryId, editionId } : undefined;
}

/**
 * The envelope sender of a delivery (VERP), to which its bounces come: from the ids alone, as its Message-ID, in lower case, since some servers write
 * local parts so.
 */
export function deliveryBounceAddress(deliveryId: string, editionId: string, secret: Buffer, domain: string): string {
  return `b-d${deliveryId}-e${editionId}-${bounceTag(deliveryId, editionId, secret)}@${domain}`;
}

/** Reads back the local part of an address to which a bounce came. Undefined where it is not ours or was tampered with. */
export function parseBounceAddress(address: string, secrets: readonly Buffer[]): DeliveryIds | undefined {
  const match = /^\s*<?b-d([1-9]\d{0,18})-e([1-9]\d{0,18})-([0-9a-f]{20})@[^\s<>@]{1,253}>?\s*$/i.exec(address);
  if (!match) return undefined;
  const [, deliveryId = '', editionId = '', stated = ''] = match;
  const isOurs = secrets.some((secret) => isSame(stated.toLowerCase(), bounceTag(deliveryId, editionId, secret)));
  return isOurs ? { deliveryId, editionId } : undefined;
}

/** The envelope sender of a notice (VERP), as a delivery's; from its id alone. */
export function noticeBounceAddress(noticeId: string, secret: Buffer, domain: string): string {
  return `b-n${noticeId}-${noticeBounceTag(noticeId, secret)}@${domain}`;
}

/** Reads back the local part of an address to which the bounce of a notice came: its id. Undefined where it is not ours or was tampered with. */
export function parseNoticeBounceAddress(address: string, secrets: readonly Buffer[]): string | undefined {
  const match = /^\s*<?b-n([1-9]\d{0,18})-([0-9a-f]{20})@[^\s<>@]{1,253}>?\s*$/i.exec(address);
  if (!match) return undefined;
  const [, noticeId = '', stated = ''] = match;
  return secrets.some((secret) => isSame(stated.toLowerCase(), noticeBounceTag(noticeId, secret))) ? noticeId : undefined;
}

/** The Message-ID of a notice, from any text that is unique to it; computed once and stored in its row. */
export function noticeMessageId(uniqueText: string, secret: Buffer, domain: string): string {
  return `<n.${createHmac('sha256', secret).update(`notice:${uniqueText}`).digest('hex').slice(0, 40)}@${domain}>`;
}

/** Shorter, so that the longest ids still make a local part of 64 octets (RFC 5321 4.5.3.1.1). */
function bounceTag(deliveryId: string, editionId: string, secret: Buffer): string {
  return tag(`bounce:${deliveryId}:${editionId}`, secret).slice(0, 20);
}

function noticeBounceTag(noticeId: string, secret: Buffer): string {
  return tag(`notice-bounce:${noticeId}`, secret).slice(0, 20);
}

function tag(text: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(`message-id:${text}`).digest('hex').slice(0, tagLength);
}

function isSame(stated: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(stated), Buffer.from(expected));
}

import { expect, test } from '@jest/globals';
import {
  deliveryBounceAddress,
  deliveryMessageId,
  noticeBounceAddress,
  noticeMessageId,
  parseBounceAddress,
  parseDeliveryMessageId,
  parseNoticeBounceAddress,
} from '../../src/mail/message-id.ts';

const secret = Buffer.from('a secret of at least 32 characters');
const older = Buffer.from('an older secret of 32 characters!!');

test('the Message-ID of a delivery is the same every time and says which it is', () => {
  const id = deliveryMessageId('42', '7', secret, 'example.org');
  expect(id).toMatch(/^<d42\.e7\.[0-9a-f]{24}@example\.org>$/);
  expect(deliveryMessageId('42', '7', secret, 'example.org')).toBe(id);
  expect(parseDeliveryMessageId(id, [secret])).toEqual({ deliveryId: '42', editionId: '7' });
  expect(parseDeliveryMessageId(` ${id.slice(1, -1)} `, [older, secret])).toEqual({ deliveryId: '42', editionId: '7' });
});

test('a Message-ID that is forged, foreign or of another secret says nothing', () => {
  const id = deliveryMessageId('42', '7', secret, 'example.org');
  for (const text of [
    id.replace('d42', 'd43'),
    id.replace('e7', 'e8'),
    id.replace(/[0-9a-f]{24}/, '0'.repeat(24)),
    '',
    '<x@y.org>',
    `${id}x`,
  ]) {
    expect(parseDeliveryMessageId(text, [secret])).toBeUndefined();
  }
  expect(parseDeliveryMessageId(id, [older])).toBeUndefined();
});

test('the Message-ID of a notice depends on its text and the secret and tells neither', () => {
  const id = noticeMessageId('confirmation:12', secret, 'example.org');
  expect(id).toMatch(/^<n\.[0-9a-f]{40}@example\.org>$/);
  expect(noticeMessageId('confirmation:12', secret, 'example.org')).toBe(id);
  expect(noticeMessageId('confirmation:13', secret, 'example.org')).not.toBe(id);
  expect(noticeMessageId('confirmation:12', older, 'example.org')).not.toBe(id);
});

test('the address for the bounces of a delivery says which it is, however a server writes it, and nobody else makes one', () => {
  const address = deliveryBounceAddress('42', '7', secret, 'bounce.example.org');
  expect(address).toMatch(/^b-d42-e7-[0-9a-f]{20}@bounce\.example\.org$/);
  for (const written of [address, `<${address}>`, address.toUpperCase()])
    expect(parseBounceAddress(written, [older, secret])).toEqual({ deliveryId: '42', editionId: '7' });
  for (const forged of [
    address.replace('d42', 'd43'),
    address.replace('e7', 'e8'),
    address.replace(/[0-9a-f]{20}/, '0'.repeat(20)),
    'x@y.org',
  ])
    expect(parseBounceAddress(forged, [secret])).toBeUndefined();
  expect(parseBounceAddress(address, [older])).toBeUndefined();
  // Nobody who knows a Message-ID knows the address.
  expect(address).not.toContain(deliveryMessageId('42', '7', secret, 'example.org').slice(8, 28));
  expect(deliveryBounceAddress('9223372036854775807', '9223372036854775807', secret, 'x').split('@')[0]!.length).toBeLessThanOrEqual(64);
});

test('the address for the bounces of a notice says which it is, is none of a delivery, and nobody else makes one', () => {
  const address = noticeBounceAddress('42', secret, 'bounce.example.org');
  expect(address).toMatch(/^b-n42-[0-9a-f]{20}@bounce\.example\.org$/);
  for (const written of [address, `<${address}>`, address.toUpperCase()])
    expect(parseNoticeBounceAddress(written, [older, secret])).toBe('42');
  for (const forged of [
    address.replace('n42', 'n43'),
    address.replace(/[0-9a-f]{20}/, '0'.repeat(20)),
    deliveryBounceAddress('42', '7', secret, 'bounce.example.org'),
    'x@y.org',
  ])
    expect(parseNoticeBounceAddress(forged, [secret])).toBeUndefined();
  expect(parseNoticeBounceAddress(address, [older])).toBeUndefined();
  expect(parseBounceAddress(address, [secret])).toBeUndefined();
  expect(noticeBounceAddress('9223372036854775807', secret, 'x').split('@')[0]!.length).toBeLessThanOrEqual(64);
});

import { expect, test } from '@jest/globals';
import { deliveryMessageId, noticeMessageId, parseDeliveryMessageId } from '../../src/mail/message-id.ts';

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

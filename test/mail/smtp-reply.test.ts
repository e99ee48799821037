import { describe, expect, test } from '@jest/globals';
import { isDeadAddress, meaningOf, parseSmtpReply, replyLine } from '../../src/mail/smtp-reply.ts';

describe('parseSmtpReply', () => {
  test.each([
    ['250 2.1.5 OK', { code: 250, enhanced: '2.1.5', text: 'OK' }],
    ['250 OK', { code: 250, text: 'OK' }],
    ['250', { code: 250, text: '' }],
    ['550-5.1.1 No such\r\n550 5.1.1 user here\r\n', { code: 550, enhanced: '5.1.1', text: 'No such user here' }],
    ['550 5.7.1', { code: 550, enhanced: '5.7.1', text: '' }],
    ['451 4.3.0\tTry again', { code: 451, enhanced: '4.3.0', text: 'Try again' }],
    ['550 \u001b[31mred\u0000', { code: 550, text: '[31mred' }],
    ['450 1.2.3.4 is listed', { code: 450, text: '1.2.3.4 is listed' }],
  ])('reads %j', (response, reply) => {
    expect(parseSmtpReply(response)).toEqual(reply);
  });

  test.each(['', 'OK', '25 OK', '2500 OK', '650 OK', 'x250 OK'])('takes %j for no reply', (response) => {
    expect(parseSmtpReply(response)).toBeUndefined();
  });

  test('cuts what a hostile server writes', () => {
    expect(parseSmtpReply(`550 ${'x'.repeat(100_000)}`)?.text).toHaveLength(500);
  });
});

describe('meaningOf', () => {
  test.each([
    ['250 2.0.0 OK', 'accepted'],
    ['354 Go ahead', 'deferred'],
    ['421 4.7.0 Later', 'deferred'],
    ['452 4.2.2 Full', 'deferred'],
    ['550 5.1.1 Unknown', 'rejected'],
    ['550 Unknown', 'rejected'],
    ['554 5.7.1 Spam', 'rejected_policy'],
    ['550 5.7.26 Unauthenticated', 'rejected_policy'],
    ['552 5.3.4 Too large', 'rejected_policy'],
    ['550 5.6.7 Not ASCII', 'rejected_policy'],
    ['552 5.2.2 Full', 'rejected'],
    // The reply code decides where a server contradicts itself.
    ['450 5.1.1 Unknown', 'deferred'],
  ])('takes %j as %s', (response, meaning) => {
    const reply = parseSmtpReply(response);
    expect(reply && meaningOf(reply)).toBe(meaning);
  });
});

test('a dead address is told from a full or a picky one', () => {
  const isDead = (response: string) => isDeadAddress(parseSmtpReply(response) ?? { code: 0, text: '' });
  expect(['550 5.1.1 Unknown', '550 5.1.10 Unknown', '550 5.2.1 Disabled', '550 5.1.2 No such host'].map(isDead)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['552 5.2.2 Full', '550 5.7.1 Spam', '550 Unknown', '450 4.1.1 Later', '550 5.1.8 Bad sender'].map(isDead)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('a reply line reads as on the wire', () => {
  expect(replyLine({ code: 550, enhanced: '5.1.1', text: 'No such user' })).toBe('550 5.1.1 No such user');
  expect(replyLine({ code: 250, text: '' })).toBe('250');
});

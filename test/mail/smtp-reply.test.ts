import { describe, expect, test } from '@jest/globals';
import { parseSmtpReply } from '../../src/mail/smtp/smtp-reply.ts';
import { replyLine } from '../../src/mail/reply-text.ts';

describe('parseSmtpReply', () => {
  test.each([
    ['250 2.1.5 OK', { code: 250, enhanced: '2.1.5', text: 'OK' }],
    ['250 OK', { code: 250, text: 'OK' }],
    ['250', { code: 250, text: '' }],
    ['550-5.1.1 No such\r\n550 5.1.1 user here\r\n', { code: 550, enhanced: '5.1.1', text: 'No such user here' }],
    ['550 5.1.1: No such user', { code: 550, enhanced: '5.1.1', text: 'No such user' }],
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

test('a reply line reads as on the wire', () => {
  expect(replyLine({ code: 550, enhanced: '5.1.1', text: 'No such user' })).toBe('550 5.1.1 No such user');
  expect(replyLine({ code: 250, text: '' })).toBe('250');
});

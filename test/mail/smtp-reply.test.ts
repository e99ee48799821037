import { describe, expect, test } from '@jest/globals';
import { parseSmtpReply, withoutAddress } from '../../src/mail/smtp/smtp-reply.ts';
import { acceptedLine, replyLine } from '../../src/mail/reply-text.ts';

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
    expect(parseSmtpReply(`550 ${'x'.repeat(100_000)}`)?.text).toHaveLength(2_000);
  });
});

test('an address is out of a reply before that is cut', () => {
  for (let before = 470; before <= 500; before += 1) {
    const reply = withoutAddress(parseSmtpReply(`550 5.1.1 ${'x'.repeat(before)} ann.long@example.org`)!, 'ann.long@example.org');
    expect(replyLine(reply)).not.toMatch(/ann|example/);
    expect(replyLine(reply).length).toBeLessThanOrEqual('550 5.1.1 '.length + 500);
  }
});

test('an address is out of a reply whose lines it is broken over', () => {
  const reply = parseSmtpReply(
    '550-5.1.1 The mailbox of ann.long@\r\n550-5.1.1 example.org, that is ann.lo\r\n550 5.1.1 ng@example.org, is none',
  )!;
  expect(withoutAddress(reply, 'ann.long@example.org').text).toBe('The mailbox of [address], that is [address], is none');
});

test('a reply line reads as on the wire', () => {
  expect(replyLine({ code: 550, enhanced: '5.1.1', text: 'No such user' })).toBe('550 5.1.1 No such user');
  expect(replyLine({ code: 250, text: '' })).toBe('250');
});

describe('of the reply that took a message', () => {
  test.each([
    ['250 2.0.0 Ok: queued as 4XyZ1b2c3d', '250 2.0.0 Ok: queued as 4XyZ1b2c3d'],
    ['250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4XyZ1b2c3d', '250 2.0.0 4XyZ1b2c3d'],
    [
      '250 Ok 0100018f3c5d7e9a-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000',
      '250 0100018f3c5d7e9a-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000',
    ],
    ['250 OK id=1tHsGy-0000000Abcd-2xYz, thank you for your message to us', '250 1tHsGy-0000000Abcd-2xYz'],
    [
      '250 2.0.0 OK  1733058259 5b1f17b1804b1-434aa74f1a5sm177983105e9.23 - gsmtp',
      '250 2.0.0 1733058259 5b1f17b1804b1-434aa74f1a5sm177983105e9.23',
    ],
    [
      '250 2.6.0 <17.42.0f1e@news.example.org> [InternalId=103959417292871, Hostname=AM0PR04MB5678.eurprd04.prod.outlook.com] 28311 bytes in 0.212, 130.220 KB/sec Queued mail for delivery',
      '250 2.6.0 InternalId=103959417292871',
    ],
    ['250 2.1.5 The mailbox of reader2024@example.org has taken this message in', '250 2.1.5 The mailbox of reader2024@example.org'],
  ])('code, status and id are kept: %j', (response, line) => {
    expect(acceptedLine(parseSmtpReply(response)!)).toBe(line);
  });

  test('never more than 128 characters, and none of them half', () => {
    expect(acceptedLine({ code: 250, text: `queued as ${'a1'.repeat(400)}` })).toHaveLength(128);
    expect(acceptedLine({ code: 250, text: `queued as ${'😀'.repeat(400)}` })).not.toMatch(/[\ud800-\udfff]/u);
  });
});

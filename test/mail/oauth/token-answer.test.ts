import { describe, expect, test } from '@jest/globals';
import { readTokenReply } from '../../../src/mail/oauth/token-answer.ts';

const askedAt = new Date('2026-03-06T08:00:00Z');
const secret = 'Xq7~hunter2.value-of-it';
const read = (status: number, answer: unknown) =>
  readTokenReply({ status, text: typeof answer === 'string' ? answer : JSON.stringify(answer) }, askedAt, [secret, '']);
const token = { access_token: 'abc', token_type: 'Bearer' };

describe('a token', () => {
  test.each<[unknown, number]>([
    [3_600, 3_540],
    ['3599', 3_539],
    [120, 60],
    // Of a short life half is used: a minute to spare would be all of it.
    [100, 50],
    [30, 15],
    // Not said, or nothing that can be meant: five minutes.
    [undefined, 240],
    [null, 240],
    [0, 240],
    [-5, 240],
    ['soon', 240],
    // For ever is a day.
    [1e300, 86_340],
  ])('that lives for %s seconds is used for %s', (lifeSeconds, seconds) => {
    expect(read(200, { ...token, expires_in: lifeSeconds })).toEqual({
      value: 'abc',
      freshUntil: new Date(askedAt.getTime() + seconds * 1_000),
    });
  });

  test('may come with the refresh token that takes the place of ours', () => {
    expect(read(200, { ...token, refresh_token: 'next' })).toMatchObject({ value: 'abc', refreshToken: 'next' });
    expect(read(200, { ...token, refresh_token: 'a\nb' })).not.toHaveProperty('refreshToken');
  });

  test.each([['Bearer'], ['bearer'], [undefined]])('of type %s is taken', (type) => {
    expect(read(200, { access_token: 'abc', token_type: type })).toMatchObject({ value: 'abc' });
  });
});

describe('what is no token says so', () => {
  test.each<[number, unknown, string, string]>([
    [200, 'no json', 'unreachable', 'token server answered without a token'],
    [200, '', 'unreachable', 'token server answered without a token'],
    [200, 'null', 'unreachable', 'token server answered without a token'],
    [200, '[1]', 'unreachable', 'token server answered without a token'],
    [200, { token_type: 'Bearer' }, 'unreachable', 'token server answered without a token'],
    [200, { access_token: '' }, 'unreachable', 'token server answered without a token'],
    [200, { access_token: 5 }, 'unreachable', 'token server answered without a token'],
    // It would end a command or a field of ours.
    [200, { access_token: 'a\r\nMAIL' }, 'unreachable', 'token server answered without a token'],
    [200, { access_token: 'a\x01b' }, 'unreachable', 'token server answered without a token'],
    [200, { access_token: 'a'.repeat(8_001) }, 'unreachable', 'token server answered without a token'],
    [204, { ...token }, 'unreachable', 'token server answered without a token'],
    [200, { ...token, token_type: 'mac' }, 'login', 'token server gave a token that is no bearer token'],
    [302, '', 'unreachable', 'token server redirects (HTTP 302): its address is another'],
    [404, '<html>', 'login', 'token server refused the login (HTTP 404)'],
    [401, {}, 'login', 'token server refused the login (HTTP 401)'],
    [429, '', 'unreachable', 'token server is out of order (HTTP 429)'],
    [503, 'away', 'unreachable', 'token server is out of order (HTTP 503)'],
    [400, { error: 'invalid_grant' }, 'login', 'token server refused the login: invalid_grant'],
    [200, { error: 'invalid_client', error_description: 7 }, 'login', 'token server refused the login: invalid_client'],
    [503, { error: 'temporarily_unavailable' }, 'unreachable', 'token server refused the login: temporarily_unavailable'],
  ])('%s %j', (status, answer, trouble, reason) => {
    expect(read(status, answer)).toEqual({ trouble, reason });
  });
});

describe('of the words of a token server', () => {
  const reasonFor = (description: string, error = 'invalid_client'): string =>
    (read(401, { error, error_description: description }) as { reason: string }).reason;

  test('one line is shown, without control characters, and no more than people read', () => {
    expect(reasonFor('AADSTS7000215: Invalid client secret provided.\r\nTrace ID: \x1B[2J7')).toBe(
      'token server refused the login: invalid_client (AADSTS7000215: Invalid client secret provided. Trace ID: [2J7)',
    );
    expect(reasonFor('word '.repeat(100_000)).length).toBeLessThan(300);
    expect(reasonFor('', 'word '.repeat(100_000)).length).toBeLessThan(300);
  });

  test.each([
    ['the secret', `secret ${secret} is wrong`],
    ['the secret within a word', `client_secret=${secret}&x`],
    ['the secret encoded', `secret ${encodeURIComponent(secret)}`],
    ['a piece of it', 'secret Xq7~hunter2… is wrong'],
    ['another token', `token ey${'J0'.repeat(30)}.${'x1'.repeat(200)}.hunter2`],
  ])('%s is not shown', (_name, description) => {
    for (const reason of [reasonFor(description), reasonFor('', description)]) {
      expect(reason).not.toMatch(/hunter2|value-of|J0J0|x1x1/);
      expect(reason).toContain('[…]');
    }
  });

  test('a secret of pieces that are too short to be told from words is not shown as a whole', () => {
    const text = JSON.stringify({ error: 'invalid_client', error_description: 'secret a1.b2!c3.d4 is wrong' });
    expect(readTokenReply({ status: 400, text }, askedAt, ['a1.b2!c3.d4'])).toEqual({
      trouble: 'login',
      reason: 'token server refused the login: invalid_client (secret […] is wrong)',
    });
  });

  test('no address is shown', () => {
    expect(reasonFor('The user ann@example.org is blocked')).toContain('The user [address] is blocked');
  });
});

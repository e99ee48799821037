import { describe, expect, test } from '@jest/globals';
import { hostWordOf, type HostWord } from '../../src/mail/accounts/host-words.ts';
import { receivingDomain } from '../../src/mail/accounts/receiving-domain.ts';
import type { SendOutcome } from '../../src/mail/message.ts';

describe('the receiving domain of an address', () => {
  test.each([
    ['gmail.com', ['ann@gmail.com', 'ann@GoogleMail.com', '"a@b"@gmail.com']],
    ['outlook.com', ['a@outlook.com', 'a@hotmail.co.uk', 'a@hotmail.fr', 'a@live.nl', 'a@msn.com', 'a@outlook.com.br']],
    ['yahoo.com', ['a@yahoo.de', 'a@yahoo.com.mx', 'a@aol.com', 'a@aol.de', 'a@ymail.com', 'a@rocketmail.com']],
    ['icloud.com', ['a@icloud.com', 'a@me.com', 'a@mac.com']],
    ['gmx.net', ['a@gmx.de', 'a@gmx.net', 'a@gmx.at', 'a@web.de']],
    ['example.org', ['a@example.org', 'b@EXAMPLE.org', 'example.org']],
    ['xn--mller-kva.example', ['a@müller.example', 'a@xn--mller-kva.example']],
  ])('%s', (group, addresses) => {
    expect(addresses.map(receivingDomain)).toEqual(addresses.map(() => group));
  });

  test.each(['yahoo.co.jp', 'outlook.example', 'mail.gmail.com', 'notgmail.com', 'live.example.com'])(
    'is its own where no list says otherwise: %s',
    (domain) => expect(receivingDomain(`a@${domain}`)).toBe(domain),
  );
});

const deferred = (subject: 'host' | 'mailbox' | 'unclear' | 'policy', line: string): SendOutcome => {
  const [, code, enhanced, text = ''] = /^(\d{3}) (?:(\d\.\d+\.\d+) )?(.*)$/.exec(line)!;
  return { kind: 'deferred', subject, reason: line, reply: { code: Number(code), ...(enhanced ? { enhanced } : {}), text } };
};
const refused = (trouble: 'rate' | 'connections' | 'unreachable' | 'login' | 'sender' | 'quota', isAfterReader = true): SendOutcome => ({
  kind: 'account',
  trouble,
  reason: 'no',
  reply: { code: 421, text: 'no' },
  isAfterReader,
});

describe('what an outcome says of the host of its reader', () => {
  test.each<[string, SendOutcome, HostWord | undefined]>([
    ['taken', { kind: 'accepted', reply: { code: 250, text: 'Ok' } }, 'answered'],
    ['unknown', { kind: 'rejected', subject: 'address', reply: { code: 550, text: 'Who' } }, 'answered'],
    ['foreseen', { kind: 'rejected', subject: 'message', reply: { code: 550, text: 'No' }, isForeseen: true }, undefined],
    ['a full mailbox', deferred('mailbox', '452 4.2.2 Full'), 'answered'],
    ['a mailbox that takes no more at once', deferred('mailbox', '450 4.2.1 Receiving mail at a rate'), 'answered'],
    ['a closed connection', deferred('host', '421 Try later'), 'limit'],
    ['a closed connection for reputation', deferred('host', '421 4.7.0 IP not in good standing'), 'limit'],
    ['a rate', deferred('host', '450 4.7.28 Unusual rate'), 'limit'],
    ['a rule about this message', deferred('policy', '451 4.7.1 Content'), 'answered'],
    ['a greylist', deferred('host', '450 4.7.1 Greylisted, come back in 5 minutes'), 'answered'],
    ['a busy host', deferred('host', '451 Server busy'), 'unreachable'],
    ['no way to it', deferred('unclear', '451 4.4.1 No answer from host'), 'unreachable'],
    ['a mail system that is down', deferred('unclear', '452 4.3.2 Not now'), 'unreachable'],
    ['something unclear', deferred('unclear', '451 Local error'), 'answered'],
    ['a rate, in words about us', refused('rate'), 'limit'],
    ['connections', refused('connections'), 'limit'],
    ['a host that is away', refused('unreachable'), 'unreachable'],
    ['a rate of the account, before the reader was named', refused('rate', false), undefined],
    ['a log-in', refused('login'), undefined],
    ['a sender', refused('sender'), undefined],
    ['a quota', refused('quota'), undefined],
    ['a lost connection', { kind: 'deferred', subject: 'host', reason: 'lost' }, undefined],
    ['a doubt', { kind: 'in_doubt', reason: 'lost' }, undefined],
    ['what was not started', { kind: 'not_started', reason: 'late' }, undefined],
  ])('%s', (_name, outcome, word) => {
    expect(hostWordOf(outcome)).toBe(word);
  });
});

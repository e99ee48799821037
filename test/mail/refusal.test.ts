import { describe, expect, test } from '@jest/globals';
import { knownReplies } from '../../src/mail/known-replies.ts';
import { refusalSubjects } from '../../src/mail/message.ts';
import { judgeRefusal, type SmtpCommand } from '../../src/mail/refusal.ts';
import { parseSmtpReply } from '../../src/mail/smtp/smtp-reply.ts';
import { account, addressAndUnclear, hostAndPolicy, messageAndMailbox, type Verdict } from './refusal-cases.ts';

const all = [...account, ...hostAndPolicy, ...messageAndMailbox, ...addressAndUnclear];

function verdictOf(command: SmtpCommand, wire: string): Verdict {
  const reply = parseSmtpReply(wire);
  if (!reply) throw new Error(`Expected a reply, got ${wire}`);
  const refusal = judgeRefusal(command, reply);
  return refusal.subject === 'account' ? `account: ${refusal.trouble}` : refusal.subject;
}

describe('a refusal', () => {
  test.each(all)('of %s by %j is %s (%s)', (command, wire, verdict) => {
    expect(verdictOf(command, wire)).toBe(verdict);
  });

  test.each(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'data'] as const)(
    'of %s never is about a reader, whatever it says',
    (command) => {
      const verdicts = all.map(([, wire]) => verdictOf(command, wire)).filter((verdict) => !verdict.startsWith('account: '));
      expect(new Set(verdicts)).toEqual(new Set(command === 'mail' ? ['message'] : []));
    },
  );

  test.each(['rcpt', 'message'] as const)('of %s by an enhanced status alone is judged by its subject, for now as for good', (command) => {
    const subjectsOf = (detail: string) => [`450 4.${detail} -`, `550 5.${detail} -`].map((wire) => verdictOf(command, wire));
    for (const detail of ['1.1', '1.2', '1.3', '1.6', '1.10', '2.1', '7.13', '7.17'])
      expect(subjectsOf(detail)).toEqual(['address', 'address']);
    for (const detail of ['1.7', '1.8', '7.60', '2.250', '2.259'])
      expect(subjectsOf(detail)).toEqual(['account: sender', 'account: sender']);
    for (const detail of ['3.4', '2.3', '6.0', '6.7', '6.11']) expect(subjectsOf(detail)).toEqual(['message', 'message']);
    for (const detail of ['7.0', '7.1', '7.26', '7.130', '7.606']) expect(subjectsOf(detail)).toEqual(['host', 'policy']);
    for (const detail of ['0.0', '1.0', '2.0', '3.0', '4.1', '5.1', '7.18', '9.9'])
      expect(subjectsOf(detail)).toEqual(['unclear', 'unclear']);
    expect(subjectsOf('2.2')).toEqual(['mailbox', 'mailbox']);
  });

  test("is not led astray by what a reader's address looks like once it is taken out", () => {
    expect(verdictOf('rcpt', '550 5.1.1 <[address]>: unknown')).toBe('address');
  });
});

describe('the known replies', () => {
  test('each name their source and what they are about', () => {
    for (const { subject, trouble, source } of knownReplies) {
      expect(refusalSubjects).toContain(subject);
      expect(source).toMatch(/^https?:\/\//);
      expect(subject !== 'account' || trouble !== undefined).toBe(true);
    }
  });

  test('are each met by a reply of the table or by one of their own words', () => {
    const texts = all.map(
      ([, wire]) =>
        parseSmtpReply(wire)
          ?.text.normalize('NFKD')
          .replaceAll(/\p{M}/gu, '')
          .replace(/#[45]\.\d+\.\d+ /, '') ?? '',
    );
    const unmet = knownReplies.filter(({ pattern }) => !texts.some((text) => pattern.test(text))).map(({ pattern }) => pattern.source);
    expect(unmet).toEqual([]);
  });
});

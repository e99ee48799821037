import { expect, test } from '@jest/globals';
import { probeTimeouts, smtpTimeouts } from '../../src/mail/smtp/smtp-timeouts.ts';

test('the times are those of the standard, all by one factor', () => {
  expect(smtpTimeouts()).toEqual({
    connectMs: 30_000,
    greetingMs: 300_000,
    tokenMs: 30_000,
    mailMs: 300_000,
    dataMs: 120_000,
    blockMs: 180_000,
    messageMs: 600_000,
  });
  expect(smtpTimeouts(0.01)).toMatchObject({ connectMs: 300, greetingMs: 3_000, messageMs: 6_000 });
  expect(smtpTimeouts(10)).toMatchObject({ connectMs: 300_000, messageMs: 6_000_000 });
});

test('for somebody who waits they end at 10 seconds, which a factor above 1 stretches: what is to be slow is not called away', () => {
  expect(new Set(Object.values(probeTimeouts()))).toEqual(new Set([10_000]));
  expect(new Set(Object.values(probeTimeouts(3)))).toEqual(new Set([30_000]));
  expect(probeTimeouts(0.01)).toEqual(smtpTimeouts(0.01));
  expect(probeTimeouts(0.1)).toMatchObject({ connectMs: 3_000, greetingMs: 10_000 });
});

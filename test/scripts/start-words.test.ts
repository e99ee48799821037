import { expect, test } from '@jest/globals';
import type { OwnSetup, OwnNewsletterSetup } from '../../src/app/own-setup.ts';
import { readArguments } from '../../scripts/command.ts';
import { findCommand } from '../../scripts/help.ts';
import { wordOwnSetup } from '../../scripts/start-words.ts';

const weekly: OwnNewsletterSetup = {
  slug: 'weekly',
  schedules: [{ name: 'fridays', timeZone: 'Europe/Madrid', nextAt: new Date('2026-05-01T06:00:00Z') }],
  sourceCount: 1,
  activeCount: 300,
  hasStaffAddress: true,
  hasPrivacyNotice: true,
};
const whole: OwnSetup = {
  mailServer: 'mail.example.org:587',
  publicUrl: 'https://news.example.org',
  hasPublicUrl: true,
  newsletters: [weekly],
};
const withWeekly = (changes: Partial<OwnNewsletterSetup>): OwnSetup => ({ ...whole, newsletters: [{ ...weekly, ...changes }] });

test('a start with nothing missing names the mail server and the next slot in its own zone, and no more', () => {
  expect(wordOwnSetup(whole)).toEqual([
    '',
    'Your settings:',
    '  Mail server    mail.example.org:587',
    '  Next "weekly"  Fri 2026-05-01 08:00 Europe/Madrid (fridays)',
  ]);
});

test.each<[string, OwnSetup, RegExp]>([
  ['a mail server', { ...whole, mailServer: undefined }, /^ {2}SMTP_URL: nobody outside gets mail\. Set it in \.env/],
  ['an address of its own', { ...whole, hasPublicUrl: false, publicUrl: 'http://localhost:8080' }, /PUBLIC_URL: .*http:\/\/localhost:8080/],
  ['a newsletter', { ...whole, newsletters: [] }, /A newsletter of your own: "gazette newsletters add"/],
  ['a schedule', withWeekly({ schedules: [] }), /"gazette schedules add weekly --every friday --at 08:00 --zone <zone>"/],
  ['a source', withWeekly({ sourceCount: 0 }), /"gazette sources add <url> --newsletter weekly"/],
  ['a subscriber', withWeekly({ activeCount: 0 }), /"gazette subscribers import <file> --newsletter weekly"/],
  ['a privacy notice', withWeekly({ hasPrivacyNotice: false }), /sign-up page is closed: "gazette newsletters set weekly --privacy <url>"/],
  ['an address of staff', withWeekly({ hasStaffAddress: false }), /STAFF_ADDRESS: nobody is mailed when "weekly" waits/],
])('a start that lacks %s says so in one line, with the remedy', (_what, setup, line) => {
  const lines = wordOwnSetup(setup);
  const missing = lines.slice(lines.indexOf('Still missing:') + 1);
  expect(missing).toEqual([expect.stringMatching(line)]);
  // What it says to type is a command with options that it has.
  for (const [, words = ''] of missing.join('').matchAll(/"gazette ([^"]+)"/g)) {
    const [first = '', second = '', ...rest] = words.split(' ');
    const command = findCommand(first, second)!;
    expect(command.name).toBe(`${first} ${second}`);
    if (rest.length > 0) readArguments(command, rest);
  }
});

test('a schedule that never comes due says never; of very many newsletters the first are named', () => {
  const never = wordOwnSetup(withWeekly({ schedules: [{ name: 'once', timeZone: 'UTC' }] }));
  expect(never.join('\n')).toContain('never (once)');
  const many = wordOwnSetup({ ...whole, newsletters: Array.from({ length: 200 }, (_, index) => ({ ...weekly, slug: `n${index}` })) });
  expect(many.length).toBeLessThan(20);
  expect(many.join('\n')).toContain('… and 190 more');
});

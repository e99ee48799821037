import type { OwnSetup, OwnNewsletterSetup } from '../src/app/own-setup.ts';
import { pairs } from './command.ts';
import { momentIn } from './dates.ts';

/** The start names so many newsletters; "gazette doctor" and the lists name all. */
const shownNewsletters = 10;

/** Where the mail goes, when each newsletter comes due next, and what is missing, with what to do about it. */
export function wordOwnSetup(setup: OwnSetup): string[] {
  const shown = setup.newsletters.slice(0, shownNewsletters);
  const rest = setup.newsletters.length - shown.length;
  const missing = missingIn({ ...setup, newsletters: shown });
  return [
    '',
    'Your settings:',
    ...pairs([
      ['Mail server', setup.mailServer ?? 'none: all mail stays in the outbox here'],
      ...shown.flatMap(({ slug, schedules }) =>
        schedules.map(({ name, nextAt, timeZone }): [string, string] => [
          `Next "${slug}"`,
          `${nextAt === undefined ? 'never' : momentIn(nextAt, timeZone)} (${name})`,
        ]),
      ),
      ...(rest > 0 ? [['', `… and ${rest} more: "gazette schedules list"`] as const] : []),
    ]),
    ...(missing.length === 0 ? [] : ['', 'Still missing:', ...missing.map((line) => `  ${line}`)]),
  ];
}

function missingIn({ mailServer, publicUrl, hasPublicUrl, newsletters }: OwnSetup): string[] {
  return [
    ...(mailServer === undefined ? ['SMTP_URL: nobody outside gets mail. Set it in .env and start again.'] : []),
    ...(hasPublicUrl
      ? []
      : [`PUBLIC_URL: links in mail lead to ${publicUrl}, which only this machine reaches. Set it in .env and start again.`]),
    ...(newsletters.length === 0 ? ['A newsletter of your own: "gazette newsletters add".'] : newsletters.flatMap(missingOf)),
    ...staffMissing(newsletters),
  ];
}

function missingOf({ slug, schedules, sourceCount, activeCount, hasPrivacyNotice }: OwnNewsletterSetup): string[] {
  const of = `--newsletter ${slug}`;
  return [
    ...(schedules.length === 0
      ? [`"${slug}" has no schedule, so nothing goes by itself: "gazette schedules add ${slug} --every friday --at 08:00 --zone <zone>".`]
      : []),
    ...(sourceCount === 0 ? [`"${slug}" has no source, so no post comes: "gazette sources add <url> ${of}".`] : []),
    ...(activeCount === 0
      ? [`"${slug}" has no active subscriber: "gazette subscribers add <address> ${of}" or "gazette subscribers import <file> ${of}".`]
      : []),
    ...(hasPrivacyNotice
      ? []
      : [`"${slug}" has no privacy notice, so its sign-up page is closed: "gazette newsletters set ${slug} --privacy <url>".`]),
  ];
}

/** One line for all: the remedy is the same. */
function staffMissing(newsletters: readonly OwnNewsletterSetup[]): string[] {
  const untold = newsletters.filter(({ hasStaffAddress }) => !hasStaffAddress).map(({ slug }) => `"${slug}"`);
  if (untold.length === 0) return [];
  return [`STAFF_ADDRESS: nobody is mailed when ${untold.join(', ')} waits for a decision or stops. Set it in .env and start again.`];
}

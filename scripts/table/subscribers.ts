import type { Command } from '../command.ts';
import { languageHelp } from './languages.ts';
import { limitOption, listLimits } from './list-limits.ts';

/** `gazette subscribers add`. */
export const subscribersAdd: Command = {
  name: 'subscribers add',
  changes: true,
  summary: 'Add a subscriber: pending with a confirmation mail, or active when they confirmed elsewhere.',
  positionals: '<address>',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    schedule: { value: 'schedule', help: 'Which schedule, where there are several.' },
    name: { value: 'text', help: 'Name of the person.' },
    topic: { value: 'topic', help: 'A topic to follow.', multiple: true, default: 'all topics' },
    language: { value: 'tag', help: 'Language of dates and fixed phrases.', default: 'that of the newsletter' },
    text: { help: 'Messages without html.' },
    hour: { value: '0-23', help: "Send at this hour of the reader's day, with --zone." },
    zone: { value: 'zone', help: "The reader's time zone." },
    confirmed: { help: 'The person has agreed already: active at once, no confirmation mail. Needs --source.' },
    source: { value: 'how', help: 'How they agreed, for the consent log, such as "paper form, May 2026". No address.' },
  },
  examples: [
    'subscribers add ann@example.org --newsletter weekly',
    'subscribers add ann@example.org --newsletter weekly --confirmed --source "paper form, open day 2026" --topic leadership-development',
  ],
  exitCodes:
    '1 when the person was not added; the output says why. An address that bounced more than 30 days ago is asked once, and only their own confirmation brings them back.',
  run: async (...given) => (await import('../subscribers-add.ts')).subscribersAdd(...given),
};

/** `gazette subscribers import`. */
export const subscribersImport: Command = {
  name: 'subscribers import',
  summary: 'Take over readers from a file: an export of another tool, or a spreadsheet as CSV. Shows what would happen and asks.',
  positionals: '<file>',
  changes: true,
  options: {
    newsletter: {
      value: 'newsletter',
      help: 'Which newsletter, where there are several. An export of ours needs none: each row goes into its own, and suppressions hold for all.',
    },
    consent: {
      group: 'Whether they agreed',
      value: 'text',
      help: 'When and how these people agreed, for the consent log, without any address; not needed where the file has times of consent.',
    },
    ask: {
      group: 'Whether they agreed',
      help: 'These people did not agree: send each a confirmation, ten a minute. Unlawful in many countries.',
    },
    as: { group: 'Whether they agreed', value: 'what', help: 'left or suppressed: says it of everybody in the file.' },
    schedule: { group: 'What they get', value: 'schedule', help: 'For rows that say none, where there are several.' },
    topic: {
      group: 'What they get',
      value: 'topic',
      help: 'For rows that say none: a topic to follow.',
      multiple: true,
      default: 'all topics',
    },
    language: {
      group: 'What they get',
      value: 'tag',
      help: 'For rows that say none: language of dates and fixed phrases.',
      default: 'that of the newsletter',
    },
    map: {
      group: 'The file',
      value: 'label=topic',
      help: 'A tag, label or group of the file that is a topic here; equal names need none.',
      multiple: true,
    },
    column: {
      group: 'The file',
      value: 'field=column',
      help: 'Which column is what, such as email="Adresse"; kept for the next file of the kind.',
      multiple: true,
    },
    encoding: { group: 'The file', value: 'name', help: 'Such as windows-1252, where it is not found out.' },
    separator: { group: 'The file', value: 'character', help: 'What parts the columns, where it is not found out.' },
    'no-header': { group: 'The file', help: 'The first row is a person already.' },
    starts: {
      group: 'What they get',
      value: 'now',
      help: 'Begin at the last release.',
      default: 'what was released since the last edition reaches them',
    },
    had: {
      group: 'What they get',
      value: 'feed|file',
      help: 'What the other tool has sent them already: a feed, or a file of links, one a line.',
    },
    errors: {
      group: 'The file',
      value: 'file',
      help: 'Where refused rows go, with the reasons.',
      default: 'beside the file, <name>-errors.csv',
    },
    'dry-run': { help: 'Say what would happen and write nothing.' },
    yes: { help: 'Do not ask.' },
    json: { help: 'One JSON document.' },
  },
  examples: [
    'subscribers import people.csv --dry-run',
    'subscribers import people.csv --consent "sign-up form of our site, 2019 to 2026"',
    'subscribers import unsubscribed.csv --as left --yes',
    'subscribers import people.csv --consent "paper list, fair 2026" --map "Editors=editors" --had https://example.org/feed/',
  ],
  exitCodes:
    '1 when nothing was imported although there was something to: nobody said how people agreed, or nobody agreed to the import. Rows that are refused change nothing of that.',
  run: async (...given) => (await import('../subscribers-import.ts')).subscribersImport(...given),
};

/** `gazette subscribers export`. */
export const subscribersExport: Command = {
  name: 'subscribers export',
  summary: 'Export subscribers with consent and choices as CSV for a spreadsheet. What comes out goes in again by "subscribers import".',
  options: {
    newsletter: { value: 'newsletter', help: 'Only of this newsletter.', default: 'all' },
    schedule: { value: 'schedule', help: 'Only of this schedule, with --newsletter where there are several.' },
    state: { value: 'state', help: 'pending, active or left; or suppressed, whatever the state.' },
    topic: { value: 'topic', help: 'Only who follows it, also by following all.' },
    suppressed: { help: 'Only whose address is suppressed.' },
    out: { value: 'file', help: 'A file to write, readable by you alone.', default: 'the standard output' },
    json: { help: 'One JSON document instead of CSV.' },
  },
  examples: ['subscribers export --out people.csv', 'subscribers export --newsletter weekly --state active --json'],
  run: async (...given) => (await import('../subscribers-export.ts')).subscribersExport(...given),
};

/** `gazette suppressions export`. */
export const suppressionsExport: Command = {
  name: 'suppressions export',
  summary: 'Export the addresses that are never mailed, with reason and since when. "subscribers import" takes them again.',
  options: {
    keys: { help: 'Also those of addresses that nobody here has, as keyed hashes: they mean something where the same secret is in force.' },
    out: { value: 'file', help: 'A file to write, readable by you alone.', default: 'the standard output' },
    json: { help: 'One JSON document instead of CSV.' },
  },
  examples: ['suppressions export --out suppressions.csv', 'suppressions export --keys --json'],
  run: async (...given) => (await import('../subscribers-export.ts')).suppressionsExport(...given),
};

/** `gazette subscribers list`. */
export const subscribersList: Command = {
  name: 'subscribers list',
  summary: 'List subscribers with their state and choices.',
  options: {
    newsletter: { value: 'newsletter', help: 'Only of this newsletter.' },
    schedule: { value: 'schedule', help: 'Only of this schedule, with --newsletter.' },
    state: { value: 'state', help: 'pending, active or left; or suppressed, whatever the state.' },
    topic: { value: 'topic', help: 'Only who follows it, also by following all.' },
    suppressed: { help: 'Only whose address is suppressed.' },
    limit: limitOption(listLimits.subscribers),
    after: { value: 'id', help: 'Go on after this subscription id.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['subscribers list', 'subscribers list --newsletter weekly --state pending'],
  run: async (...given) => (await import('../subscribers.ts')).subscribersList(...given),
};

/** `gazette subscribers remove`. */
export const subscribersRemove: Command = {
  name: 'subscribers remove',
  changes: true,
  summary: 'Take a subscriber out of a newsletter, or of all; with --erase forget them.',
  positionals: '<address|id>',
  options: {
    newsletter: { value: 'newsletter', help: 'Only this newsletter.', default: 'all; of an id its own' },
    erase: { help: 'Also erase name and address everywhere; only a keyed hash stays, so that no import brings them back.' },
    yes: { help: 'Do not ask before erasing.' },
  },
  examples: ['subscribers remove ann@example.org --newsletter weekly', 'subscribers remove ann@example.org --erase --yes'],
  run: async (...given) => (await import('../subscribers.ts')).subscribersRemove(...given),
};

/** `gazette subscribers set`. */
export const subscribersSet: Command = {
  name: 'subscribers set',
  changes: true,
  summary: 'Change a subscriber: address, name, and what they chose: topics, schedule, hour, language, format, pause.',
  positionals: '<address|id>',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where they have several. Address and name are those of all.' },
    address: { value: 'address', help: 'Their new address, at once: cursor and choices stay, digests that wait go there.' },
    name: { value: 'text', help: 'Their name; an empty value takes it away.' },
    topic: { value: 'topic', help: 'Follow these topics from now on.', multiple: true },
    'all-topics': { help: 'Follow all topics.' },
    schedule: { value: 'schedule', help: 'Move to this schedule.' },
    hour: { value: '0-23', help: 'Hour of their day, with --zone.' },
    'any-hour': { help: "Follow the schedule's own time." },
    zone: { value: 'zone', help: 'Time zone of the hour.' },
    language: { value: 'tag', help: languageHelp },
    format: { value: 'format', help: 'html, or text for messages without html.' },
    pause: { value: 'until', help: 'A date (YYYY-MM-DD), which begins in their time zone, or "indefinitely".' },
    resume: { value: 'how', help: 'catch-up (send what came meanwhile) or afresh (only what is new from now on).' },
  },
  examples: [
    'subscribers set ann@example.org --topic leadership-development',
    'subscribers set ann@example.org --pause 2026-09-01',
    'subscribers set ann@example.org --resume catch-up',
    'subscribers set ann@exmaple.org --address ann@example.org --name "Ann Lee"',
  ],
  run: async (...given) => (await import('../subscriber-choices.ts')).subscribersSet(...given),
};

/** `gazette subscribers show`. */
export const subscribersShow: Command = {
  name: 'subscribers show',
  summary: "One person's whole story: subscriptions and choices, consent, digests and other mail, posts received.",
  positionals: '<address|id>',
  options: {
    all: { help: `Everything, not the last ${listLimits.events} events and ${listLimits.received} posts.` },
    json: { help: 'One JSON document.' },
  },
  examples: ['subscribers show ann@example.org', 'subscribers show 17 --all', 'subscribers show ann@example.org --json'],
  run: async (...given) => (await import('../subscribers-show.ts')).subscribersShow(...given),
};

/** `gazette subscribers held`. */
export const subscribersHeld: Command = {
  name: 'subscribers held',
  summary: 'List sign-ups that are held, because more came at once than people make.',
  options: {
    limit: limitOption(listLimits.subscribers),
    after: { value: 'id', help: 'Go on after this sign-up.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['subscribers held', 'subscribers held --json'],
  run: async (...given) => (await import('../sign-ups.ts')).subscribersHeld(...given),
};

/** `gazette subscribers release`. */
export const subscribersRelease: Command = {
  name: 'subscribers release',
  summary: 'Let held sign-ups go on: each is asked to confirm.',
  positionals: '[<id>]...',
  changes: true,
  options: { all: { help: 'All that are held.' } },
  examples: ['subscribers release --all', 'subscribers release 17 18'],
  run: async (...given) => (await import('../sign-ups.ts')).subscribersRelease(...given),
};

/** `gazette subscribers drop`. */
export const subscribersDrop: Command = {
  name: 'subscribers drop',
  summary: 'Forget held sign-ups: nobody of them is mailed.',
  positionals: '[<id>]...',
  changes: true,
  options: { all: { help: 'All that are held.' }, yes: { help: 'Do not ask before.' } },
  examples: ['subscribers drop --all', 'subscribers drop 17 --yes'],
  run: async (...given) => (await import('../sign-ups.ts')).subscribersDrop(...given),
};

/** `gazette subscribers expect`. */
export const subscribersExpect: Command = {
  name: 'subscribers expect',
  summary: 'Expect many sign-ups for a while, such as at a fair, so that they are not held.',
  positionals: '<count>',
  changes: true,
  options: { until: { value: 'when', help: 'A date (YYYY-MM-DD, to its end in UTC) or an instant, such as 2026-09-12T18:00+02:00.' } },
  examples: ['subscribers expect 300 --until 2026-09-12', 'subscribers expect 60 --until 2026-09-12T18:00+02:00'],
  run: async (...given) => (await import('../sign-ups.ts')).subscribersExpect(...given),
};

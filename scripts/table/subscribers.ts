import type { Command } from '../command.ts';
import { languageHelp } from './languages.ts';
import { listLimits } from './list-limits.ts';

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
    source: { value: 'how', help: 'How they agreed, for the consent log, such as "paper form, May 2026".' },
  },
  examples: [
    'subscribers add ann@example.org --newsletter weekly',
    'subscribers add ann@example.org --newsletter weekly --confirmed --source "paper form, open day 2026" --topic leadership-development',
  ],
  exitCodes:
    '1 when the person was not added; the output says why. An address that bounced more than 30 days ago is asked once, and only their own confirmation brings them back.',
  run: async (...given) => (await import('../subscribers-add.ts')).subscribersAdd(...given),
};

/** `gazette subscribers list`. */
export const subscribersList: Command = {
  name: 'subscribers list',
  summary: 'List subscribers with their state and choices.',
  options: {
    newsletter: { value: 'newsletter', help: 'Only of this newsletter.' },
    schedule: { value: 'schedule', help: 'Only of this schedule, with --newsletter.' },
    state: { value: 'state', help: 'pending, active or left; or suppressed, whatever the state.' },
    limit: { value: 'n', help: 'How many to list at most.', default: String(listLimits.subscribers) },
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
  positionals: '<address>',
  options: {
    newsletter: { value: 'newsletter', help: 'Only this newsletter.', default: 'all' },
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
  summary: 'Change what a subscriber chose: topics, schedule, hour, language, format, pause.',
  positionals: '<address>',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    topic: { value: 'topic', help: 'Follow these topics from now on.', multiple: true },
    'all-topics': { help: 'Follow all topics.' },
    schedule: { value: 'schedule', help: 'Move to this schedule.' },
    hour: { value: '0-23', help: 'Hour of their day, with --zone.' },
    'any-hour': { help: "Follow the schedule's own time." },
    zone: { value: 'zone', help: 'Time zone of the hour.' },
    language: { value: 'tag', help: languageHelp },
    format: { value: 'format', help: 'html, or text for messages without html.' },
    pause: { value: 'until', help: 'A date (YYYY-MM-DD), or "indefinitely".' },
    resume: { value: 'how', help: 'catch-up (send what came meanwhile) or afresh (only what is new from now on).' },
  },
  examples: [
    'subscribers set ann@example.org --topic leadership-development',
    'subscribers set ann@example.org --pause 2026-09-01',
    'subscribers set ann@example.org --resume catch-up',
  ],
  run: async (...given) => (await import('../subscriber-choices.ts')).subscribersSet(...given),
};

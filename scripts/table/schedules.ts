import type { Command, OptionSpec } from '../command.ts';

/** Options that say what a schedule is; any of them is a change. */
const cadence: Readonly<Record<string, OptionSpec>> = {
  every: { value: 'days', help: 'day, weekday, month, or days of the week such as "monday,thursday".' },
  at: { value: 'HH:MM', help: 'Time of day, with --every.' },
  cron: { value: 'expression', help: 'Five fields, instead of --every and --at.' },
  zone: { value: 'zone', help: 'Time zone, such as Europe/Madrid.' },
  minimum: { value: 'n', help: 'Fewest posts worth a digest.', default: '1' },
  maximum: { value: 'n', help: 'Most posts in full; further ones are listed by title.', default: '12' },
  'max-wait': { value: 'hours', help: 'How long the oldest post waits for the minimum; "none": for ever.', default: 'none' },
  approval: { value: 'mode', help: 'first (a person approves the first edition), required (each) or auto (none).', default: 'first' },
  deadline: { value: 'hours', help: 'How long a draft waits for a decision; "none": for ever.', default: 'none' },
  'at-deadline': { value: 'policy', help: 'send or skip, with --deadline.' },
};

/** `gazette schedules add`. */
export const schedulesAdd: Command = {
  name: 'schedules add',
  changes: true,
  summary: 'Add a schedule to a newsletter.',
  positionals: '<newsletter>',
  options: { name: { value: 'name', help: 'Short name, such as weekly.', default: 'weekly, daily or monthly by the cadence' }, ...cadence },
  examples: [
    'schedules add weekly --every friday --at 08:00 --zone Europe/Madrid',
    'schedules add weekly --name daily --cron "0 7 * * 1-5" --zone Europe/Madrid --minimum 2',
  ],
  run: async (...given) => (await import('../schedules.ts')).schedulesAdd(...given),
};

/** `gazette schedules set`. */
export const schedulesSet: Command = {
  name: 'schedules set',
  changes: true,
  summary: 'Change a schedule.',
  positionals: '<newsletter> <schedule>',
  options: cadence,
  examples: ['schedules set weekly weekly --every thursday --at 09:30', 'schedules set weekly weekly --approval auto'],
  run: async (...given) => (await import('../schedules.ts')).schedulesSet(...given),
};

/** `gazette schedules list`. */
export const schedulesList: Command = {
  name: 'schedules list',
  summary: 'List schedules and when each comes due next.',
  positionals: '[<newsletter>]',
  options: { json: { help: 'One JSON document.' } },
  examples: ['schedules list', 'schedules list weekly --json'],
  run: async (...given) => (await import('../schedules.ts')).schedulesList(...given),
};

/** `gazette schedules remove`. */
export const schedulesRemove: Command = {
  name: 'schedules remove',
  changes: true,
  summary: 'Remove a schedule that nobody is subscribed to.',
  positionals: '<newsletter> <schedule>',
  examples: ['schedules remove weekly daily', 'schedules remove research monthly'],
  run: async (...given) => (await import('../schedules.ts')).schedulesRemove(...given),
};

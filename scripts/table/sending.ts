import type { Command } from '../command.ts';

/** `gazette preview`. */
export const preview: Command = {
  name: 'preview',
  summary: 'Render what would go now, and to how many, without sending or storing anything.',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    schedule: { value: 'schedule', help: 'Which of its schedules, where there are several.' },
    edition: { value: 'id', help: 'A stored draft instead, as it is pinned and edited.' },
    for: { value: 'address', help: 'Only the digest of this subscriber.' },
    at: {
      value: 'time',
      help: 'Preview as of this moment (ISO 8601): its date, whose wait is over, and only posts released by then.',
    },
    out: { value: 'folder', help: 'Where to write the html and text files.', default: 'DATA_FOLDER/preview' },
    open: { help: 'Open the first one in the browser.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['preview', 'preview --newsletter weekly --schedule daily --open', 'preview --for ann@example.org'],
  run: async (...given) => (await import('../preview.ts')).preview(...given),
};

/** `gazette test-send`. */
export const testSend: Command = {
  name: 'test-send',
  changes: true,
  summary: 'Mail the digest that would go to one address, marked as a test.',
  positionals: '<address>',
  options: {
    edition: { value: 'id', help: 'A stored draft.' },
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    schedule: { value: 'schedule', help: 'Which of its schedules, where there are several.' },
  },
  examples: ['test-send me@example.org --newsletter weekly', 'test-send me@example.org --edition 12'],
  exitCodes: '1 when nothing is due, or the message was not accepted.',
  run: async (...given) => (await import('../test-send.ts')).testSend(...given),
};

/** `gazette send`. */
export const send: Command = {
  name: 'send',
  changes: true,
  summary: 'Compose an edition now, show it, and send it when you agree.',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    schedule: { value: 'schedule', help: 'Which of its schedules, where there are several.' },
    'dry-run': { help: 'Show subject, posts and audience; store and send nothing.' },
    yes: { help: 'Do not ask. Needed where there is no terminal.' },
    replace: { help: 'Take the place of a draft that the schedule composed and that waits for staff.' },
    wait: { help: 'End when every delivery of the newsletter is final; where no worker is running, deliver from here.' },
    json: { help: 'One JSON document instead of words.' },
  },
  examples: ['send --newsletter weekly --dry-run', 'send --newsletter weekly --schedule weekly --yes --wait'],
  exitCodes:
    '0 also when nothing is due (it says so); 1 when a draft is waiting already, the edition is held or you did not agree; with --wait also when a delivery was not accepted, or an edition of the newsletter is paused or held.',
  run: async (...given) => (await import('../send.ts')).send(...given),
};

/** `gazette sending`. */
export const sending: Command = {
  name: 'sending',
  summary: 'Whether sending goes on, and if not, why.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['sending', 'sending --json'],
  run: async (...given) => (await import('../sending.ts')).sending(...given),
};

/** `gazette sending hold`. */
export const sendingHold: Command = {
  name: 'sending hold',
  changes: true,
  summary:
    'Hold all sending: no digest of any newsletter leaves any worker. What is on its way ends; nothing is lost, and no patience is used up.',
  options: { reason: { value: 'text', help: 'Why, for the record.' } },
  examples: ['sending hold', 'sending hold --reason "moving to another server"'],
  run: async (...given) => (await import('../sending.ts')).sendingHold(...given),
};

/** `gazette sending resume`. */
export const sendingResume: Command = {
  name: 'sending resume',
  changes: true,
  summary: 'Let sending go on: what waits goes at once. After a restored backup this sends again what left after the backup.',
  examples: ['sending resume'],
  run: async (...given) => (await import('../sending.ts')).sendingResume(...given),
};

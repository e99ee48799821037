import type { Command } from '../command.ts';
import { languageHelp } from './languages.ts';

/** `gazette serve`. */
export const serve: Command = {
  name: 'serve',
  summary: 'Run everything: web server and worker; the first start sends the sample newsletter.',
  options: {
    'no-sample': { help: 'Do not set up the sample newsletter.' },
    'no-worker': { help: 'Web pages and feeds alone: no clock, no jobs, no mail, no sample. Needs "gazette worker" beside it.' },
  },
  examples: ['serve', 'serve --no-sample', 'serve --no-worker'],
  exitCodes: '1 when the port or the data folder is taken.',
  run: async (...given) => (await import('../serve.ts')).serve(...given),
};

/** `gazette worker`. */
export const worker: Command = {
  name: 'worker',
  summary: 'Run a worker without a web server; any number may run, on any number of machines.',
  examples: ['worker'],
  run: async (...given) => (await import('../serve.ts')).worker(...given),
};

/** `gazette try`. */
export const tryCommand: Command = {
  name: 'try',
  summary: 'Show the digest of any feed in one step; stores nothing.',
  positionals: '<url|file>',
  options: {
    to: { value: 'address', help: 'Send it to this address through SMTP_URL instead of to the local outbox.' },
    from: { value: 'address', help: 'Sender, with --to.', default: 'the address given with --to' },
    language: { value: 'tag', help: languageHelp, default: "the feed's own, else that of most of its posts" },
    open: { help: 'Open it in the browser.' },
    json: { help: 'One JSON document instead of words.' },
  },
  examples: ['try https://example.org/feed/', 'try ./feed.xml --open', 'try https://example.org/feed/ --to me@example.org'],
  exitCodes: '1 when there is no feed to read, or the message was not accepted.',
  run: async (...given) => (await import('../try.ts')).tryCommand(...given),
};

/** `gazette migrate`. */
export const migrateCommand: Command = {
  name: 'migrate',
  changes: true,
  summary: 'Bring the database to this version; every other command does it too.',
  options: { dump: { value: 'file', help: 'Also write the schema as it is now to this file.' } },
  examples: ['migrate', 'migrate --dump schema.sql'],
  run: async (...given) => (await import('../migrate.ts')).migrateCommand(...given),
};

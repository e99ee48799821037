import { withFullStop } from '../src/kernel/full-stop.ts';
import type { Remedy } from '../src/kernel/errors.ts';
import { shippedLanguages } from './table/languages.ts';

const listed: Readonly<Record<Extract<Remedy, { kind: 'list' }>['of'], string>> = {
  editions: '"gazette editions list" shows them',
  offers: '"gazette offers list" shows those that wait',
  posts: '"gazette posts list" shows them',
  sources: '"gazette sources list" shows them',
  topics: '"gazette topics list" shows them',
};

const added: Readonly<Record<Extract<Remedy, { kind: 'add' }>['what'], string>> = {
  newsletter: 'add one with "gazette newsletters add"',
  schedule: 'add one with "gazette schedules add"',
  edition: '"gazette send" sends one',
};

const said: Readonly<Record<Extract<Remedy, { kind: 'say' }>['what'], string>> = {
  newsletter: 'name it with --newsletter',
  schedule: 'name it with --schedule',
  cadence: 'say such as --every friday --at 08:00, or --cron "0 8 * * 5"',
  deadline: 'say --deadline with --at-deadline',
  address_column: 'say which column holds them, such as --column email="Contact"',
  another_name: 'give this one another --name',
  language: `phrases are written in ${shippedLanguages()}`,
};

/** What to type, where something helps: the rest of a sentence, or a sentence of its own. */
export function wordRemedy(remedy: Remedy): string {
  switch (remedy.kind) {
    case 'list':
      return listed[remedy.of];
    case 'add':
      return added[remedy.what];
    case 'say':
      return said[remedy.what];
    case 'show_edition':
      return `"gazette editions show ${remedy.editionId}" lists them`;
    case 'resend_in_doubt':
      return `"gazette deliveries resend ${remedy.editionId} --in-doubt" sends it again`;
    case 'set_newsletter':
      return `change it with "gazette newsletters set ${remedy.slug}"`;
    case 'open_newsletter':
      return `"gazette newsletters open ${remedy.slug}" opens it again`;
    case 'map_category':
      return 'topics are made of the categories that your sources state, with "gazette topics map <category> <topic>"';
    case 'accept_token_keys':
      return 'Where it is lost for good, "gazette secrets accept" goes on without it; links in mail already sent then lead nowhere';
    case 'make_dkim_key':
      return '"gazette dkim new" makes one';
  }
}

/** What a person at a terminal is told of an error: what it says, and what to type. */
export function wordError({ message, remedy }: { readonly message: string; readonly remedy?: Remedy | undefined }): string {
  if (remedy === undefined) return message;
  const help = wordRemedy(remedy);
  if (message.endsWith('?')) return `${message} ${help}`;
  return /^\p{Lu}/u.test(help) ? `${withFullStop(message)} ${help}` : `${message}; ${help}`;
}

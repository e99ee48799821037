import type { Command, OptionSpec } from '../command.ts';
import { languageHelp } from './languages.ts';

const settings: Readonly<Record<string, OptionSpec>> = {
  name: { value: 'text', help: 'Name that readers see.' },
  sender: { group: 'The mail', value: 'address', help: 'Address that the digests come from.' },
  'sender-name': { group: 'The mail', value: 'text', help: 'Name beside it.', default: 'the name of the newsletter' },
  'reply-to': {
    group: 'The mail',
    value: 'address',
    help: 'Address for replies; an empty value removes it (the same holds for --logo, --intro, --staff, --privacy, --welcome and --account).',
    default: 'the sender',
  },
  account: {
    group: 'The mail',
    value: 'name',
    help: 'Account that its mail goes through: "news" is that of SMTP_NEWS_URL.',
    default: 'that of SMTP_URL',
  },
  'postal-address': { group: 'The mail', value: 'text', help: 'Postal address for the footer, which the law asks for.' },
  language: { value: 'tag', help: languageHelp, default: 'en' },
  colour: { group: 'How it looks', value: '#rrggbb', help: 'Accent colour.', default: '#1f5f8b' },
  logo: { group: 'How it looks', value: 'url', help: 'Picture for the masthead, an absolute URL.' },
  intro: { group: 'How it looks', value: 'text', help: 'A sentence or two above the posts.' },
  template: { group: 'How it looks', value: 'name', help: 'Folder under templates/mail/.', default: 'digest' },
  without: {
    group: 'How it looks',
    value: 'part',
    help: 'Leave a part of the digest out: contents, images or reading-time; "none" shows all again.',
    multiple: true,
  },
  privacy: { group: 'Signing up', value: 'url', help: 'Privacy notice that the sign-up page links; without one the page stays closed.' },
  welcome: {
    group: 'Signing up',
    value: 'text',
    help: 'What the welcome says, as Liquid: {{ reader.name }}, {{ newsletter.name }}.',
    default: 'the words of the language',
  },
  'thanks-host': {
    group: 'Signing up',
    value: 'host',
    help: 'Host of a page to which a sign-up form may send people (thanks=…); "none" takes all out.',
    multiple: true,
  },
  staff: { value: 'address', help: 'Who is told of an edition that waits for a decision.', default: 'STAFF_ADDRESS' },
};

/** `gazette newsletters add`. */
export const newslettersAdd: Command = {
  name: 'newsletters add',
  changes: true,
  summary: 'Add a newsletter.',
  positionals: '<newsletter>',
  options: settings,
  examples: [
    'newsletters add weekly --name "School Leadership Weekly" --sender letter@example.org --postal-address "12 Mill Lane, Bristol BS1 4QA, UK"',
    'newsletters add noticias --name "Noticias" --sender hola@example.org --postal-address "Calle Mayor 1, Madrid" --language es',
  ],
  run: async (...given) => (await import('../newsletter-settings.ts')).newslettersAdd(...given),
};

/** `gazette newsletters set`. */
export const newslettersSet: Command = {
  name: 'newsletters set',
  changes: true,
  summary: 'Change settings of a newsletter.',
  positionals: '<newsletter>',
  options: {
    ...settings,
    language: { value: 'tag', help: `${languageHelp} Readers who have the old one come along.` },
  },
  examples: ['newsletters set weekly --colour "#7a1f3d"', 'newsletters set weekly --reply-to office@example.org'],
  run: async (...given) => (await import('../newsletter-settings.ts')).newslettersSet(...given),
};

/** `gazette newsletters list`. */
export const newslettersList: Command = {
  name: 'newsletters list',
  summary: 'List newsletters with their sender and schedules.',
  options: { all: { help: 'Closed ones too.' }, json: { help: 'One JSON document.' } },
  examples: ['newsletters list', 'newsletters list --all --json'],
  run: async (...given) => (await import('../newsletters.ts')).newslettersList(...given),
};

/** `gazette newsletters rename`. */
export const newslettersRename: Command = {
  name: 'newsletters rename',
  changes: true,
  summary: 'Give a newsletter another name; its short name, links and feed ids stay.',
  positionals: '<newsletter> <name>',
  examples: ['newsletters rename weekly "The Leading Letter"'],
  run: async (...given) => (await import('../newsletter-settings.ts')).newslettersRename(...given),
};

/** `gazette newsletters remove`. */
export const newslettersRemove: Command = {
  name: 'newsletters remove',
  changes: true,
  summary: 'Take a newsletter off: shows what goes, and asks. One with editions or subscribers is closed, never deleted.',
  positionals: '<newsletter>',
  options: { yes: { help: 'Do not ask. Needed where there is no terminal.' } },
  examples: ['newsletters remove weekly', 'newsletters remove trial --yes'],
  exitCodes: '1 when you did not agree.',
  run: async (...given) => (await import('../newsletters.ts')).newslettersRemove(...given),
};

/** `gazette newsletters open`. */
export const newslettersOpen: Command = {
  name: 'newsletters open',
  changes: true,
  summary: 'Open a newsletter again that was closed.',
  positionals: '<newsletter>',
  examples: ['newsletters open weekly'],
  run: async (...given) => (await import('../newsletters.ts')).newslettersOpen(...given),
};

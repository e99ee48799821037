import { noteDone } from './staff.ts';
import { templatesFolder } from '../src/kernel/package-root.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { InvalidInputError, UsageError } from '../src/kernel/errors.ts';
import { parseAddress } from '../src/mail/address.ts';
import { addNewsletter } from '../src/newsletters/add-newsletter.ts';
import { changeNewsletter } from '../src/newsletters/change-newsletter.ts';
import { parseSettings, parseSlug, sectionNames, type NewsletterSections, type NewsletterSettings } from '../src/newsletters/newsletter.ts';
import type { PublicNewsletter } from '../src/newsletters/public-newsletter.ts';
import type { Arguments, Run } from './command.ts';
import { asUsage } from './command.ts';
import { withStore } from './open.ts';
import { shippedLanguages } from './table/languages.ts';

function readSettings(args: Arguments): NewsletterSettings {
  const named: Record<string, string | undefined> = {
    name: args.text('name'),
    senderAddress: args.text('sender'),
    senderName: args.text('sender-name'),
    replyTo: args.text('reply-to'),
    postalAddress: args.text('postal-address'),
    language: args.text('language'),
    colour: args.text('colour'),
    logoUrl: args.text('logo'),
    intro: args.text('intro'),
    template: args.text('template'),
    staffAddress: args.text('staff'),
    privacyUrl: args.text('privacy'),
    welcome: args.text('welcome'),
    account: args.text('account'),
  };
  for (const option of ['sender', 'reply-to', 'staff']) checkAddress(option, args.text(option));
  const sections = readSections(args.list('without'));
  const hosts = args.list('thanks-host');
  return asUsage(() =>
    parseSettings({
      ...(sections ? { sections } : {}),
      ...(hosts.length > 0 ? { thanksHosts: hosts.includes('none') ? [] : hosts } : {}),
      ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
    }),
  );
}

/** Three options hold an address: what is wrong with one says which, and what came. An empty one takes the setting out, where it may. */
function checkAddress(option: string, text: string | undefined): void {
  if (text === undefined || (option !== 'sender' && text.trim() === '')) return;
  try {
    parseAddress(text);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new UsageError(`--${option} "${text}": ${cause.message}`, { cause });
  }
}

function readSections(parts: readonly string[]): NewsletterSections | undefined {
  if (parts.length === 0) return undefined;
  if (parts.includes('none')) return {};
  const names = parts.map((part) => sectionNames.find((name) => name === part.replace('reading-time', 'readingTime')));
  if (names.includes(undefined))
    throw new UsageError(`Expected --without contents, images, reading-time or none, got "${parts.join(', ')}"`);
  return Object.fromEntries(names.map((name) => [name, false]));
}

const openTemplates = () => createDigestRenderer({ templatesFolder });

function warnOfLanguage({ language }: PublicNewsletter, warn: (line: string) => void): void {
  warn(
    `There is no templates/languages/${language}.json: fixed phrases and dates will be in English. There are ${shippedLanguages().replace(' or ', ' and ')}.`,
  );
}

/** What `gazette newsletters add` does. */
export const newslettersAdd: Run = (args, context) =>
  withStore(context, async ({ database, config }) => {
    const slug = parseSlug(args.positionals[0]!);
    const settings = readSettings(args);
    const required = {
      name: args.required('name'),
      senderAddress: args.required('sender'),
      postalAddress: args.required('postal-address'),
    };
    const accounts = config.mailAccounts.map(({ name }) => name);
    const { newsletter, hasPhrases } = await addNewsletter(database, openTemplates, { ...settings, slug, ...required }, accounts);
    await noteDone(context, database, { newsletter: [newsletter.id] });
    if (!hasPhrases) warnOfLanguage(newsletter, context.warn);
    context.print(`Added the newsletter "${newsletter.slug}" (${newsletter.name}).`);
    context.print(`Next: gazette schedules add ${slug} --every friday --at 08:00 --zone Europe/Madrid`);
    return 0;
  });

/** What `gazette newsletters set` does. */
export const newslettersSet: Run = (args, context) =>
  withStore(context, async ({ database, config }) => {
    const settings = readSettings(args);
    if (Object.keys(settings).length === 0) throw new UsageError('Expected something to change. See "gazette newsletters set --help".');
    const accounts = config.mailAccounts.map(({ name }) => name);
    const changed = await changeNewsletter(database, openTemplates, { newsletter: args.positionals[0]!, settings, accounts });
    await noteDone(context, database, { newsletter: [changed.newsletter.id] });
    if (!changed.hasPhrases) warnOfLanguage(changed.newsletter, context.warn);
    context.print(`Changed the newsletter "${changed.newsletter.slug}".`);
    if (changed.movedCount > 0) context.print(`${countOf(changed.movedCount, 'reader')} had its old language and came along.`);
    return 0;
  });

/** What `gazette newsletters rename` does. */
export const newslettersRename: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const [slug, name] = args.positionals as [string, string];
    const settings = asUsage(() => parseSettings({ name }));
    const { newsletter } = await changeNewsletter(database, openTemplates, { newsletter: slug, settings });
    await noteDone(context, database, { newsletter: [newsletter.id] });
    context.print(`"${newsletter.slug}" is called ${newsletter.name} from now on. Its links and the ids in its feeds stay.`);
    return 0;
  });

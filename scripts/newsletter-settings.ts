import { templatesFolder } from '../src/app/templates-folder.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { endOutagesOfGoneSenders } from '../src/ledger/accounts/account-outage-store.ts';
import { insertNewsletter, updateNewsletter } from '../src/newsletters/newsletter-store.ts';
import { parseSettings, parseSlug, sectionNames, type NewsletterSections, type NewsletterSettings } from '../src/newsletters/newsletter.ts';
import { changeNewsletterLanguage } from '../src/subscribers/change-newsletter-language.ts';
import type { Arguments, Run } from './command.ts';
import { asUsage } from './command.ts';
import { withStore } from './open.ts';

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
  };
  const sections = readSections(args.list('without'));
  return asUsage(() =>
    parseSettings({
      ...(sections ? { sections } : {}),
      ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
    }),
  );
}

/** Refuses a template that is not there or broken before a newsletter names it; says when a language has no phrases. */
async function checkTemplates({ template, language }: NewsletterSettings, warn: (line: string) => void): Promise<void> {
  if (template === undefined && language === undefined) return;
  const renderer = await createDigestRenderer({ templatesFolder });
  if (template !== undefined) await renderer.check(template);
  if (language !== undefined && !renderer.hasLanguage(language))
    warn(`There is no templates/languages/${language}.json: fixed phrases and dates will be in English.`);
}

function readSections(parts: readonly string[]): NewsletterSections | undefined {
  if (parts.length === 0) return undefined;
  if (parts.includes('none')) return {};
  const names = parts.map((part) => sectionNames.find((name) => name === part.replace('reading-time', 'readingTime')));
  if (names.includes(undefined))
    throw new UsageError(`Expected --without contents, images, reading-time or none, got "${parts.join(', ')}"`);
  return Object.fromEntries(names.map((name) => [name, false]));
}

/** What `gazette newsletters add` does. */
export const newslettersAdd: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const slug = parseSlug(args.positionals[0]!);
    const given = readSettings(args);
    await checkTemplates(given, context.warn);
    const newsletter = await insertNewsletter(database, {
      slug,
      name: given.name ?? args.required('name'),
      senderAddress: given.senderAddress ?? args.required('sender'),
      senderName: given.senderName ?? given.name ?? slug,
      postalAddress: given.postalAddress ?? args.required('postal-address'),
      replyTo: given.replyTo ?? null,
      language: given.language ?? 'en',
      colour: given.colour ?? '#1f5f8b',
      logoUrl: given.logoUrl ?? null,
      intro: given.intro ?? null,
      template: given.template ?? 'digest',
      sections: given.sections ?? {},
      staffAddress: given.staffAddress ?? null,
      isSample: false,
    });
    context.print(`Added the newsletter "${newsletter.slug}" (${newsletter.name}).`);
    context.print(`Next: gazette schedules add ${slug} --every friday --at 08:00 --zone Europe/Madrid`);
    return 0;
  });

/** What `gazette newsletters set` does. */
export const newslettersSet: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const changes = readSettings(args);
    if (Object.keys(changes).length === 0) throw new UsageError('Expected something to change. See "gazette newsletters set --help".');
    await checkTemplates(changes, context.warn);
    const { language, ...others } = changes;
    const slug = args.positionals[0]!;
    const newsletter = await updateNewsletter(database, slug, others);
    if (others.senderAddress !== undefined) await endOutagesOfGoneSenders(database);
    const movedCount = language === undefined ? 0 : await changeNewsletterLanguage(database, slug, language);
    context.print(`Changed the newsletter "${newsletter.slug}".`);
    if (movedCount > 0) context.print(`${countOf(movedCount, 'reader')} had its old language and came along.`);
    return 0;
  });

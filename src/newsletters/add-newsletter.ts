import type { Queryable } from '../db/db.ts';
import { checkTemplates, type OpenTemplates } from './check-templates.ts';
import { insertNewsletter } from './newsletter-store.ts';
import { newsletterDefaults, parseSettings, parseSlug, requireAccount, type NewsletterSettings } from './newsletter.ts';
import { publicNewsletter, type PublicNewsletter } from './public-newsletter.ts';

/** What a newsletter needs from its first day, and whatever else staff set. */
export interface NewNewsletter extends NewsletterSettings {
  readonly slug: string;
  readonly name: string;
  readonly senderAddress: string;
  readonly postalAddress: string;
}

/** A newsletter that was added. */
export interface AddedNewsletter {
  readonly newsletter: PublicNewsletter;
  /** False where no phrases are written in its language: its digests have the English ones. */
  readonly hasPhrases: boolean;
}

/** Adds a newsletter; what is not set is as `newsletterDefaults` says, and an account is one of `accounts`. @throws InvalidInputError, ConflictError when the slug is taken */
export async function addNewsletter(
  db: Queryable,
  openTemplates: OpenTemplates,
  input: NewNewsletter,
  accounts: readonly string[] = [],
): Promise<AddedNewsletter> {
  const { slug: typed, ...required } = input;
  const slug = parseSlug(typed);
  const settings = { ...required, ...parseSettings(required) };
  requireAccount(settings, accounts);
  const hasPhrases = await checkTemplates(openTemplates, settings);
  const newsletter = await insertNewsletter(db, { senderName: settings.name, ...newsletterDefaults, ...settings, slug });
  return { newsletter: publicNewsletter(newsletter, []), hasPhrases };
}

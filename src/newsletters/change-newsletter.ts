import type { Database } from '../db/db.ts';
import { endOutagesOfGoneSenders } from '../ledger/accounts/account-outage-store.ts';
import { changeNewsletterLanguage } from './change-newsletter-language.ts';
import { checkTemplates, type OpenTemplates } from './check-templates.ts';
import { getNewsletter, updateNewsletter } from './newsletter-store.ts';
import { parseSettings, requireAccount, type NewsletterSettings } from './newsletter.ts';
import { publicNewsletter, type PublicNewsletter } from './public-newsletter.ts';
import { listSchedules } from './schedule-store.ts';

/** A newsletter that was changed. */
export interface ChangedNewsletter {
  readonly newsletter: PublicNewsletter;
  /** Readers who had its old language and came along. */
  readonly movedCount: number;
  /** False where no phrases are written in its new language: its digests have the English ones. */
  readonly hasPhrases: boolean;
}

/**
 * Changes the settings that are given; an account is one of `accounts`. A sender that is called like the newsletter is renamed with it. Who has the newsletter's old language comes along; what a sender that is gone was refused is over.
 * @throws NotFoundError, InvalidInputError
 */
export async function changeNewsletter(
  database: Database,
  openTemplates: OpenTemplates,
  change: { readonly newsletter: string; readonly settings: NewsletterSettings; readonly accounts?: readonly string[] },
): Promise<ChangedNewsletter> {
  const { newsletter: slug } = change;
  const settings = parseSettings(await withSenderName(database, slug, change.settings));
  requireAccount(settings, change.accounts ?? []);
  const hasPhrases = await checkTemplates(openTemplates, settings);
  const { language, ...others } = settings;
  await updateNewsletter(database, slug, others);
  if (others.senderAddress !== undefined) await endOutagesOfGoneSenders(database);
  const movedCount = language === undefined ? 0 : await changeNewsletterLanguage(database, slug, language);
  const newsletter = await getNewsletter(database, slug);
  return { newsletter: publicNewsletter(newsletter, await listSchedules(database, newsletter.id)), movedCount, hasPhrases };
}

/** Where nobody ever named the sender, it is called like the newsletter: so it stays. */
async function withSenderName(database: Database, slug: string, settings: NewsletterSettings): Promise<NewsletterSettings> {
  if (settings.name === undefined || settings.senderName !== undefined) return settings;
  const { name, senderName } = await getNewsletter(database, slug);
  return name === senderName ? { ...settings, senderName: settings.name } : settings;
}

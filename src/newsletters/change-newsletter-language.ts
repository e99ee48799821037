import type { Database } from '../db/db.ts';
import { moveLanguageStep } from '../ledger/subscriptions/subscription-store.ts';
import { getNewsletter, updateNewsletter } from './newsletter-store.ts';
import { parseLanguage } from './newsletter.ts';

const stepSize = 2_000;

/**
 * Changes the language of a newsletter, and takes the readers along who had the old one; who reads it in a third language keeps that.
 * Returns how many readers came along. Readers first, in steps: after a crash the same command goes on. @throws NotFoundError; InvalidInputError
 */
export async function changeNewsletterLanguage(database: Database, slug: string, tag: string): Promise<number> {
  const newsletter = await getNewsletter(database, slug);
  const language = parseLanguage(tag);
  if (language === newsletter.language) return 0;
  let movedCount = 0;
  for (let step = stepSize; step === stepSize; movedCount += step) {
    step = await moveLanguageStep(database, newsletter.id, newsletter.language, language, stepSize);
  }
  await updateNewsletter(database, slug, { language });
  return movedCount;
}

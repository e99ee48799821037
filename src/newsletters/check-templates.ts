import type { DigestRenderer } from '../render/digest.ts';
import { checkOwnText } from '../render/mails/own-text.ts';
import type { NewsletterSettings } from './newsletter.ts';

/** The templates and languages that there are. Opened only where a setting names one: reading them all takes a while. */
export type OpenTemplates = () => Promise<Pick<DigestRenderer, 'check' | 'hasLanguage'>>;

/**
 * Refuses a template that is not there or broken before a newsletter names it, and a welcome that could not be filled. False where a language has no phrases of its own: then they
 * are English. @throws InvalidInputError
 */
export async function checkTemplates(openTemplates: OpenTemplates, { template, language, welcome }: NewsletterSettings): Promise<boolean> {
  if (welcome) checkOwnText(welcome);
  if (template === undefined && language === undefined) return true;
  const templates = await openTemplates();
  if (template !== undefined) await templates.check(template);
  return language === undefined || templates.hasLanguage(language);
}

import type { SourceDocument } from '../../reading/entry.ts';
import { newsletterDefaults } from '../../newsletters/newsletter.ts';

/** The language of a trial's frame: what the feed states for itself, else what at least half of its entries state, else English. */
export function trialLanguage({ language, entries }: Pick<SourceDocument, 'language' | 'entries'>): string {
  if (language !== undefined) return language;
  const counts = new Map<string, number>();
  for (const entry of entries) if (entry.language !== undefined) counts.set(entry.language, (counts.get(entry.language) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most !== undefined && most[1] * 2 >= entries.length ? most[0] : newsletterDefaults.language;
}

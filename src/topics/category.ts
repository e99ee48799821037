/*
 * Categories as sources file posts under them, before staff say anything: how one is looked up, and which lead to no topic whoever decides.
 */
import type { EntryCategory } from '../reading/entry.ts';
import type { CategoryDecision } from './topic.ts';

/** One text for a category's key, to look it up in maps. */
export function categoryKey(category: { readonly kind: string; readonly slug: string }): string {
  return `${category.kind} ${category.slug}`;
}

// What WordPress files a post under when nobody chose: in the languages that its installer speaks most.
const defaultCategories = new Set(
  (
    'uncategorized uncategorised sin-categoria sin-categorizar non-classe allgemein unkategorisiert sem-categoria ' +
    'senza-categoria geen-categorie sense-categoria sin-clasificar okategoriserade bez-kategorii'
  ).split(' '),
);

/** What becomes of a category that is new: it waits for staff; tags and WordPress' default category are no topics and are set aside at once. */
export function firstDecision({ kind, slug }: Pick<EntryCategory, 'kind' | 'slug'>): Extract<CategoryDecision, 'pending' | 'ignored'> {
  return kind === 'tag' || defaultCategories.has(slug) ? 'ignored' : 'pending';
}

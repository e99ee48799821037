import type { Entry } from '../../src/reading/entry.ts';

/** An entry as a source would state it, with defaults for what a test does not care about. */
export function entryOf(entry: Partial<Entry> = {}): Entry {
  return {
    id: 'https://example.org/?p=1',
    hasOwnId: true,
    url: 'https://example.org/a-post/',
    title: 'A post about reading',
    html: '<p>Text.</p>',
    authors: [],
    categories: [],
    hasImplausibleDate: false,
    enclosures: [],
    isProtected: false,
    ...entry,
  };
}

import { expect, test } from '@jest/globals';
import { categorySlug } from '../../src/reading/formats/category-slug.ts';

test.each([
  ['Leadership Development', 'leadership-development'],
  ['  Leadership   Development ', 'leadership-development'],
  ['R&D', 'rd'],
  ['R&amp;D', 'rd'],
  ['Women’s Stories', 'womens-stories'],
  ["Women's Stories", 'womens-stories'],
  ['Q&A: 5.0', 'qa-5-0'],
  ['K–12 — news', 'k-12-news'],
  ['Éducation à l’école', 'education-a-lecole'],
  ['Ærøskøbing', 'aeroskobing'],
  ['Straße', 'strase'],
  ['Łódź', 'lodz'],
  ['C++', 'c'],
  ['under_score', 'under_score'],
  ['50% off', '50-off'],
  ['a/b/c', 'a-b-c'],
  ['Новости', '%d0%bd%d0%be%d0%b2%d0%be%d1%81%d1%82%d0%b8'],
  ['йогурт', '%d0%b9%d0%be%d0%b3%d1%83%d1%80%d1%82'],
  ['教育', '%e6%95%99%e8%82%b2'],
  ['<b>Bold</b>', 'bold'],
  ['3×4', '3x4'],
  ['…', ''],
])('%j has the slug %j', (name, slug) => {
  expect(categorySlug(name)).toBe(slug);
});

test.each([
  ['de-DE', 'Führung & Größe', 'fuehrung-groesse'],
  ['da', 'Blåbær på Ørsted', 'blaabaer-paa-oersted'],
  ['en', 'Führung', 'fuhrung'],
])('a site in %s writes %j as %j', (language, name, slug) => {
  expect(categorySlug(name, language)).toBe(slug);
});

test('a long name is cut at 200 bytes of its encoded form, never inside a character', () => {
  const slug = categorySlug('я'.repeat(100));
  expect(slug).toBe('%d1%8f'.repeat(33));
});

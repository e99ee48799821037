import { expect, test } from '@jest/globals';
import { parseMapping } from '../../src/reading/formats/json-mapping.ts';
import { valuesAt } from '../../src/reading/formats/json-path.ts';

test('a mapping that fits is taken as it is', () => {
  const mapping = { items: 'data.posts', title: 'headline', url: 'link', attachments: { items: 'files', url: 'href' } };
  expect(parseMapping(mapping)).toEqual(mapping);
});

test.each([
  ['nothing', undefined],
  ['no title or text', { items: 'a', id: 'b' }],
  ['no identity', { items: 'a', title: 'b' }],
  ['an unknown field', { items: 'a', title: 'b', id: 'c', headline: 'd' }],
  ['a path with a hole', { items: 'a..b', title: 'b', id: 'c' }],
  ['a path that is none', { items: 5, title: 'b', id: 'c' }],
])('%s is refused with what is expected', (_name, mapping) => {
  expect(() => parseMapping(mapping)).toThrow(/^Expected a field mapping such as/);
});

test('a path opens lists on its way and does not leave the data', () => {
  const value = { a: [{ b: 1 }, { b: [2, 3] }, { c: 4 }, null], toString: undefined };
  expect(valuesAt(value, 'a.b')).toEqual([1, 2, 3]);
  expect(valuesAt(value, 'a.constructor')).toEqual([]);
  expect(valuesAt(value, '__proto__.x')).toEqual([]);
});

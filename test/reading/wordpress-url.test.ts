import { describe, expect, test } from '@jest/globals';
import { apiUrl, wordPressFeedUrl, wordPressSite } from '../../src/reading/wordpress/wordpress-url.ts';

describe('the URL that staff give', () => {
  test.each([
    ['https://e.org', 'https://e.org/', [], []],
    ['https://e.org/blog', 'https://e.org/blog/', [], []],
    ['https://e.org/blog/feed/', 'https://e.org/blog/', [], []],
    ['https://e.org/category/leadership-development/', 'https://e.org/', ['leadership-development'], []],
    ['https://e.org/blog/category/parent/child/feed', 'https://e.org/blog/', ['child'], []],
    ['https://e.org/tag/notes/', 'https://e.org/', [], ['notes']],
    ['https://e.org/wp-json/wp/v2/posts?categories=7,8', 'https://e.org/', ['7', '8'], []],
    ['https://e.org/wp-json/wp/v2/posts?per_page=5&_embed', 'https://e.org/', [], []],
    ['https://e.org/?cat=7,8', 'https://e.org/', ['7', '8'], []],
    ['https://e.org/?tag_id=9', 'https://e.org/', [], ['9']],
    ['https://e.org/page/2/', 'https://e.org/', [], []],
    ['https://e.org/newsfeed', 'https://e.org/newsfeed/', [], []],
    ['https://e.org/category/a/b/page/2/', 'https://e.org/', ['b'], []],
    ['https://e.org/blog/wp-json/', 'https://e.org/blog/', [], []],
    ['https://e.org/?rest_route=/wp/v2/posts&tags=notes', 'https://e.org/', [], ['notes']],
  ])('%s names the site %s', (url, root, categories, tags) => {
    expect(wordPressSite(url)).toEqual({ root, categories, tags, parameters: [] });
  });
});

test.each([
  'https://e.org/?author=3',
  'https://e.org/?s=leadership',
  'https://e.org/wp-json/wp/v2/posts?search=leadership',
  'https://e.org/wp-json/wp/v2/pages',
  'https://e.org/?rest_route=/wp/v2/media',
  'not a URL',
])('%s names less than a site in a way that would be lost, and is refused', (url) => {
  expect(() => wordPressSite(url)).toThrow(/^Expected/);
});

test('the API lies under its path or behind a parameter', () => {
  const site = wordPressSite('https://e.org/blog/');
  expect(apiUrl(site, 'path', 'posts', { per_page: '5' })).toBe('https://e.org/blog/wp-json/wp/v2/posts?per_page=5');
  expect(apiUrl(site, 'parameter', 'posts', { per_page: '5' })).toBe('https://e.org/blog/?rest_route=%2Fwp%2Fv2%2Fposts&per_page=5');
});

test.each([
  ['https://e.org/', 'https://e.org/feed/'],
  ['https://e.org/category/news/', 'https://e.org/?category_name=news&feed=rss2'],
  ['https://e.org/tag/notes/', 'https://e.org/?tag=notes&feed=rss2'],
  ['https://e.org/wp-json/wp/v2/posts?categories=7', undefined],
  ['https://e.org/category/news/?tags=7', undefined],
])('the feed that says the same as %s is %s', (url, expected) => {
  expect(wordPressFeedUrl(wordPressSite(url))).toBe(expected);
});

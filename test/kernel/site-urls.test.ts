import { describe, expect, test } from '@jest/globals';
import {
  archiveUrl,
  confirmPageUrl,
  decideDigestUrl,
  decidePageUrl,
  editionPostsUrl,
  editionUrl,
  feedUrl,
  homeUrl,
  outboxHtmlUrl,
  outboxMessageUrl,
  outboxUrl,
  sampleSiteUrl,
  unsubscribePageUrl,
} from '../../src/kernel/site-urls.ts';

const home = 'https://news.example.org';

describe('our own addresses', () => {
  test.each([
    [homeUrl(home), '/'],
    [archiveUrl(home, 'weekly'), '/archive/weekly'],
    [editionUrl(home, 'weekly', '7'), '/archive/weekly/7'],
    [editionPostsUrl(home, 'weekly', '7'), '/archive/weekly/7/posts'],
    [feedUrl(home, 'weekly'), '/feeds/weekly.atom'],
    [confirmPageUrl(home, 'v1.c.t_-'), '/confirm/v1.c.t_-'],
    [unsubscribePageUrl(home, 'v1.c.t_-'), '/unsubscribe/v1.c.t_-'],
    [decidePageUrl(home, 'v1.c.t_-'), '/decide/v1.c.t_-'],
    [decideDigestUrl(home, 'v1.c.t_-', '3'), '/decide/v1.c.t_-/3'],
    [outboxUrl(home), '/outbox'],
    [sampleSiteUrl(home), '/sample/'],
  ])('%s stays where it is for ever', (url, path) => {
    expect(url).toBe(home + path);
  });

  test('take a value that is no path as one segment', () => {
    expect(outboxMessageUrl(home, '1:2,S=3/..')).toBe(`${home}/outbox/1%3A2%2CS%3D3%2F..`);
    expect(outboxHtmlUrl(home, 'a b')).toBe(`${home}/outbox/a%20b/html`);
  });
});

import { describe, expect, test } from '@jest/globals';
import { createDeadImageFinder, imageUrlsOf, type ImageStatus } from '../../src/editions/dead-images.ts';
import type { DigestModel } from '../../src/render/digest.ts';

const picture = 'https://example.org/a.jpg';
const never = (): Promise<void> => new Promise(() => {});

/** Finds dead pictures by these answers, and counts how often each is asked for. */
function finderFor(answers: Readonly<Record<string, ImageStatus | 'throws' | 'hangs'>>, wait: () => Promise<void> = never) {
  const asked: string[] = [];
  let now = 0;
  const find = createDeadImageFinder(
    async (url) => {
      asked.push(url);
      const answer = answers[url];
      if (answer === 'throws') throw new Error('no route');
      if (answer === 'hangs') await never();
      return answer === 'hangs' ? undefined : answer;
    },
    () => now,
    wait,
  );
  return { find, asked, pass: (ms: number) => void (now += ms) };
}

describe('a picture is dead', () => {
  test.each([
    [404, true],
    [410, true],
    [200, false],
    [403, false],
    [405, false],
    [500, false],
    ['unknown_host', true],
    [undefined, false],
    ['throws', false],
  ] as const)('when its host answers %s: %s', async (answer, isDead) => {
    expect((await finderFor({ [picture]: answer }).find([picture])).has(picture)).toBe(isDead);
  });

  test('is asked once for all renditions of an edition, and again when the answer is old', async () => {
    const { find, asked, pass } = finderFor({ [picture]: 404 });
    await Promise.all([find([picture]), find([picture])]);
    pass(599_999);
    await find([picture]);
    expect(asked).toHaveLength(1);
    pass(1);
    expect((await find([picture])).has(picture)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test('is not waited for longer than the patience: what answered by then counts', async () => {
    const slow = 'https://slow.example/b.jpg';
    const { find } = finderFor({ [picture]: 404, [slow]: 'hangs' }, () => new Promise((resolve) => setImmediate(resolve)));
    expect(await find([picture, slow])).toEqual(new Set([picture]));
  });
});

test('the pictures of a digest are its logo, those above its posts and in their text, each once, addresses unescaped', () => {
  const post = (html: string, url?: string) => ({ html, ...(url ? { image: { url, alt: '' } } : {}) });
  const posts = [
    post('<p><img alt="" src="https://example.org/x.png?a=1&amp;b=2"></p>', picture),
    post(`<img src="${picture}"><img src="data:image/png;base64,AA">`),
    post('<p>No picture</p>'),
  ];
  const inPosts = [picture, 'https://example.org/x.png?a=1&b=2'];
  expect(imageUrlsOf({ newsletter: {}, posts } as unknown as DigestModel)).toEqual(inPosts);
  const logoUrl = 'https://example.org/logo.png';
  expect(imageUrlsOf({ newsletter: { logoUrl }, posts } as unknown as DigestModel)).toEqual([logoUrl, ...inPosts]);
});

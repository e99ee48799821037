import { describe, expect, test } from '@jest/globals';
import { createDeadImageFinder, imageUrlsOf } from '../../src/editions/digests/dead-images.ts';
import type { DigestModel } from '../../src/render/digest.ts';

const picture = 'https://example.org/a.jpg';
const never = (): Promise<void> => new Promise(() => {});

type Answer = number | 'unknown_host' | 'timeout' | 'throws' | 'hangs';

/** Finds dead pictures by these answers, and notes what is asked for. `wait` passes the time that it waits for, once what can be answered is. */
function finderFor(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const waits: number[] = [];
  let now = 0;
  const find = createDeadImageFinder(
    async (url) => {
      asked.push(url);
      const answer = answers[url];
      if (answer === 'throws') throw new Error('no route');
      if (answer === 'hangs') await never();
      return typeof answer === 'number' ? { kind: 'answered', status: answer } : { kind: 'failed', code: String(answer), reason: '' };
    },
    () => now,
    async (ms) => {
      waits.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
      if (Object.values(answers).includes('hangs')) now += ms;
    },
  );
  return { find, asked, waits, pass: (ms: number) => void (now += ms) };
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
    ['timeout', false],
    ['throws', false],
  ] as const)('when its host answers %s: %s', async (answer, isDead) => {
    expect((await finderFor({ [picture]: answer }).find([picture], '1')).has(picture)).toBe(isDead);
  });

  test('is asked once for all renditions of an edition, and again when the answer is old', async () => {
    const { find, asked, pass } = finderFor({ [picture]: 404 });
    await Promise.all([find([picture], '1'), find([picture], '1')]);
    pass(599_999);
    await find([picture], '2');
    expect(asked).toHaveLength(1);
    pass(1);
    expect((await find([picture], '2')).has(picture)).toBe(true);
    expect(asked).toHaveLength(2);
  });
});

describe('pictures that hang', () => {
  const hanging = Array.from({ length: 20 }, (_, i) => `https://slow.example/${i}.jpg`);
  const answers = { [picture]: 404, ...Object.fromEntries(hanging.map((url) => [url, 'hangs' as const])) };

  test('are not waited for longer than the patience: what answered by then counts', async () => {
    const { find } = finderFor(answers);
    expect(await find([picture, hanging[0]!], '1')).toEqual(new Set([picture]));
  });

  test('cost all digests of an edition together no more than the patience, whichever of them each shows', async () => {
    const { find, asked, waits } = finderFor(answers);
    for (const url of hanging) expect(await find([picture, url], '1')).toEqual(new Set([picture]));
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(15_000);
    expect(asked).toEqual([picture, hanging[0]]);
  });

  test('cost another edition its own, and the same one again when it is long ago', async () => {
    const { find, waits, pass } = finderFor(answers);
    await find([hanging[0]!], '1');
    await find([hanging[1]!], '2');
    pass(600_000);
    await find([hanging[2]!], '1');
    expect(waits).toEqual([15_000, 15_000, 15_000]);
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

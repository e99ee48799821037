import type { DigestModel } from '../render/digest.ts';

/** Which of these pictures are gone for good. A picture that cannot be asked for now counts as alive: a slow host must not empty a digest. */
export type FindDeadImages = (urls: readonly string[]) => Promise<ReadonlySet<string>>;

/** The HTTP status of a picture's address; `unknown_host` where its host does not exist, undefined where there was no answer. */
export type ImageStatus = number | 'unknown_host' | undefined;

/** Asks an address. */
export type ReadStatus = (url: string) => Promise<ImageStatus>;

/** An edition asks for the same pictures with every rendition; an answer is good for so long. */
const keepMs = 600_000;
/** Composing waits no longer than this for all pictures together. */
const patienceMs = 15_000;

/** Asks each picture once in a while and remembers the answer. */
export function createDeadImageFinder(readStatus: ReadStatus, now: () => number, wait: (ms: number) => Promise<void>): FindDeadImages {
  const known = new Map<string, { readonly askedAt: number; readonly isDead: Promise<boolean> }>();
  const isDead = (url: string): Promise<boolean> => {
    const answer = known.get(url);
    if (answer && now() - answer.askedAt < keepMs) return answer.isDead;
    const asked = readStatus(url).then(
      (status) => status === 404 || status === 410 || status === 'unknown_host',
      () => false,
    );
    known.set(url, { askedAt: now(), isDead: asked });
    return asked;
  };
  return async (urls) => {
    for (const [url, answer] of known) if (now() - answer.askedAt >= keepMs) known.delete(url);
    const dead = new Set<string>();
    const asking = Promise.all(
      urls.map(async (url) => {
        if (await isDead(url)) dead.add(url);
      }),
    );
    await Promise.race([asking, wait(patienceMs)]);
    // A copy: what is answered after the patience ended changes no rendition that is being written.
    return new Set(dead);
  };
}

/** Every picture that a digest shows: logo, above posts, and in their text. */
export function imageUrlsOf(model: DigestModel): string[] {
  const inText = model.posts.flatMap((post) =>
    [...post.html.matchAll(/<img\b[^<>]*\bsrc="(https?:[^"<>]+)"/gi)].map((match) => match[1]!.replaceAll('&amp;', '&')),
  );
  const above = model.posts.flatMap((post) => (post.image ? [post.image.url] : []));
  const { logoUrl } = model.newsletter;
  return [...new Set([...(logoUrl === undefined ? [] : [logoUrl]), ...above, ...inText])];
}

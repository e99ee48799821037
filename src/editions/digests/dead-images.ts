import { elementsOf } from '../../content/html/html-tree.ts';
import { parseOwnHtml } from '../../content/html/parse-html.ts';
import type { DigestModel } from '../../render/digest.ts';
import type { StatusReading } from '../../reading/source-reader.ts';

/**
 * Which of these pictures are gone for good. A picture that cannot be asked for now counts as alive: a slow host must not empty a digest.
 * `edition` names what the pictures are for: all its digests together wait for a bounded time.
 */
export type FindDeadImages = (urls: readonly string[], edition: string) => Promise<ReadonlySet<string>>;

/** Asks a picture's address. */
export type ReadStatus = (url: string) => Promise<StatusReading>;

/** An edition asks for the same pictures with every rendition; an answer is good for so long, and so is what was waited. */
const keepMs = 600_000;
/** The digests of an edition wait no longer than this for all pictures together. */
const patienceMs = 15_000;

/** Asks each picture once in a while and remembers the answer. */
export function createDeadImageFinder(readStatus: ReadStatus, now: () => number, wait: (ms: number) => Promise<void>): FindDeadImages {
  const known = new Map<string, { readonly askedAt: number; readonly isDead: Promise<boolean> }>();
  const waited = new Map<string, { readonly askedAt: number; readonly ms: number }>();
  const ask = (url: string): Promise<boolean> => {
    const isDead = readStatus(url).then(saysDead, () => false);
    known.set(url, { askedAt: now(), isDead });
    return isDead;
  };
  return async (urls, edition) => {
    for (const memory of [known, waited]) for (const [key, { askedAt }] of memory) if (now() - askedAt >= keepMs) memory.delete(key);
    const startedAt = now();
    const before = waited.get(edition);
    const leftMs = patienceMs - (before?.ms ?? 0);
    const dead = new Set<string>();
    const asking = urls.map(async (url) => {
      // Once the patience is at its end nothing new is asked; what was answered meanwhile counts.
      const isDead = known.get(url)?.isDead ?? (leftMs > 0 ? ask(url) : false);
      if (await isDead) dead.add(url);
    });
    await Promise.race([Promise.all(asking), wait(Math.max(0, leftMs))]);
    waited.set(edition, { askedAt: before?.askedAt ?? startedAt, ms: (before?.ms ?? 0) + now() - startedAt });
    // A copy: what is answered after the patience ended changes no rendition that is being written.
    return new Set(dead);
  };
}

function saysDead(reading: StatusReading): boolean {
  return reading.kind === 'answered' ? reading.status === 404 || reading.status === 410 : reading.code === 'unknown_host';
}

/** Every picture that a digest shows: logo, above posts, and in their text. */
export function imageUrlsOf(model: DigestModel): string[] {
  const inText = model.posts
    .filter(({ html }) => html.includes('<img'))
    .flatMap(({ html }) =>
      elementsOf(parseOwnHtml(html)).flatMap(({ tag, attributes }) =>
        tag === 'img' && isWeb(attributes['src']) ? [attributes['src']] : [],
      ),
    );
  const above = model.posts.flatMap((post) => (post.image ? [post.image.url] : []));
  const { logoUrl } = model.newsletter;
  return [...new Set([...(logoUrl === undefined ? [] : [logoUrl]), ...above, ...inText])];
}

function isWeb(src: string | undefined): src is string {
  return src !== undefined && /^https?:/i.test(src);
}

import { createHash } from 'node:crypto';
import { cutAtWord, cutToLength } from '../../kernel/cut-text.ts';
import { withoutOpenDirections } from '../../kernel/text/direction.ts';
import type { Entry, EntryCategory, EntryEnclosure, EntryImage, SourceDocument } from '../entry.ts';
import { entryLimits } from '../limits.ts';

/*
 * The lengths of what a document states, bounded where it enters: everything behind reads, stores and prints it many times. Nothing is lost in silence: what
 * is shown is cut at a word, what is looked up keeps a hash of its whole text, so that two that begin alike stay two, what cannot be cut is left out; and each is reported.
 */

/** A document with every value of a bounded length. What was too long is told among `skipped`. */
export function boundDocument(document: SourceDocument): SourceDocument {
  const report = new LengthReport();
  const { siteUrl, selfUrl, ...rest } = document;
  const bounded = {
    ...rest,
    title: report.cut('Titles', document.title, entryLimits.maxTitleLength),
    ...optional('siteUrl', report.url(siteUrl)),
    ...optional('selfUrl', report.url(selfUrl)),
    entries: document.entries.map((entry) => boundEntry(entry, report)),
    tombstones: document.tombstones.map((each) => ({ ...each, id: report.id(each.id) })),
  };
  return { ...bounded, skipped: [...document.skipped, ...report.sentences()] };
}

function boundEntry(entry: Entry, report: LengthReport): Entry {
  const { url, baseUrl, image, furtherImages, ...rest } = entry;
  const imageUrl = report.url(image?.url);
  return {
    ...rest,
    id: report.id(entry.id),
    ...optional('url', report.url(url)),
    title: report.cut('Titles', entry.title, entryLimits.maxTitleLength),
    authors: report
      .first('Authors', entry.authors, entryLimits.maxAuthors)
      .map((author) => report.cut('Names of authors', author, entryLimits.maxNameLength)),
    categories: report.first('Categories', entry.categories, entryLimits.maxCategories).map((each) => boundCategory(each, report)),
    ...(image !== undefined && imageUrl !== undefined && { image }),
    ...(furtherImages !== undefined && { furtherImages: boundPictures(furtherImages, report) }),
    enclosures: report
      .first('Enclosures', entry.enclosures, entryLimits.maxEnclosures)
      .flatMap((enclosure) => boundEnclosure(enclosure, report)),
    ...optional('baseUrl', report.url(baseUrl)),
  };
}

function boundPictures(pictures: readonly EntryImage[], report: LengthReport): readonly EntryImage[] {
  return report.first('Pictures', pictures, entryLimits.maxEnclosures).filter(({ url }) => report.url(url) !== undefined);
}

function boundCategory(category: EntryCategory, report: LengthReport): EntryCategory {
  const { name, slug, scheme, kind } = category;
  const boundName = report.cut('Names of categories', name, entryLimits.maxNameLength);
  const isWhole = boundName === name && slug.length <= entryLimits.maxNameLength;
  return {
    name: boundName,
    slug: isWhole ? slug : `${cutToLength(slug, shownIdLength)}-${hashOf(`${slug} ${name}`).slice(0, 16).toLowerCase()}`,
    ...(scheme !== undefined && scheme.length <= entryLimits.maxUrlLength && { scheme }),
    kind,
  };
}

function boundEnclosure(enclosure: EntryEnclosure, report: LengthReport): EntryEnclosure[] {
  if (report.url(enclosure.url) === undefined) return [];
  const { title } = enclosure;
  return [{ ...enclosure, ...(title !== undefined && { title: report.cut('Titles', title, entryLimits.maxTitleLength) }) }];
}

/** What a shortened id begins with, for people. */
const shownIdLength = 100;

/** An id of a bounded length that is the same for the same id and for no other: its beginning and a hash of all of it. */
export function boundId(id: string): string {
  return id.length <= entryLimits.maxIdLength ? id : `${cutToLength(id, shownIdLength)} sha256:${hashOf(id)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function optional<Name extends string>(name: Name, value: string | undefined): { [Key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: string });
}

/** Bounds values, and counts what it changed under what people call them. */
class LengthReport {
  readonly #counts = new Map<string, number>();
  /** A link is often also what an entry's other addresses are relative to, an enclosure its image: it is still one address. */
  readonly #longUrls = new Set<string>();

  /** A text for people, cut at a word. */
  cut(what: string, text: string, maxLength: number): string {
    if (text.length <= maxLength) return text;
    this.#count(`${what} longer than ${maxLength} characters`, 'they were cut');
    return withoutOpenDirections(cutAtWord(text, maxLength));
  }

  /** An address, which means nothing when it is cut. */
  url(url: string | undefined): string | undefined {
    if (url === undefined || url.length <= entryLimits.maxUrlLength) return url;
    if (!this.#longUrls.has(url)) this.#count(`Addresses longer than ${entryLimits.maxUrlLength} characters`, 'they were left out');
    this.#longUrls.add(url);
    return undefined;
  }

  id(id: string): string {
    if (id.length > entryLimits.maxIdLength)
      this.#count(`Ids longer than ${entryLimits.maxIdLength} characters`, 'a hash of each stands for it');
    return boundId(id);
  }

  /** As many of a list as are kept. */
  first<Value>(what: string, values: readonly Value[], maxCount: number): readonly Value[] {
    if (values.length <= maxCount) return values;
    this.#count(`${what} beyond the first ${maxCount} of an entry`, 'they were left out', values.length - maxCount);
    return values.slice(0, maxCount);
  }

  sentences(): string[] {
    return [...this.#counts].map(([key, count]) => {
      const [what, consequence] = key.split('\n');
      return `${what}: ${count}; ${consequence}.`;
    });
  }

  #count(what: string, consequence: string, count = 1): void {
    const key = `${what}\n${consequence}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }
}

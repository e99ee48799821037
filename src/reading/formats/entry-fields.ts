import { createHash } from 'node:crypto';
import type { Entry, EntryCategory, EntryEnclosure, EntryEvent, EntryImage } from '../entry.ts';
import { dropForbiddenReferences } from '../xml/character-reference.ts';
import { languageTag } from './field-values.ts';
import { isImplausibleDate, parseDate, parseMoment } from './parse-date.ts';
import type { StatedEvent } from '../xml/stated-event.ts';
import { titleText } from './title-text.ts';

/** What reading an entry depends on besides its own text. */
export interface ReadingContext {
  /** Where the document came from: the last base for relative URLs. */
  readonly url?: string;
  /** IANA zone for dates that state none. */
  readonly timeZone?: string;
  readonly now: Date;
  readonly maxEntries: number;
}

/** The fields of an entry as a format's reader finds them, texts clean; completeEntry makes the entry. */
export interface RawEntry {
  readonly id?: string | undefined;
  readonly url?: string | undefined;
  readonly title: string;
  readonly html: string;
  readonly summary?: string | undefined;
  readonly authors: readonly string[];
  readonly categories: readonly EntryCategory[];
  readonly published?: string | undefined;
  readonly updated?: string | undefined;
  readonly image?: EntryImage | undefined;
  readonly furtherImages?: readonly EntryImage[] | undefined;
  readonly enclosures: readonly EntryEnclosure[];
  readonly event?: StatedEvent | undefined;
  readonly externalUrl?: string | undefined;
  readonly language?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly isProtected?: boolean;
}

/** An entry from its raw fields. */
function completeEntry(raw: RawEntry, context: ReadingContext): Entry {
  const html = dropForbiddenReferences(raw.html).trim();
  const summary = dropForbiddenReferences(raw.summary ?? '').trim();
  const published = readDate(raw.published, raw.language, context);
  const updated = readDate(raw.updated, raw.language, context);
  const statedId = raw.id?.trim() ?? '';
  return {
    id: statedId === '' ? (raw.url ?? fingerprint(raw.title, html, raw.enclosures)) : statedId,
    hasOwnId: statedId !== '',
    ...(raw.url !== undefined && { url: raw.url }),
    title: raw.title,
    html,
    ...(summary !== '' && summary !== html && { summary }),
    authors: unique(raw.authors),
    categories: uniqueCategories(raw.categories),
    ...(published.date !== undefined && { publishedAt: published.date }),
    ...(updated.date !== undefined && { updatedAt: updated.date }),
    hasImplausibleDate: published.isImplausible || updated.isImplausible,
    ...(raw.image !== undefined && { image: raw.image }),
    ...(raw.furtherImages !== undefined && raw.furtherImages.length > 0 && { furtherImages: raw.furtherImages }),
    enclosures: uniqueEnclosures(raw.enclosures),
    ...optionalEvent(raw, context),
    ...(raw.externalUrl !== undefined && raw.externalUrl !== raw.url && { externalUrl: raw.externalUrl }),
    ...optionalLanguage(raw.language),
    ...((raw.baseUrl ?? raw.url) !== undefined && { baseUrl: raw.baseUrl ?? raw.url ?? '' }),
    isProtected: raw.isProtected === true || asksForPassword(html),
  };
}

// What themes and plug-ins leave of it: each of these alone tells it.
const passwordSigns: ReadonlyMap<string, RegExp> = new Map([
  ['class', /\bpost-password-form\b/i],
  ['action', /\baction=postpass(?![\w-])/i],
  ['name', /^post_password$/i],
]);

/** Whether a text is the form by which WordPress asks for a post's password; a post may well write about one. */
function asksForPassword(html: string): boolean {
  for (const [tag] of html.matchAll(/<(?:form|input)\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*/gi)) {
    for (const [, name = '', double, single, bare] of tag.matchAll(/(?<=[\s"'/])([^\s"'=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g)) {
      if (passwordSigns.get(name.toLowerCase())?.test(double ?? single ?? bare ?? '') === true) return true;
    }
  }
  return false;
}

/** Stands in for an id where the source states neither id nor link: the same for the same content. */
function fingerprint(title: string, html: string, enclosures: readonly EntryEnclosure[] = []): string {
  const hash = createHash('sha256').update([title, html.replace(/\s+/g, ' '), ...enclosures.map(({ url }) => url)].join('\0'));
  return `fingerprint:${hash.digest('hex').slice(0, 32)}`;
}

/** The dates that programs write where they know none: the epoch, and the year 1 of .NET. */
function isPlaceholderDate(date: Date): boolean {
  return date.getTime() === 0 || date.getUTCFullYear() <= 1;
}

function readDate(raw: string | undefined, language: string | undefined, context: ReadingContext): { date?: Date; isImplausible: boolean } {
  const date = raw === undefined ? undefined : parseDate(raw, context.timeZone, languageTag(language));
  if (date === undefined || Number.isNaN(date.getTime())) return { isImplausible: false };
  return isPlaceholderDate(date) ? { isImplausible: true } : { date, isImplausible: isImplausibleDate(date, context.now) };
}

/** What an entry states as a date and is none; "0000-00-00" and placeholders state that there is no date. */
function unreadDates(raw: RawEntry, entry: Entry): string[] {
  if (entry.hasImplausibleDate) return [];
  const isUnread = (text = '', date?: Date): boolean => date === undefined && /[1-9\p{L}]/u.test(text);
  const { published = '', updated = '' } = raw;
  return [...(isUnread(published, entry.publishedAt) ? [published] : []), ...(isUnread(updated, entry.updatedAt) ? [updated] : [])].map(
    (text) => text.trim().slice(0, 40),
  );
}

function optionalEvent({ event, language }: RawEntry, { timeZone }: ReadingContext): { event?: EntryEvent } {
  const moment = (text = ''): string | undefined => parseMoment(text, timeZone, languageTag(language));
  const start = moment(event?.start);
  if (event === undefined || start === undefined) return {};
  const end = lastDay(moment(event.end), event.isEndExclusive === true);
  const place = titleText(event.place ?? '');
  return { event: { start, ...(end !== undefined && end > start && { end }), ...(place !== '' && { place }) } };
}

/** The last day of an event by its end; RFC 5545 (3.6.1) states the day after. */
function lastDay(end: string | undefined, isExclusive: boolean): string | undefined {
  if (end?.length !== 10 || !isExclusive) return end;
  return new Date(Date.parse(end) - dayMs).toISOString().slice(0, 10);
}

const dayMs = 86_400_000;
// Further ahead nobody announces an event: the year was mistyped, or stands for "never".
const maxAheadMs = 2 * 366 * dayMs;

/**
 * Dates of publication that lie ahead are those of events. One within a day may be the clock or the time zone of the machine that wrote it: it counts
 * where the same document has one that cannot be.
 */
function withDatesAhead(entries: readonly Entry[], statedDates: ReadonlyMap<Entry, string>, { now, timeZone }: ReadingContext): Entry[] {
  const aheadMs = ({ publishedAt }: Entry): number => (publishedAt === undefined ? 0 : publishedAt.getTime() - now.getTime());
  if (!entries.some((entry) => aheadMs(entry) > dayMs && aheadMs(entry) <= maxAheadMs)) return [...entries];
  return entries.map((entry) => {
    if (aheadMs(entry) <= 0 || aheadMs(entry) > maxAheadMs) return entry;
    const datedAhead = parseMoment(statedDates.get(entry) ?? '', timeZone, entry.language);
    return datedAhead === undefined ? entry : { ...entry, datedAhead };
  });
}

function optionalLanguage(raw: string | undefined): { language?: string } {
  const language = languageTag(raw);
  return language === undefined ? {} : { language };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function uniqueCategories(categories: readonly EntryCategory[]): EntryCategory[] {
  return [
    ...new Map(categories.map((category) => [`${category.kind} ${category.slug} ${category.name.toLowerCase()}`, category])).values(),
  ];
}

/** One enclosure per URL: the first, with what only a later one knows. */
function uniqueEnclosures(enclosures: readonly EntryEnclosure[]): EntryEnclosure[] {
  const byUrl = new Map<string, EntryEnclosure>();
  for (const enclosure of enclosures) byUrl.set(enclosure.url, { ...enclosure, ...byUrl.get(enclosure.url) });
  return [...byUrl.values()];
}

/**
 * Gives different entries of a document different ids. Two under one id, which careless generators write, would take turns as revisions of one
 * post: each but the first gets an id that its page, or else its content and date, make. The same entry listed twice keeps its id; it is one post.
 */
function distinctEntries(entries: readonly Entry[], skipped: string[]): Entry[] {
  const byId = new Map<string, Entry>();
  const texts = new Map<Entry, string>();
  let repeatedCount = 0;
  const distinct = entries.map((entry) => {
    for (const idOf of [statedIdOf, idOfPage, idOfAll]) {
      const id = idOf(entry);
      const first = byId.get(id);
      if (first === undefined) byId.set(id, entry);
      else if (isSameEntry(first, entry, texts)) repeatedCount++;
      else continue;
      return id === entry.id ? entry : { ...entry, id, hasOwnId: false };
    }
    return entry;
  });
  if (repeatedCount > 0) skipped.push(`${repeatedCount} entries are listed more than once; each counts once.`);
  return distinct;
}

function statedIdOf({ id }: Entry): string {
  return id;
}

function idOfPage({ id, url, title, html }: Entry): string {
  return `${id}#${fingerprint(url ?? title, url === undefined ? html : '').slice(-12)}`;
}

function idOfAll(entry: Entry): string {
  return `${entry.id}#${fingerprint(`${entry.url ?? ''} ${entry.title} ${minuteOfEntry(entry)}`, textOfEntry(entry), entry.enclosures).slice(-12)}`;
}

/** Whether page, title, text and the minute that is stated are the same. Texts that were looked at are kept: one may be compared with thousands. */
function isSameEntry(one: Entry, other: Entry, texts: Map<Entry, string>): boolean {
  if (one.url !== other.url || one.title !== other.title || minuteOfEntry(one) !== minuteOfEntry(other)) return false;
  const textOf = (entry: Entry): string => {
    const text = texts.get(entry) ?? textOfEntry(entry);
    texts.set(entry, text);
    return text;
  };
  return textOf(one) === textOf(other);
}

function minuteOfEntry({ publishedAt, updatedAt }: Entry): string {
  return (publishedAt ?? updatedAt)?.toISOString().slice(0, 16) ?? '';
}

function textOfEntry({ html, summary }: Entry): string {
  return (html === '' ? (summary ?? '') : html).replaceAll(/<[^<>]*>|\s+/g, '');
}

/** Reads each item, so that one that fails costs only itself, and no more of them than the limit. `read` gives nothing for one that states nothing. */
export function readEntries<Item>(
  items: readonly Item[],
  read: (item: Item) => RawEntry | undefined,
  context: ReadingContext,
  skipped: string[],
): Entry[] {
  const entries: Entry[] = [];
  const statedDates = new Map<Entry, string>();
  const unread: string[] = [];
  let emptyCount = 0;
  for (const [index, item] of items.slice(0, context.maxEntries).entries()) {
    try {
      const raw = read(item);
      if (raw === undefined) {
        emptyCount++;
        continue;
      }
      const entry = completeEntry(raw, context);
      entries.push(entry);
      if (raw.published !== undefined) statedDates.set(entry, raw.published);
      unread.push(...unreadDates(raw, entry));
    } catch (error) {
      skipped.push(`Entry ${index + 1} could not be read: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  const [example] = unread;
  if (example !== undefined) skipped.push(`Dates that could not be read: ${unread.length}, such as ${JSON.stringify(example)}.`);
  if (emptyCount > 0) skipped.push(`Entries that state nothing: ${emptyCount}; they were left out.`);
  if (items.length > context.maxEntries)
    skipped.push(`${items.length - context.maxEntries} entries beyond the limit of ${context.maxEntries} were not read.`);
  return distinctEntries(withDatesAhead(entries, statedDates, context), skipped);
}

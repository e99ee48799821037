/*
 * How entries and posts are named: the id of an entry in its document, the keys that lead to posts which may be the same, the id of a post in our
 * feeds. Which of them decides stands in recognise.ts. Invariant: when in doubt two entries are two posts; a wrong merge would lose one of them for ever.
 */
import { createHash } from 'node:crypto';
import { boundId } from '../../reading/parsing/bound-document.ts';
import type { Entry } from '../../reading/entry.ts';
import { steadyText, steadyTitle } from '../../content/said.ts';
import { lettersOf } from '../../content/text/letters.ts';
import { canonicalUrl, fileNameIn, siteHost } from '../../content/web-address.ts';

/** Every kind of key, in the order in which they are asked: the same list as the check constraint `post_key_kind_check`. */
export const keyKinds = ['guid', 'url', 'fingerprint'] as const;

/** What kind of key leads to a post. */
export type KeyKind = (typeof keyKinds)[number];

/** Something that leads to a post in another source, or under another id: a hint, which what both say confirms or not. */
export interface PostKey {
  readonly kind: KeyKind;
  readonly key: string;
}

/** What of an entry its keys are found from. */
export type KeyedEntry = Pick<Entry, 'id' | 'hasOwnId' | 'url' | 'title' | 'publishedAt' | 'html' | 'summary' | 'enclosures'>;

/** What one entry of a document is recognised by, whatever stands beside it. */
export interface EntryKeys {
  /** The one form of its page's address; undefined where it has none. */
  readonly page: string | undefined;
  /** In the order in which they are asked. */
  readonly keys: readonly PostKey[];
  /** Of what it says; undefined for an entry with an id of its own. */
  readonly mark: string | undefined;
}

/** The site that a document is of. */
export interface DocumentSite {
  readonly siteUrl?: string | undefined;
  readonly sourceUrl: string;
}

/** An entry with the id and the keys under which it is looked for. */
export interface IdentifiedEntry extends Pick<EntryKeys, 'page'> {
  readonly entry: Entry;
  readonly statedHash: string;
  /** Unique within its document. */
  readonly entryId: string;
  /** What the id is: the source's own, the address of its page, or what it says. */
  readonly idKind: IdKind;
  /** Only keys that no other entry of the document shares, in the order in which they are asked. */
  readonly keys: readonly PostKey[];
}

/** What the id of an entry is made of. */
export type IdKind = 'guid' | 'link' | 'words';

/** The part of an entry that its keys are found from, which goes to a thread in place of the whole. */
export function keyedPart({ id, hasOwnId, url, title, publishedAt, html, summary, enclosures }: Entry): KeyedEntry {
  const needsText = lettersOf(title) === '';
  return {
    id,
    hasOwnId,
    title,
    html: hasOwnId ? (needsText ? html.slice(0, lookedAtLength) : '') : html,
    enclosures: hasOwnId ? [] : enclosures,
    ...(hasOwnId || summary === undefined ? {} : { summary }),
    ...(url === undefined ? {} : { url }),
    ...(publishedAt === undefined ? {} : { publishedAt }),
  };
}

/** What each of some entries of a document is recognised by, in their order: what takes its time with a hostile one. */
export function findEntryKeys(entries: readonly KeyedEntry[], site: DocumentSite): EntryKeys[] {
  const fronts = new Set([canonicalUrl(site.siteUrl), canonicalUrl(site.sourceUrl)]);
  return entries.map((entry) => {
    const page = canonicalUrl(entry.url);
    // The front page of a site, or the feed itself, is no page of a post.
    const isPage = page !== undefined && !fronts.has(page) && /[/?]/.test(page);
    const mark = entry.hasOwnId ? undefined : markOf(entry);
    return { page, keys: keysOf(entry, site, isPage ? page : undefined), mark };
  });
}

/** What is known of an entry before its id is. */
export interface StatedEntry extends EntryKeys {
  readonly entry: Entry;
  readonly statedHash: string;
}

/** Gives the entries of a document, in its order, their ids and keys; what is stated twice under one id counts once. */
export function identifyEntries(stated: readonly StatedEntry[]): IdentifiedEntry[] {
  const ids = entryIdsOf(stated);
  const seen = new Set<string>();
  const identified: IdentifiedEntry[] = [];
  for (const [index, { entry, page, keys, statedHash }] of stated.entries()) {
    const { entryId, idKind } = ids[index]!;
    if (seen.has(entryId)) continue;
    seen.add(entryId);
    identified.push({ entry, entryId, idKind, page, keys, statedHash });
  }
  const uses = new Map<string, number>();
  for (const { keys } of identified) for (const key of keys) uses.set(keyName(key), (uses.get(keyName(key)) ?? 0) + 1);
  return identified.map((each) => ({ ...each, keys: each.keys.filter((key) => uses.get(keyName(key)) === 1) }));
}

/** What an entry is called in its document, and by what. */
interface EntryId {
  readonly entryId: string;
  readonly idKind: IdKind;
}

/**
 * The source's own id; without one the address of its page, if nothing else is on that page, else what it says. Where software writes one id for
 * all, their pages tell its entries apart.
 */
function entryIdsOf(stated: readonly StatedEntry[]): EntryId[] {
  const atAddress = new Map<string, Set<string>>();
  const pagesOfId = new Map<string, Set<string>>();
  const minutesOfMark = new Map<string, Set<string>>();
  for (const { entry, page, mark } of stated) {
    if (entry.url !== undefined) addTo(atAddress, entry.url, mark ?? entry.id);
    addTo(pagesOfId, entry.id, page ?? entry.title);
    if (mark !== undefined) addTo(minutesOfMark, mark, minuteOf(entry) ?? '');
  }
  return stated.map(({ entry, page, mark }) => {
    if (mark !== undefined && entry.url !== undefined && atAddress.get(entry.url)!.size > 1) {
      const minute = minutesOfMark.get(mark)!.size > 1 ? ` ${minuteOf(entry) ?? ''}` : '';
      return { entryId: `says:${mark}${minute}`, idKind: 'words' };
    }
    const idKind = mark === undefined ? 'guid' : entry.url === undefined ? 'words' : 'link';
    const isRepeated = pagesOfId.get(entry.id)!.size > 1;
    return { entryId: boundId(isRepeated ? `${entry.id} ${page ?? entry.title}` : entry.id), idKind };
  });
}

function addTo(sets: Map<string, Set<string>>, name: string, value: string): void {
  const set = sets.get(name);
  if (set) set.add(value);
  else sets.set(name, new Set([value]));
}

/** The minute that an entry states as its date; undefined where it states none. */
export function minuteOf({ publishedAt, updatedAt }: Pick<Entry, 'publishedAt' | 'updatedAt'>): string | undefined {
  return (publishedAt ?? updatedAt)?.toISOString().slice(0, 16);
}

/** Of what an entry says, and the names of its documents: the same in every document. */
function markOf({ title, html, summary, enclosures }: KeyedEntry): string {
  const text = html === '' ? (summary ?? '') : html;
  const files = [...html.matchAll(/\bhref\s*=\s*["']?([^"'\s<>]+)/gi)].map(([, address = '']) => address);
  const names = [...files, ...enclosures.map(({ url }) => url)]
    .map((address) => fileNameIn(address.split(/[?#]/, 1)[0]!))
    .filter((name) => name.includes('.'));
  return hash(JSON.stringify([steadyTitle(title), steadyText(text), names])).slice(0, 22);
}

/**
 * What the source states of an entry, as one hash: while it is the same, the entry need not be looked at again.
 * Dates are left out: some feeds state the moment of reading.
 */
export function statedHashOf(entry: Entry): string {
  const { title, html, summary, url, authors, categories, image, enclosures, language, baseUrl } = entry;
  const stated = [title, html, summary, url, authors, categories, image, enclosures, language, baseUrl, entry.isProtected];
  // What few entries have leaves the hash of all others as it was.
  const rare = [entry.event, entry.externalUrl].some((value) => value !== undefined)
    ? [entry.event ?? null, entry.externalUrl ?? null]
    : [];
  return hash(JSON.stringify([...stated, ...rare]));
}

/** One text for a key, to look it up in maps. */
export function keyName(key: PostKey): string {
  return `${key.kind} ${key.key}`;
}

function keysOf(entry: KeyedEntry, site: DocumentSite, page: string | undefined): PostKey[] {
  const guid = entry.hasOwnId ? guidKey(entry, site) : undefined;
  const mark = fingerprint(entry);
  const keys: PostKey[] = [];
  if (guid !== undefined) keys.push({ kind: 'guid', key: boundId(guid) });
  if (page !== undefined) keys.push({ kind: 'url', key: boundId(page) });
  if (mark !== undefined) keys.push({ kind: 'fingerprint', key: mark });
  return keys;
}

// Stands in no address: tells ids that are unique on their site only from those that are unique everywhere.
const siteSeparator = ' | ';

/** Whether an id is unique on its site only, such as a number. */
export function isSiteKey({ kind, key }: PostKey): boolean {
  return kind === 'guid' && key.includes(siteSeparator);
}

/** An id as a key for all sources: addresses without scheme and `www.`, ids that are unique only on their site with its host. */
function guidKey(entry: KeyedEntry, site: DocumentSite): string {
  const { id } = entry;
  if (/^https?:\/\//i.test(id)) return id.replace(/^https?:\/\/(www\.)?/i, '').replace(/\/$/, '');
  if (/^(tag|urn):/i.test(id) || /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id)) return id;
  return `${siteHost(entry.url ?? site.siteUrl ?? site.sourceUrl)}${siteSeparator}${id}`;
}

const minTitleLetters = 10;
const minTextLetters = 80;
const comparedTextLength = 600;
// Of the markup: so much holds as many letters, as people write.
const lookedAtLength = 10 * comparedTextLength;

/** Title and minute of publication; for an entry without them the beginning of its text. Undefined where that says too little. */
function fingerprint(entry: KeyedEntry): string | undefined {
  const title = lettersOf(entry.title);
  if (title.length >= minTitleLetters && entry.publishedAt) return hash(`${title} ${entry.publishedAt.toISOString().slice(0, 16)}`);
  if (title !== '') return undefined;
  // Coarser than `visibleText`, and as it was: another text would be another key, and a post that is known would be new.
  const text = lettersOf(entry.html.slice(0, lookedAtLength).replaceAll(/<[^<>]*>/g, ' ')).slice(0, comparedTextLength);
  return text.length >= minTextLetters ? hash(text) : undefined;
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

/** What the entry id of a post is made from. */
export interface TagFacts {
  /** A domain of ours and a day on which it was ours, such as `example.org,2026-01-01`. */
  readonly authority: string;
  readonly postId: string;
  /** What the post was first recognised by. */
  readonly statedAs: string;
}

/**
 * The entry id of a post in our feeds (RFC 4151). Beside the post's number it holds a piece of the hash of what it was first stated as:
 * a database that is begun anew counts from one again and must not give an old id to another post.
 */
export function tagIdFor({ authority, postId, statedAs }: TagFacts): string {
  return `tag:${authority}:post/${postId}-${createHash('sha256').update(statedAs).digest('hex').slice(0, 10)}`;
}

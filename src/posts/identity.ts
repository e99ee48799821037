/*
 * How a post is recognised: by source and entry id, then by guid, canonical URL and fingerprint.
 * Invariant: when in doubt two entries are two posts; a wrong merge would lose one of them for ever.
 */
import { createHash } from 'node:crypto';
import { boundId } from '../reading/parsing/bound-document.ts';
import type { Entry } from '../reading/entry.ts';
import type { PostState } from './post.ts';
import { lettersOf } from '../content/text/letters.ts';
import { canonicalUrl, siteHost } from '../content/web-address.ts';

/** Every kind of key, in the order in which they are asked: the same list as the check constraint `post_key_kind_check`. */
export const keyKinds = ['guid', 'url', 'fingerprint'] as const;

/** What kind of key recognised a post. */
export type KeyKind = (typeof keyKinds)[number];

/** Something by which a post is recognised in another source, or under another id. */
export interface PostKey {
  readonly kind: KeyKind;
  readonly key: string;
}

/** What of an entry its keys are found from. */
export type KeyedEntry = Pick<Entry, 'id' | 'hasOwnId' | 'url' | 'title' | 'publishedAt' | 'html'>;

/** What one entry of a document is recognised by, whatever stands beside it. */
export interface EntryKeys {
  /** The one form of its page's address; undefined where it has none. */
  readonly page: string | undefined;
  /** In the order in which they are asked. */
  readonly keys: readonly PostKey[];
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
  /** Only keys that no other entry of the document shares, in the order in which they are asked. */
  readonly keys: readonly PostKey[];
}

/** The part of an entry that its keys are found from, which goes to a thread in place of the whole. */
export function keyedPart({ id, hasOwnId, url, title, publishedAt, html }: Entry): KeyedEntry {
  const needsText = lettersOf(title) === '';
  return {
    id,
    hasOwnId,
    title,
    html: needsText ? html.slice(0, lookedAtLength) : '',
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
    return { page, keys: keysOf(entry, site, isPage ? page : undefined) };
  });
}

/** What is known of an entry before its id is. */
export interface StatedEntry extends EntryKeys {
  readonly entry: Entry;
  readonly statedHash: string;
}

/** Gives the entries of a document, in its order, their ids and keys; what is stated twice counts once. */
export function identifyEntries(stated: readonly StatedEntry[]): IdentifiedEntry[] {
  const repeated = repeatedIds(stated);
  const seen = new Set<string>();
  const identified: IdentifiedEntry[] = [];
  for (const { entry, page, keys, statedHash } of stated) {
    const entryId = boundId(repeated.has(entry.id) ? `${entry.id} ${page ?? entry.title}` : entry.id);
    if (seen.has(entryId)) continue;
    seen.add(entryId);
    identified.push({ entry, entryId, page, keys, statedHash });
  }
  const uses = new Map<string, number>();
  for (const { keys } of identified) for (const key of keys) uses.set(keyName(key), (uses.get(keyName(key)) ?? 0) + 1);
  return identified.map((each) => ({ ...each, keys: each.keys.filter((key) => uses.get(keyName(key)) === 1) }));
}

/**
 * What the source states of an entry, as one hash: while it is the same, the entry need not be looked at again.
 * Dates are left out: some feeds state the moment of reading.
 */
export function statedHashOf(entry: Entry): string {
  const { title, html, summary, url, authors, categories, image, enclosures, language, baseUrl } = entry;
  return hash(JSON.stringify([title, html, summary, url, authors, categories, image, enclosures, language, baseUrl, entry.isProtected]));
}

/** One text for a key, to look it up in maps. */
export function keyName(key: PostKey): string {
  return `${key.kind} ${key.key}`;
}

/** Ids that a document gives to several different entries: some software writes one constant. */
function repeatedIds(stated: readonly { readonly entry: Entry; readonly page: string | undefined }[]): Set<string> {
  const pages = new Map<string, string>();
  const repeated = new Set<string>();
  for (const { entry, page = entry.title } of stated) {
    const known = pages.get(entry.id);
    if (known === undefined) pages.set(entry.id, page);
    else if (known !== page) repeated.add(entry.id);
  }
  return repeated;
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

/** A stored post as collecting has to know it. */
export interface StoredPost {
  readonly id: string;
  readonly state: PostState;
  readonly reason: string | null;
  readonly revision: number;
  readonly contentHash: string;
  readonly htmlLength: number;
  readonly title: string;
  readonly url: string | null;
  readonly publishedAt: Date | null;
  /** Its entries, one for each source and id under which it was stated. */
  readonly statements: readonly { readonly sourceId: string; readonly entryId: string; readonly isLead: boolean }[];
}

const sameDayMs = 36 * 3600 * 1000;
const sameMomentMs = 60 * 1000;

/**
 * Whether an entry that shares a key with a stored post is that post. A guid that is unique everywhere says so by itself, a number that is unique
 * only on its site needs the same title or moment (two programs of one site count from 1). A page may be used again for something else: then both
 * title and date differ. And what the same document states under two ids is two posts.
 */
export function isSamePost(
  candidate: IdentifiedEntry,
  by: PostKey,
  stored: StoredPost,
  sourceId: string,
  present: ReadonlySet<string>,
): boolean {
  const ownIds = stored.statements.filter((each) => each.sourceId === sourceId).map((each) => each.entryId);
  if (ownIds.some((entryId) => entryId !== candidate.entryId && present.has(entryId))) return false;
  const apartMs = timeBetween(candidate.entry, stored);
  const isSameTitle = lettersOf(candidate.entry.title) === lettersOf(stored.title);
  if (by.kind === 'guid' && by.key.includes(siteSeparator)) return isSameTitle || (apartMs !== undefined && apartMs <= sameMomentMs);
  return by.kind !== 'url' || isSameTitle || apartMs === undefined || apartMs <= sameDayMs;
}

function timeBetween({ publishedAt }: Entry, stored: StoredPost): number | undefined {
  return publishedAt && stored.publishedAt ? Math.abs(publishedAt.getTime() - stored.publishedAt.getTime()) : undefined;
}

/** Whether a source uses the id of a stored post for another one now (`latest`): page, title and day are known of both, and all differ. */
export function isReusedId({ entry, page }: IdentifiedEntry, stored: StoredPost): boolean {
  const differ = (one: string | undefined, other: string | undefined): boolean => !!one && !!other && one !== other;
  const apartMs = timeBetween(entry, stored);
  return (
    apartMs !== undefined &&
    apartMs > sameDayMs &&
    differ(lettersOf(entry.title), lettersOf(stored.title)) &&
    differ(page, canonicalUrl(stored.url ?? undefined))
  );
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

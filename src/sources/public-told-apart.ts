/*
 * How the entries of a document would be told apart, for whoever wonders whether a source is worth adding, and whether its posts would be mailed once.
 * Pure: the document was read, twice where that could be done.
 */
import type { PreparedContent } from '../content/content-from-entry.ts';
import { minuteOf, type IdentifiedEntry } from '../posts/identity/identity.ts';
import type { Entry } from '../reading/entry.ts';

/** An entry as one that has to be told from others. */
export interface PublicNamedEntry {
  readonly entryId: string;
  readonly title: string;
  readonly url: string | null;
}

/** How the entries of a document would be told apart. */
export interface PublicToldApart {
  /** How many are known by an id of the source's own, by the address of their page, by what they say. */
  readonly byGuid: number;
  readonly byLink: number;
  readonly byWords: number;
  /** Entries that would be one post, group by group: one id, or the same title, text and minute. */
  readonly together: readonly (readonly PublicNamedEntry[])[];
  /** Addresses that lead to several entries, and recognise none. */
  readonly sharedPages: readonly string[];
  /** Null where the document was read once only. */
  readonly secondReading: PublicSecondReading | null;
}

/** What a second reading, a moment later, showed of entries that say the same. */
export interface PublicSecondReading {
  /** Their own ids were others: the source makes them anew at each fetch, and they would be recognised by what they say. */
  readonly renewedIds: number;
  readonly otherLinks: number;
  /** Their dates were others: dates would count as none. */
  readonly otherDates: number;
}

/** An entry with what it would say as a post. */
export interface ExaminedEntry {
  readonly entry: Entry;
  readonly prepared: PreparedContent;
}

/** Judges one reading of a document, with the entries that have ids in it, and a second one where there was one. */
export function toldApart(
  examined: readonly ExaminedEntry[],
  identified: readonly IdentifiedEntry[],
  second: readonly ExaminedEntry[] | undefined,
): PublicToldApart {
  const count = (kind: IdentifiedEntry['idKind']): number => identified.filter(({ idKind }) => idKind === kind).length;
  const pages = new Map<string, Set<string>>();
  for (const { page, entryId } of identified) if (page !== undefined) pages.set(page, (pages.get(page) ?? new Set<string>()).add(entryId));
  return {
    byGuid: count('guid'),
    byLink: count('link'),
    byWords: count('words'),
    together: groupsOf(examined),
    sharedPages: [...pages].filter(([, ids]) => ids.size > 1).map(([page]) => page),
    secondReading: second === undefined ? null : compareReadings(examined, second),
  };
}

/** Entries of one post: what has one id, title and page, or says the same at the same minute. */
function groupsOf(examined: readonly ExaminedEntry[]): PublicNamedEntry[][] {
  const groups = new Map<string, ExaminedEntry[]>();
  const groupOf = new Map<string, ExaminedEntry[]>();
  for (const each of examined) {
    const { entry, prepared } = each;
    const names = [`says ${prepared.saidHash} ${minuteOf(entry) ?? ''}`, `is ${entry.id}\n${entry.url ?? ''}\n${entry.title}`];
    const group = names.map((name) => groupOf.get(name)).find((found) => found !== undefined) ?? [];
    group.push(each);
    for (const name of names) groupOf.set(name, group);
    groups.set(`${names[0]}`, group);
  }
  const several = [...new Set(groups.values())].filter((group) => group.length > 1);
  return several.map((group) => group.map(({ entry }) => ({ entryId: entry.id, title: entry.title, url: entry.url ?? null })));
}

function compareReadings(first: readonly ExaminedEntry[], second: readonly ExaminedEntry[]): PublicSecondReading {
  const ids = new Set(second.map(({ entry }) => entry.id));
  const again = new Map(second.map((each) => [each.prepared.saidHash, each.entry]));
  const pairs = first.flatMap(({ entry, prepared }) => {
    const other = again.get(prepared.saidHash);
    return other ? [{ entry, other }] : [];
  });
  const count = (differ: (one: Entry, other: Entry) => boolean): number => pairs.filter(({ entry, other }) => differ(entry, other)).length;
  return {
    renewedIds: count((one, other) => one.hasOwnId && other.hasOwnId && one.id !== other.id && !ids.has(one.id)),
    otherLinks: count((one, other) => one.url !== other.url && !ids.has(one.id)),
    otherDates: count((one, other) => one.id === other.id && minuteOf(one) !== minuteOf(other)),
  };
}

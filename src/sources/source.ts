/*
 * Sources: their rows, what staff do with them, and collecting, which reads those that are due and has their posts stored; what a thread of the
 * parser runs stands there too. Invariant: a source is read by whoever holds its claim, and nothing that it says or does ends a collection.
 * Order: source, source-store · repeats/ · collecting/ · the rest.
 *
 * This file is a source as it is kept: where it is, what was learned of it, when it is read next, and how its last reads went.
 * Validators belong to its address and go with it.
 */
import type { Repeat } from '../content/clutter/repeats.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { defaultGuardLimit } from '../ledger/releases/release.ts';
import type { SourceDocument } from '../reading/entry.ts';
import { entryLimits } from '../reading/limits.ts';
import { parseFirstRead } from '../posts/flood-guard.ts';

/** What a new source starts with where staff say nothing. */
export const sourceDefaults = { kind: 'feed', firstRead: 'known', guardLimit: defaultGuardLimit } as const;

/** Every state of a source: the same list as the check constraint `source_state_check`. */
export const sourceStates = ['active', 'paused', 'gone', 'removed'] as const;

/** `active`: read when due · `paused`: by staff · `gone`: it answered 410 · `removed`: by staff, its posts stay. */
export type SourceState = (typeof sourceStates)[number];

/** What reads a source. */
export type SourceKind = 'feed' | 'wordpress' | 'json';

/** What becomes of a post that vanishes before it was mailed: the same list as the check constraint `source_when_gone_check`. */
export const gonePolicies = ['hold', 'warn', 'ignore'] as const;

/** `hold`: it is withdrawn until its source lists it again · `warn`: staff are told · `ignore`: it is mailed. */
export type WhenGone = (typeof gonePolicies)[number];

/** A row of `source`. */
export interface Source {
  readonly id: string;
  readonly url: string;
  readonly kind: SourceKind;
  readonly mapping: unknown;
  readonly title: string | null;
  readonly siteUrl: string | null;
  readonly language: string | null;
  readonly timeZone: string | null;
  readonly state: SourceState;
  readonly firstRead: string;
  readonly firstReadAt: Date | null;
  readonly guardLimit: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly bodyHash: string | null;
  /** What its document last said about when to read it. */
  readonly pollHints: SourceDocument['pollHints'] | null;
  readonly nextPollAt: Date;
  readonly lastPolledAt: Date | null;
  readonly lastReadAt: Date | null;
  /** When the REST API of a WordPress site answered last. */
  readonly apiReadAt: Date | null;
  readonly lastOutcome: string | null;
  readonly lastReason: string | null;
  readonly failureCount: number;
  /** Documents in a row in which ids stayed with their words. */
  readonly idsKeptCount: number;
  /** When words last came back under new ids. */
  readonly idsRenewedAt: Date | null;
  /** Documents in a row in which dates moved while all else stayed. */
  readonly datesMovedCount: number;
  /** Documents in which dates stood still. */
  readonly datesKeptCount: number;
  /** Since when the words of its entries are kept; null until its posts of before were looked through. */
  readonly saidSince: Date | null;
  readonly whenGone: WhenGone;
  /** What its last posts repeat word for word. */
  readonly repeats: readonly Repeat[];
  /** Full posts are shown without it, too. */
  readonly trimsRepeats: boolean;
  /** The posts that it lists, in the order of its document; null until they are kept. */
  readonly listedPosts: readonly string[] | null;
  readonly permanentUrl: string | null;
  readonly permanentSeenCount: number;
  readonly createdAt: Date;
}

/** A source with what staff want to see beside it. */
export interface ListedSource extends Source {
  readonly newsletters: readonly string[];
  readonly postCount: number;
}

/** Checks what staff type for the first read. @throws InvalidInputError */
export function checkFirstRead(text: string): string {
  if (parseFirstRead(text)) return text;
  throw new InvalidInputError(`Expected known, release or latest:N (such as latest:3) for the first read, got "${text}"`);
}

/** Checks an address that staff name. @throws InvalidInputError */
export function checkSourceUrl(text: string): string {
  const trimmed = text.trim();
  const { maxUrlLength } = entryLimits;
  if (trimmed.length > maxUrlLength)
    throw new InvalidInputError(`Expected an address of at most ${maxUrlLength} characters, got one of ${trimmed.length}`);
  if (!URL.canParse(trimmed) || !/^https?:$/.test(new URL(trimmed).protocol)) {
    throw new InvalidInputError(`Expected the address of a source, such as https://example.org/feed/, got "${text}"`);
  }
  return new URL(trimmed).href;
}

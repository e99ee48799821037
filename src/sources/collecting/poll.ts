/*
 * What a poll leaves behind in its source: pure rules about validators, permanent addresses, failures and the next poll.
 * Invariant: validators are those of the address that is stored; they change only with a document that was read, and go when the address changes.
 */
import { cutToLength } from '../../kernel/cut-text.ts';
import type { SourceReading } from '../../reading/source-reader.ts';
import { shownUrl } from '../../reading/source-url.ts';
import { nextPollAt } from '../../reading/next-poll.ts';
import type { PollPolicy } from '../../reading/next-poll.ts';
import type { Source } from '../source.ts';
import type { PollResult } from './poll-store.ts';

/** How often in a row a permanent redirect must point to the same place before it becomes the address. */
const stableSightings = 3;

/** What decides about the next poll besides the reading. */
export interface PollCircumstances {
  readonly now: Date;
  readonly policy: PollPolicy;
  /** In [0, 1): spreads polls that would come at the same moment. */
  readonly random: number;
  /** Another source has the address that this one moved to. */
  readonly isMoveTaken: boolean;
}

/** What a reading leaves in its source. */
export function pollResult(source: Source, reading: SourceReading, circumstances: PollCircumstances): PollResult {
  const { now } = circumstances;
  const isUnderstood = reading.kind === 'read' || reading.kind === 'unchanged';
  const failureCount = isUnderstood ? 0 : source.failureCount + 1;
  const address = addressAfter(source, reading, circumstances.isMoveTaken);
  return {
    outcome: reading.kind,
    reason: 'reason' in reading ? reading.reason : address.note,
    now,
    nextPollAt: nextPoll(source, reading, failureCount, circumstances),
    failureCount,
    isUnderstood,
    isApi: isUnderstood && reading.exchange?.isApi === true,
    ...(reading.kind === 'gone' ? { state: 'gone' as const } : isUnderstood && source.state === 'gone' ? { state: 'active' as const } : {}),
    url: address.url,
    permanentUrl: address.permanentUrl,
    permanentSeenCount: address.permanentSeenCount,
    ...(address.url === source.url ? validatorsAfter(source, reading) : { etag: null, lastModified: null, bodyHash: null }),
    ...(reading.kind === 'read'
      ? {
          title: cutToLength(reading.document.title.trim(), 500) || undefined,
          siteUrl: reading.document.siteUrl,
          language: reading.document.language,
          pollHints: reading.document.pollHints,
        }
      : {}),
  };
}

/** Stored after every document that came, also when its body is unchanged; a 304 and failures keep what there is. */
function validatorsAfter(source: Source, reading: SourceReading): Pick<PollResult, 'etag' | 'lastModified' | 'bodyHash'> {
  const isSameBody = reading.kind === 'unchanged' && reading.exchange.status !== 304;
  if (reading.kind !== 'read' && !isSameBody) return { etag: source.etag, lastModified: source.lastModified, bodyHash: source.bodyHash };
  // What was cut off is asked for again, and its beginning is no measure of the whole.
  if (reading.kind === 'read' && reading.isTruncated) return { etag: null, lastModified: null, bodyHash: null };
  const { etag = null, lastModified = null } = reading.exchange;
  return { etag, lastModified, bodyHash: reading.kind === 'read' ? reading.bodyHash : source.bodyHash };
}

interface Address {
  readonly url: string;
  readonly permanentUrl: string | null;
  readonly permanentSeenCount: number;
  readonly note: string | null;
}

/** The address after this reading: a permanent redirect counts only while every reading confirms it. */
function addressAfter(source: Source, reading: SourceReading, isMoveTaken: boolean): Address {
  const { exchange } = reading;
  const isUnderstood = reading.kind === 'read' || reading.kind === 'unchanged';
  // A failure says nothing about where the source lives.
  if (!exchange || !isUnderstood) {
    const { url, permanentUrl, permanentSeenCount } = source;
    return { url, permanentUrl, permanentSeenCount, note: null };
  }
  const target = movedTo(source, reading);
  if (target === undefined || target === source.url) return { url: source.url, permanentUrl: null, permanentSeenCount: 0, note: null };
  const permanentSeenCount = target === source.permanentUrl ? source.permanentSeenCount + 1 : 1;
  if (permanentSeenCount < stableSightings) return { url: source.url, permanentUrl: target, permanentSeenCount, note: null };
  if (isMoveTaken)
    return {
      url: source.url,
      permanentUrl: target,
      permanentSeenCount,
      note: `moved for good to ${shownUrl(target)}, which is a source of its own`,
    };
  return { url: target, permanentUrl: null, permanentSeenCount: 0, note: `moved for good from ${shownUrl(source.url)}` };
}

/**
 * Where a reading says that the source lives for good; undefined where it says nothing of the kind. Readings name addresses without user and
 * password: on the origin that these were given for the source goes on with them.
 */
export function movedTo(source: Pick<Source, 'url'>, reading: SourceReading): string | undefined {
  const target = reading.exchange?.permanentUrl;
  if (target === undefined) return undefined;
  const { origin, username, password } = new URL(source.url);
  const address = new URL(target);
  if ((username === '' && password === '') || address.origin !== origin) return target;
  return Object.assign(address, { username, password }).href;
}

/** What the document asks for counts until another one is read: a 304 has none. */
function nextPoll(source: Source, reading: SourceReading, failureCount: number, { now, policy, random }: PollCircumstances): Date {
  const { exchange } = reading;
  const hints = reading.kind === 'read' ? reading.document.pollHints : source.pollHints;
  return nextPollAt(
    {
      now,
      failureCount,
      maxAgeSeconds: exchange?.maxAgeSeconds,
      retryAfterSeconds: exchange?.retryAfterSeconds,
      ttlMinutes: hints?.ttlMinutes,
      ...(hints ? { skipHoursUtc: hints.skipHoursUtc, skipDaysUtc: hints.skipDaysUtc } : {}),
    },
    policy,
    random,
  );
}

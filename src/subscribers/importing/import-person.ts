/*
 * One row as a person who can be imported: the address parsed and keyed, what the row wants checked against what there is. Pure.
 */
import { InvalidInputError } from '../../kernel/errors.ts';
import { statedConsentWords } from '../consent/consent.ts';
import { suppressionReasons, type SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import { addressKey, parseAddress } from '../../mail/address.ts';
import { suggestDomain } from '../../mail/suggest-domain.ts';
import { parseLanguage } from '../../newsletters/newsletter.ts';
import { parseTimeZone } from '../../newsletters/schedule.ts';
import { parseLocalHour, parsePersonName, type Choices } from '../subscriber.ts';
import { mayLower, rankOf, type ImportAs } from './import-outcome.ts';
import type { ImportedStatus, ImportRow, RowFault, RowSubject } from './import-row.ts';

/** What rows are read against. */
export interface ImportFrame {
  readonly addressKeySecret: Buffer;
  /** What a person gets whose row says nothing of it. `scheduleId` undefined: each row has to name a schedule. */
  readonly defaults: Pick<Choices, 'topicIds' | 'language'> & { readonly scheduleId: string | undefined };
  /** By name. */
  readonly schedules: ReadonlyMap<string, string>;
  /** Topic ids by label: what staff mapped, and slugs and names, all in lower case. */
  readonly topicsByLabel: ReadonlyMap<string, string>;
  /** What staff say of the whole file. */
  readonly as?: ImportAs | undefined;
  readonly now: Date;
}

/** A row that can be imported. */
export interface ImportPerson {
  readonly line: number;
  readonly addressKey: string;
  /** As typed. */
  readonly address: string;
  readonly name: string | undefined;
  readonly status: ImportedStatus;
  readonly consentAt: Date | undefined;
  readonly consentIp: string | undefined;
  /** How they agreed, as our own export says it. */
  readonly consentSource: string | undefined;
  /** Why they are suppressed, as our own export says it. */
  readonly suppression: SuppressionReason | undefined;
  /** Since when they have left or are suppressed, as the file says it. */
  readonly goneAt: Date | undefined;
  readonly choices: Choices;
  readonly pausedUntil: Date | 'indefinitely' | undefined;
  /** A large mail host that may have been meant; the address is taken as it is. */
  readonly hint: string | undefined;
  /** What is wrong with a row that lowers: only its state is taken. */
  readonly flaw: string | undefined;
}

/** A row that cannot be, and why: what the file of errors says of it. */
export interface RefusedRow {
  readonly line: number;
  readonly reason: string;
  /** The host of the address that may have been meant. */
  readonly hint?: string | undefined;
  readonly cells: readonly string[];
  /** Whom it is about, where that could be read: no other row of theirs says more of them than this one. */
  readonly subject?: { readonly addressKey: string; readonly rank: number };
}

/** True for a row that cannot be imported. */
export function isRefused(read: ImportPerson | RefusedRow): read is RefusedRow {
  return 'reason' in read;
}

/**
 * Reads one row: first whom it is about and what it says of their state, then the rest. Whatever cannot be is refused with its reason, and nothing is guessed;
 * but one that lowers does so whatever else is wrong with it.
 */
export function personOf(row: ImportRow | RowFault, frame: ImportFrame): ImportPerson | RefusedRow {
  const { line, cells } = row;
  const fault = 'fault' in row ? row.fault : undefined;
  const stated = 'fault' in row ? row.subject : row;
  const refused = (reason: string, more?: Partial<RefusedRow>): RefusedRow => ({ line, reason, cells, ...more });
  if (stated === undefined) return refused(fault!);
  const hint = hintOf(stated);
  const who = valueOr(() => whoOf(stated, frame.addressKeySecret));
  if ('reason' in who) return refused(fault ?? who.reason, { hint });
  const person = personWith(stated, who.value, line);
  const rest = 'fault' in row ? { reason: row.fault } : valueOr(() => restOf(row, frame));
  if (!('reason' in rest)) return { ...person, ...rest.value, hint };
  if (mayLower(person.status, frame.as)) return { ...person, choices: choicesOfGone(frame), flaw: rest.reason };
  return refused(rest.reason, { hint, subject: { addressKey: person.addressKey, rank: rankOf(person) } });
}

/** What reading gives, or why it cannot be. */
function valueOr<Value>(read: () => Value): { readonly value: Value } | { readonly reason: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { reason: error.message };
  }
}

type Who = Pick<ImportPerson, 'addressKey' | 'address'>;

function personWith({ status, goneAt, own }: RowSubject, who: Who, line: number): Omit<ImportPerson, 'choices'> {
  return {
    line,
    ...who,
    name: undefined,
    // One that is not understood raises nobody.
    status: status ?? 'not_a_subscriber',
    consentAt: undefined,
    consentIp: undefined,
    consentSource: undefined,
    suppression: suppressionReasons.find((reason) => reason === own?.suppression),
    goneAt,
    pausedUntil: undefined,
    hint: undefined,
    flaw: undefined,
  };
}

function restOf(
  row: ImportRow,
  frame: ImportFrame,
): Pick<ImportPerson, 'name' | 'consentAt' | 'consentIp' | 'consentSource' | 'choices' | 'pausedUntil'> {
  return {
    name: row.name === undefined ? undefined : parsePersonName(row.name),
    consentAt: plausibleTime(row.consentAt, frame.now),
    consentIp: row.consentIp,
    consentSource: statedConsentWords(row.own?.consentSource),
    choices: choicesOf(row, frame),
    pausedUntil: pauseOf(row, frame.now),
  };
}

/** An address, or the key of one that nobody knows any more: that can only be suppressed, and means something where it was made. */
function whoOf(row: RowSubject, secret: Buffer): Who {
  if (row.address === '' && row.own?.addressKey !== undefined && isSuppressing(row)) return { addressKey: row.own.addressKey, address: '' };
  const { normal, typed } = parseAddress(row.address);
  return { addressKey: addressKey(normal, secret), address: typed };
}

/** Who is never to be mailed needs no better address. */
function hintOf(row: RowSubject): string | undefined {
  return isSuppressing(row) ? undefined : suggestDomain(row.address.slice(row.address.lastIndexOf('@') + 1));
}

/** Whether a row says that its address is never to be mailed, in no newsletter. */
export function isSuppressing({ status }: Partial<RowSubject>): boolean {
  return status === 'bounced' || status === 'complained';
}

/** The form of a label in which labels are compared. */
export function labelKey(label: string): string {
  return label.normalize('NFC').trim().toLowerCase();
}

function choicesOf(row: ImportRow, { defaults, schedules, topicsByLabel }: ImportFrame): Choices {
  const { own } = row;
  const scheduleId =
    (own?.schedule === undefined ? undefined : schedules.get(own.schedule)) ??
    defaults.scheduleId ??
    (isSuppressing(row) ? [...schedules.values()][0] : undefined);
  if (scheduleId === undefined) throw new InvalidInputError('Expected the name of a schedule of this newsletter, got none');
  return {
    scheduleId,
    topicIds: topicsOf(row, topicsByLabel, defaults.topicIds),
    language: languageOf(row.language) ?? defaults.language,
    format: row.format ?? 'html',
    ...parseLocalHour(own?.localHour, own?.timeZone === undefined ? undefined : parseTimeZone(own.timeZone)),
  };
}

/** Who gets nothing needs no choices, and a subscription has some. */
function choicesOfGone({ defaults, schedules }: ImportFrame): Choices {
  const { scheduleId = [...schedules.values()][0]!, topicIds, language } = defaults;
  return { scheduleId, topicIds, language, format: 'html', localHour: null, timeZone: null };
}

function topicsOf(
  row: ImportRow,
  topicsByLabel: ReadonlyMap<string, string>,
  otherwise: readonly string[] | null,
): readonly string[] | null {
  const chosen = row.own?.topics;
  if (chosen === null) return null;
  const labels = chosen ?? row.labels;
  const ids = [...new Set(labels.flatMap((label) => topicsByLabel.get(labelKey(label)) ?? []))];
  if (ids.length > 0) return ids.toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  // Who chose topics would get all of them instead.
  if (chosen !== undefined)
    throw new InvalidInputError(`Expected topics that are offered here, got only others (${chosen.join(', ') || 'none'})`);
  return otherwise;
}

/** A language that is none is no reason to lose a reader. */
function languageOf(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  try {
    return parseLanguage(text.replaceAll('_', '-'));
  } catch {
    return undefined;
  }
}

const firstPlausible = Date.UTC(1990, 0, 1);

/** A time at which nobody can have agreed is no consent. */
function plausibleTime(at: Date | undefined, now: Date): Date | undefined {
  if (at === undefined) return undefined;
  const ms = at.getTime();
  return ms >= firstPlausible && ms <= now.getTime() + 86_400_000 ? at : undefined;
}

/** A pause that is over is none. */
function pauseOf({ own }: ImportRow, now: Date): Date | 'indefinitely' | undefined {
  const until = own?.pausedUntil;
  return until === undefined || until === 'indefinitely' || until > now ? until : undefined;
}

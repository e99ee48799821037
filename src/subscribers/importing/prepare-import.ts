import { createHmac } from 'node:crypto';
import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { parseConsentWords } from '../consent/consent.ts';
import { holdsAddress } from '../../kernel/text/any-address.ts';
import { type ManyBeginning, countFirstPosts } from '../../ledger/change-many.ts';
import { chooseSchedule } from '../../newsletters/choose-schedule.ts';
import { getNewsletter, listNewsletters } from '../../newsletters/newsletter-store.ts';
import { parseLanguage, requireOpen, type Newsletter } from '../../newsletters/newsletter.ts';
import { listSchedules } from '../../newsletters/schedule-store.ts';
import { listOfferedTopics } from '../../topics/topic-store.ts';
import { topicIdsOf, type OfferedTopic } from '../../topics/topic.ts';
import { type ImportSettings, judgePeople } from './apply-people.ts';
import { importOutcomes, type ImportOutcomeName } from './import-outcome.ts';
import { isSuppressing, labelKey, personOf, type ImportFrame } from './import-person.ts';
import type { ImportContents, ImportCounts, ImportPlan, ImportRequest } from './import-request.ts';
import type { ImportFile } from './import-row.ts';
import {
  findFirstImportAt,
  findImportMapping,
  findOpenImport,
  type ImportKey,
  type OutcomeCounts,
  type RememberedMapping,
} from './import-run-store.ts';
import { PeopleOfFile } from './people-of-file.ts';
import { newsletterOf, portionsOf, scanFile, takeAhead, type Portion, type ReadRow } from './read-people.ts';

/** What preparing an import needs. */
export interface PrepareImportPorts {
  readonly database: Database;
  readonly addressKeySecret: Buffer;
  readonly clock: Clock;
  /** How far back who joins gets what was released, in days. Default: 35. */
  readonly joinReachDays?: number;
  /** Gives an IP of the file as it is to be kept; without it none is. */
  readonly keptIp?: (text: string) => string | undefined;
}

/** An import that is ready to be carried out. */
export interface PreparedImport {
  readonly plan: ImportPlan;
  readonly settings: ImportSettings;
  readonly key: ImportKey;
  /** What to remember of the file's header; undefined where staff said nothing. */
  readonly remember: { readonly headerKey: string; readonly mapping: RememberedMapping } | undefined;
  /** The people of the file in portions, each person once. */
  readonly portions: (portion: { readonly afterLine: number; readonly size: number }) => AsyncGenerator<Portion, void>;
}

// A statement for so many asks for little more than one for few, and its locks last a few hundredths of a second.
const judgeSize = 1_000;

/**
 * Reads a file and says what an import of it would do; nothing is written. The file is read twice here, and once when it is carried out.
 * @throws InvalidInputError for topics, languages and labels that cannot be; NotFoundError for a newsletter or schedule
 */
export async function prepareImport(ports: PrepareImportPorts, request: ImportRequest): Promise<PreparedImport> {
  const { database } = ports;
  const consent = request.consent === undefined ? undefined : parseConsentWords(request.consent);
  const newsletter = await getNewsletter(database, request.newsletter);
  requireOpen(newsletter);
  const { file, remembered, headerKey } = await openFile(ports, request);
  const topics = await listOfferedTopics(database);
  const labels = { ...remembered?.labels, ...request.labels };
  const frame = await frameOf(ports, request, newsletter, { labels, form: file.form, topics });
  const read = await rowReader(database, request, newsletter, frame);
  const people = new PeopleOfFile();
  const contents = withoutThose(await scanFile(file, { people, read, frame, onRefused: request.onRefused }), request.among);
  const key = keyOf(ports, request, newsletter, file);
  const settings = await settingsOf(ports, request, { newsletter, key, form: file.form, consent });
  const portions = (portion: { afterLine: number; size: number }): AsyncGenerator<Portion, void> =>
    portionsOf(file, { people, read, ...portion });
  const judged = await judge(database, { portions, key, settings });
  const isMappingRemembered = remembered !== undefined;
  const firstPosts = await countFirst(database, frame, settings);
  return {
    plan: {
      newsletter,
      file,
      contents,
      ...judged,
      firstPosts,
      topics: topics.map(({ slug }) => slug),
      isMappingRemembered,
      lacksConsent: judged.counts.no_consent > 0,
    },
    settings,
    key,
    remember: rememberedOf(request, remembered, headerKey),
    portions,
  };
}

/**
 * Reads rows; undefined for those of another newsletter of this installation: whoever agreed to that one has not agreed to this one, unless staff say when
 * and how they did (P3). Who is never to be mailed is so in all newsletters. Of a file that goes into several newsletters each takes its own.
 */
async function rowReader(
  database: Database,
  { consent, among }: ImportRequest,
  newsletter: Newsletter,
  frame: ImportFrame,
): Promise<ReadRow> {
  if (among !== undefined)
    return (row) => {
      const named = newsletterOf(row);
      if (named !== undefined) return named === newsletter.slug ? personOf(row, frame) : undefined;
      return { line: row.line, reason: 'fault' in row ? row.fault : 'Expected the newsletter of this row, got none', cells: row.cells };
    };
  const slugs = new Set(consent === undefined ? (await listNewsletters(database)).map(({ slug }) => slug) : []);
  slugs.delete(newsletter.slug);
  return (row) => {
    const isOfAnother = slugs.has(newsletterOf(row) ?? '') && !isSuppressing('fault' in row ? (row.subject ?? {}) : row);
    return isOfAnother ? undefined : personOf(row, frame);
  };
}

/** Without the rows that go into the other newsletters at the same time. */
function withoutThose(contents: ImportContents, among: readonly string[] | undefined): ImportContents {
  const left = Object.entries(contents.otherNewsletters).filter(([slug]) => among?.includes(slug) !== true);
  return { ...contents, otherNewsletters: Object.fromEntries(left) };
}

async function settingsOf(
  { database, joinReachDays, keptIp }: PrepareImportPorts,
  request: ImportRequest,
  place: Pick<ImportSettings, 'newsletter' | 'form' | 'consent'> & { readonly key: ImportKey },
): Promise<ImportSettings> {
  const { newsletter, form, consent, key } = place;
  return {
    newsletter,
    terms: { as: request.as, hasConsent: consent !== undefined, asks: request.asks },
    beginning: beginningOf(request),
    consent,
    form,
    firstImportAt: await findFirstImportAt(database, key, request.as),
    joinReachDays,
    keptIp,
  };
}

/** What the first edition would bring to who follows everything, on the schedule of rows that say none. */
async function countFirst(database: Database, frame: ImportFrame, settings: ImportSettings): Promise<number> {
  const scheduleId = frame.defaults.scheduleId ?? [...frame.schedules.values()][0]!;
  const { newsletter, beginning, joinReachDays: reachDays } = settings;
  return countFirstPosts(database, scheduleId, { newsletterId: newsletter.id, now: frame.now, beginning, reachDays });
}

/** Opens the file, with the columns that were said before of files with its header where none are said now. */
async function openFile(
  { database, addressKeySecret }: PrepareImportPorts,
  request: ImportRequest,
): Promise<{ file: ImportFile; remembered: RememberedMapping | undefined; headerKey: string }> {
  const file = await request.open(undefined);
  const headerKey = keyedHash(addressKeySecret, 'header', file.header);
  const remembered = await findImportMapping(database, headerKey);
  const isSaid = Object.keys(request.columns).length > 0;
  if (remembered === undefined || isSaid || Object.keys(remembered.columns).length === 0) return { file, remembered, headerKey };
  return { file: await request.open(remembered.columns), remembered, headerKey };
}

function rememberedOf(request: ImportRequest, before: RememberedMapping | undefined, headerKey: string): PreparedImport['remember'] {
  const columns = Object.keys(request.columns).length > 0 ? request.columns : (before?.columns ?? {});
  const labels = { ...before?.labels, ...request.labels };
  // Where a file has no header its first row stands in for it, and nothing of that is kept.
  const texts = [...Object.values(columns), ...Object.keys(labels)];
  if (texts.length === 0 || texts.some(holdsAddress)) return undefined;
  return { headerKey, mapping: { columns, labels } };
}

function beginningOf({ startsNow, had }: ImportRequest): ManyBeginning {
  if (had !== undefined) return { kind: 'had', postIds: had };
  return { kind: startsNow ? 'now' : 'since_last_edition' };
}

async function frameOf(
  ports: PrepareImportPorts,
  request: ImportRequest,
  newsletter: Newsletter,
  { labels, form, topics: offered }: { labels: Readonly<Record<string, string>>; form: string; topics: readonly OfferedTopic[] },
): Promise<ImportFrame> {
  const { database } = ports;
  const schedules = new Map((await listSchedules(database, newsletter.id)).map(({ name, id }) => [name, id]));
  const saysSchedules = (form === 'gazette' || form === 'gazette-suppressions') && request.schedule === undefined && schedules.size > 1;
  return {
    addressKeySecret: ports.addressKeySecret,
    defaults: {
      scheduleId: saysSchedules ? undefined : (await chooseSchedule(database, newsletter, request.schedule)).id,
      topicIds: request.topics === undefined ? null : topicIdsOf(request.topics, offered),
      language: request.language === undefined ? newsletter.language : parseLanguage(request.language),
    },
    schedules,
    topicsByLabel: topicsByLabel(offered, labels, request.labels),
    as: request.as,
    now: ports.clock(),
  };
}

/** Equal names lead to a topic by themselves; what staff say goes before. A topic that was remembered and is gone by now is no fault of today's file. */
function topicsByLabel(
  offered: readonly OfferedTopic[],
  labels: Readonly<Record<string, string>>,
  saidNow: Readonly<Record<string, string>>,
): Map<string, string> {
  const known = new Map([
    ...offered.map(({ slug, id }) => [slug, id] as const),
    ...offered.map(({ name, id }) => [labelKey(name), id] as const),
  ]);
  for (const [label, topic] of Object.entries(labels)) {
    if (!(label in saidNow) && !known.has(labelKey(topic))) continue;
    known.set(labelKey(label), topicIdsOf([topic], offered)[0]!);
  }
  return known;
}

async function judge(
  database: Database,
  { portions, key, settings }: Pick<PreparedImport, 'portions' | 'key' | 'settings'>,
): Promise<Pick<ImportPlan, 'counts' | 'doneUptoLine'>> {
  const open = await findOpenImport(database, key);
  let counts = countsOf(open?.counts ?? {});
  for await (const { people } of takeAhead(portions({ afterLine: open?.afterLine ?? 0, size: judgeSize })))
    counts = addOutcomes(counts, await judgePeople(database, people, settings));
  return { counts, doneUptoLine: open?.afterLine };
}

/** Counts of all outcomes from those of some. */
export function countsOf(some: OutcomeCounts): ImportCounts {
  return Object.fromEntries(importOutcomes.map((name) => [name, some[name] ?? 0])) as Record<ImportOutcomeName, number>;
}

/** Counts with what became of some more people. */
export function addOutcomes(counts: ImportCounts, outcomes: readonly ImportOutcomeName[]): ImportCounts {
  const sum: Record<ImportOutcomeName, number> = { ...counts };
  for (const name of outcomes) sum[name] += 1;
  return sum;
}

function keyOf({ addressKeySecret }: PrepareImportPorts, request: ImportRequest, newsletter: Newsletter, file: ImportFile): ImportKey {
  const { schedule, language, topics, labels, columns, as, consent, asks, startsNow, had, among } = request;
  const terms = [
    schedule,
    language,
    topics,
    labels,
    columns,
    as,
    consent,
    asks,
    startsNow,
    had && [...had].toSorted(),
    ...(among ? ['among'] : []),
  ];
  return {
    newsletterId: newsletter.id,
    fileKey: keyedHash(addressKeySecret, 'file', [file.sha256]),
    termsKey: keyedHash(addressKeySecret, 'terms', terms),
  };
}

/** Keyed, because a bare hash of a short file could be guessed. No address has a line break: it is the key of none. */
function keyedHash(secret: Buffer, what: string, parts: readonly unknown[]): string {
  return createHmac('sha256', secret)
    .update(`gazette\nimport ${what}\n${JSON.stringify(parts)}`)
    .digest('hex');
}

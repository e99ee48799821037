import type { Queryable, Tx } from '../../db/db.ts';
import { ConflictError } from '../../kernel/errors.ts';
import { activateSubscriptions, type ManyBeginning, leaveSubscriptions, suppressAddresses } from '../../ledger/change-many.ts';
import { pauseSubscription } from '../../ledger/change-subscription.ts';
import { listSuppressions, lockSuppressions } from '../../ledger/subscriptions/suppression-store.ts';
import type { SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import { holdOpen } from '../../newsletters/closing/hold-open.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { holdSchedule } from '../../newsletters/schedule-store.ts';
import { cancelNotices } from '../../notices/notice-store.ts';
import { holdTopics } from '../../topics/topic-store.ts';
import { listKeptAddresses } from '../kept-address-store.ts';
import { listFreshLeavings } from '../leaving/leaving-store.ts';
import { undoMs } from '../tokens/signed-links.ts';
import { insertConsentEvents } from '../consent/consent-store.ts';
import { askForConfirmation, type ConfirmationPorts } from '../joining/ask-for-confirmation.ts';
import {
  decideImport,
  type ImportOutcome,
  type ImportOutcomeName,
  type ImportTerms,
  type KnownPerson,
  mayLower,
} from './import-outcome.ts';
import type { ImportPerson } from './import-person.ts';
import { findSubscriptions, type FoundSubscription, insertSubscriptions, listLastConfirmations, lockStates } from './import-store.ts';

/** What holds for everybody in an import. */
export interface ImportSettings {
  readonly newsletter: Newsletter;
  readonly terms: ImportTerms;
  readonly beginning: ManyBeginning;
  /** How and when people agreed, in staff's words. */
  readonly consent: string | undefined;
  /** Which tool the file is of. */
  readonly form: string;
  /** When the same file was first imported; undefined where it never was. */
  readonly firstImportAt: Date | undefined;
  /** In days. */
  readonly joinReachDays: number | undefined;
  /** Gives an IP of the file as it is to be kept; without it none is. */
  readonly keptIp: ((text: string) => string | undefined) | undefined;
}

/** People, what is known of them and what becomes of them, by the keys of their addresses. */
interface Batch {
  readonly people: readonly ImportPerson[];
  readonly suppressions: ReadonlyMap<string, SuppressionReason>;
  readonly found: Map<string, FoundSubscription>;
  readonly decisions: Map<string, ImportOutcome>;
}

/** Says what an import would do to people, as things stand; changes nothing. */
export async function judgePeople(db: Queryable, people: readonly ImportPerson[], settings: ImportSettings): Promise<ImportOutcomeName[]> {
  const keys = people.map((person) => person.addressKey);
  return namesOf(await decideAll(db, people, settings, await listSuppressions(db, keys)));
}

/** Where an import stands as it comes to these people. */
export interface ImportPlace {
  readonly runId: string;
  readonly now: Date;
  /** When the confirmation of the n-th of them who is asked goes. */
  readonly askAt: (index: number) => Date;
}

/**
 * Does to people what an import does, each one once, in the caller's transaction. Locks are taken level by level (the newsletter, topics, schedules, suppressions, people,
 * subscriptions, cursors), on each level in one order, as those of a single sign-up are.
 */
export async function applyPeople(
  tx: Tx,
  ports: ConfirmationPorts,
  people: readonly ImportPerson[],
  settings: ImportSettings,
  place: ImportPlace,
): Promise<ImportOutcomeName[]> {
  await holdOpen(tx, settings.newsletter);
  await holdWhatIsChosen(tx, people);
  const batch = await decideAll(
    tx,
    people,
    settings,
    await lockSuppressions(
      tx,
      people.map((person) => person.addressKey),
    ),
  );
  await suppressAddresses(tx, reasonsOf(batch), { source: 'import', now: place.now });
  const created = await createNewcomers(tx, batch, settings, place.now);
  const lowered = await lockLowered(tx, batch);
  await activate(tx, created.get('activated')!, settings, place);
  await leave(tx, [...lowered, ...created.get('recorded_left')!.map(({ subscriptionId }) => subscriptionId)], settings, place);
  await keepLeft(tx, batch, settings, place);
  await ask(tx, ports, created.get('asked')!, settings, place);
  return namesOf(batch);
}

async function holdWhatIsChosen(tx: Tx, people: readonly ImportPerson[]): Promise<void> {
  await holdTopics(tx, [...new Set(people.flatMap(({ choices }) => choices.topicIds ?? []))]);
  for (const scheduleId of [...new Set(people.map(({ choices }) => choices.scheduleId))].toSorted()) {
    if (!(await holdSchedule(tx, scheduleId)))
      throw new ConflictError('Expected schedules that are there, got one that was removed a moment ago');
  }
}

async function decideAll(
  db: Queryable,
  people: readonly ImportPerson[],
  { newsletter, firstImportAt, terms }: ImportSettings,
  suppressions: ReadonlyMap<string, SuppressionReason>,
): Promise<Batch> {
  const keys = people.map((person) => person.addressKey);
  const kept = await listKeptAddresses(db, keys);
  const since = people.some(({ status }) => mayLower(status, terms.as)) ? firstImportAt : undefined;
  const found = await findSubscriptions(db, newsletter.id, keys, since);
  const cameBack = await listCameBack(db, people, newsletter.id, terms);
  const decisions = people.map(({ addressKey, status, consentAt, suppression }): [string, ImportOutcome] => {
    const known: KnownPerson = {
      state: found.get(addressKey)?.state,
      suppression: suppressions.get(addressKey),
      kept: kept.get(addressKey),
      hasComeBack: cameBack.has(addressKey) || (found.get(addressKey)?.hasComeBack ?? false),
    };
    return [addressKey, decideImport({ status, suppression, hasConsentTime: consentAt !== undefined }, known, terms)];
  });
  return { people, suppressions, found, decisions: new Map(decisions) };
}

/**
 * Who confirmed after the time at which the file says that they went: it is what they said last. Whoever left is back where they are active by a confirmation
 * to this newsletter; a suppression holds for all newsletters, and so any confirmation may have lifted it. What staff say of a whole file is said now.
 */
async function listCameBack(
  db: Queryable,
  people: readonly ImportPerson[],
  newsletterId: string,
  { as }: ImportTerms,
): Promise<Set<string>> {
  const dated = as === undefined ? people.filter(({ goneAt }) => goneAt !== undefined) : [];
  if (dated.length === 0) return new Set();
  const keys = dated.map((person) => person.addressKey);
  const confirmed = await listLastConfirmations(db, keys, newsletterId);
  const isBack = ({ addressKey, status, goneAt }: ImportPerson): boolean => {
    const last = confirmed.get(addressKey);
    const at = status === 'left' ? last?.atHere : last?.at;
    return at !== undefined && at !== null && at > goneAt!;
  };
  return new Set(dated.filter(isBack).map((person) => person.addressKey));
}

const namesOf = ({ decisions }: Batch): ImportOutcomeName[] => [...decisions.values()].map(({ name }) => name);

function reasonsOf({ decisions }: Batch): Map<string, SuppressionReason> {
  return new Map([...decisions].flatMap(([key, outcome]) => (outcome.name === 'suppressed' ? [[key, outcome.reason] as const] : [])));
}

/** Somebody new with the subscription that was just made for them. */
interface Newcomer {
  readonly person: ImportPerson;
  readonly subscriptionId: string;
}

const wentMeanwhile = 'Expected people who are new or known, got one who was removed a moment ago';

const newOutcomes = ['activated', 'asked', 'recorded_left'] as const;

/** Stores those who are new; whoever came meanwhile by themselves is decided about again. */
async function createNewcomers(
  tx: Tx,
  batch: Batch,
  settings: ImportSettings,
  now: Date,
): Promise<ReadonlyMap<(typeof newOutcomes)[number], Newcomer[]>> {
  const outcomeOf = ({ addressKey }: ImportPerson): ImportOutcomeName => batch.decisions.get(addressKey)!.name;
  const isNew = (person: ImportPerson): boolean => newOutcomes.some((name) => name === outcomeOf(person));
  const wanted = batch.people.filter(isNew);
  const made = await insertSubscriptions(
    tx,
    settings.newsletter.id,
    wanted.map((person) => ({ ...person, isToBegin: outcomeOf(person) === 'activated' })),
    now,
  );
  const ids = new Map(made.map(({ addressKey, subscriptionId }) => [addressKey, subscriptionId]));
  // Asked again, for a person who is being erased is waited for above.
  if ((await listKeptAddresses(tx, [...ids.keys()])).size > 0) throw new ConflictError(wentMeanwhile);
  const others = wanted.filter(({ addressKey }) => !ids.has(addressKey));
  if (others.length > 0) {
    const again = await decideAll(tx, others, settings, batch.suppressions);
    for (const [key, outcome] of again.decisions) batch.decisions.set(key, outcome);
    for (const [key, subscription] of again.found) batch.found.set(key, subscription);
    if (others.some(isNew)) throw new ConflictError(wentMeanwhile);
  }
  const newcomers = wanted.flatMap((person) => {
    const subscriptionId = ids.get(person.addressKey);
    return subscriptionId === undefined ? [] : [{ person, subscriptionId }];
  });
  return new Map(newOutcomes.map((name) => [name, newcomers.filter(({ person }) => outcomeOf(person) === name)]));
}

/** Locks those who are to be left and gives their ids; who left meanwhile stays left. */
async function lockLowered(tx: Tx, { decisions, found }: Batch): Promise<string[]> {
  const keys = [...decisions].flatMap(([key, { name }]) => (name === 'lowered' ? [key] : []));
  if (keys.length === 0) return [];
  const states = await lockStates(
    tx,
    keys.map((key) => found.get(key)!.subscriptionId),
  );
  return keys.flatMap((key) => {
    const { subscriptionId } = found.get(key)!;
    if (states.get(subscriptionId) !== 'left') return [subscriptionId];
    decisions.set(key, { name: 'stays_left' });
    return [];
  });
}

/** Who left by themselves a moment ago takes that back no more: the file says so too. */
async function keepLeft(
  tx: Tx,
  { people, decisions, found }: Batch,
  { terms, form }: ImportSettings,
  { runId, now }: ImportPlace,
): Promise<void> {
  const said = people.filter(({ status, addressKey }) => mayLower(status, terms.as) && decisions.get(addressKey)?.name === 'stays_left');
  const ids = said.flatMap(({ addressKey }) => found.get(addressKey)?.subscriptionId ?? []);
  if (ids.length === 0) return;
  const fresh = await listFreshLeavings(tx, ids, new Date(now.getTime() - undoMs));
  await lockStates(tx, fresh);
  const details = { import: runId, form };
  await insertConsentEvents(
    tx,
    fresh.map((subscriptionId) => ({ subscriptionId, kind: 'left', at: now, source: 'import', details })),
  );
}

async function activate(
  tx: Tx,
  newcomers: readonly Newcomer[],
  { newsletter, beginning, joinReachDays, consent, form, keptIp }: ImportSettings,
  { runId, now }: ImportPlace,
): Promise<void> {
  const events = newcomers.map(({ person, subscriptionId }) => {
    const ip = person.consentIp === undefined ? undefined : keptIp?.(person.consentIp);
    const at = person.consentAt ?? now;
    const source = consent ?? person.consentSource ?? `import: ${form}`;
    return { subscriptionId, kind: 'imported' as const, at, source, ...(ip === undefined ? {} : { ip }), details: { import: runId, form } };
  });
  await insertConsentEvents(tx, events);
  const ids = newcomers.map(({ subscriptionId }) => subscriptionId);
  await activateSubscriptions(tx, ids, { newsletterId: newsletter.id, now, beginning, reachDays: joinReachDays });
  for (const { person, subscriptionId } of newcomers) {
    const { pausedUntil } = person;
    if (pausedUntil !== undefined) await pauseSubscription(tx, subscriptionId, pausedUntil, now);
  }
}

async function leave(tx: Tx, subscriptionIds: readonly string[], { form }: ImportSettings, { runId, now }: ImportPlace): Promise<void> {
  if (subscriptionIds.length === 0) return;
  const details = { import: runId, form };
  await insertConsentEvents(
    tx,
    subscriptionIds.map((subscriptionId) => ({ subscriptionId, kind: 'left', at: now, source: 'import', details })),
  );
  await leaveSubscriptions(tx, subscriptionIds, now);
  await cancelNotices(tx, ...subscriptionIds);
}

async function ask(
  tx: Tx,
  ports: ConfirmationPorts,
  newcomers: readonly Newcomer[],
  { newsletter, form }: ImportSettings,
  { runId, now, askAt }: ImportPlace,
): Promise<void> {
  const eventIds = await insertConsentEvents(
    tx,
    newcomers.map(({ subscriptionId }) => ({
      subscriptionId,
      kind: 'requested',
      at: now,
      source: `import: ${form}`,
      details: { import: runId, form },
    })),
  );
  for (const [index, { person, subscriptionId }] of newcomers.entries()) {
    const { language, timeZone } = person.choices;
    await askForConfirmation(tx, ports, {
      subscription: { id: subscriptionId, language, timeZone },
      subscriber: { address: person.address, name: person.name ?? null },
      newsletter,
      requestEventId: eventIds[index]!,
      now,
      notBefore: askAt(index),
    });
  }
}

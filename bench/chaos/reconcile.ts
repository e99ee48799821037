/*
 * The model of a chaos run: from what was asked and answered it says what each reader must, may and must not have got, by the promises and none of our code,
 * and compares that with what the mail server took. What happened at the same moment as something else is allowed both ways; everything else is not.
 */
import type { Correction, History, Message, Post, Step, Subscription } from './history.ts';
import { joiningBounds } from './joining.ts';

/** Something that must not be. */
export interface Finding {
  readonly kind:
    | 'lost'
    | 'twice'
    | 'not theirs'
    | 'after leaving'
    | 'before consent'
    | 'while paused'
    | 'retracted'
    | 'never released'
    | 'repeated without doubt'
    | 'correction lost'
    | 'correction twice'
    | 'correction without its post'
    | 'correction of the newest text';
  /** Address and newsletter; empty where it is about no reader. */
  readonly reader: string;
  /** A post, a correction or a message. */
  readonly what: string;
}

/** What was compared, and what was found. */
export interface Reconciliation {
  readonly findings: readonly Finding[];
  /** Pairs of reader and post that had to be, those that could be, and those that arrived. */
  readonly mustCount: number;
  readonly mayCount: number;
  readonly arrivedCount: number;
  readonly mustCorrectionCount: number;
  readonly arrivedCorrectionCount: number;
  readonly repeatCount: number;
}

/** What was on its way when somebody left, paused or retracted may still arrive. */
const graceMs = 2_000;

type Verdict = 'must' | 'may' | 'never';

/** Compares a history with what was promised. */
export function reconcile(history: History): Reconciliation {
  const tally = { mustCount: 0, mayCount: 0, arrivedCount: 0, mustCorrectionCount: 0, arrivedCorrectionCount: 0 };
  const findings: Finding[] = [];
  const { byReader, repeatCount, repeatFindings } = sortMessages(history);
  findings.push(...repeatFindings);
  for (const { key, position } of history.posts)
    if (position === undefined) findings.push({ kind: 'never released', reader: '', what: key });
  for (const subscription of history.subscriptions) {
    const reader = readerOf(subscription.address, subscription.newsletter);
    const messages = byReader.get(reader) ?? [];
    byReader.delete(reader);
    const one: One = { history, subscription, reader, messages };
    findings.push(...findingsOfTime(one), ...findingsOfPosts(one, tally), ...findingsOfCorrections(one, tally));
  }
  for (const [reader, messages] of byReader) {
    for (const { kind, messageId } of messages)
      if (kind !== 'confirmation') findings.push({ kind: 'before consent', reader, what: messageId });
  }
  return { findings, repeatCount, ...tally };
}

/** One subscription with what came for it, in the order of time; repeats of a message stand once, with its first moment. */
interface One {
  readonly history: History;
  readonly subscription: Subscription;
  readonly reader: string;
  readonly messages: readonly Message[];
}

type Tally = { mustCount: number; mayCount: number; arrivedCount: number; mustCorrectionCount: number; arrivedCorrectionCount: number };

function readerOf(address: string, newsletter: string): string {
  return `${address} of ${newsletter}`;
}

/** Messages by reader. Each repeat of a message must have its doubt, or its reader was mailed twice for nothing. */
function sortMessages({ messages, doubts }: History): {
  byReader: Map<string, Message[]>;
  repeatCount: number;
  repeatFindings: Finding[];
} {
  const byReader = new Map<string, Message[]>();
  const copies = new Map<string, Message[]>();
  for (const message of [...messages].sort((one, other) => one.startedAt - other.startedAt)) {
    const reader = readerOf(message.to, message.newsletter);
    byReader.set(reader, [...(byReader.get(reader) ?? []), message]);
    copies.set(message.messageId, [...(copies.get(message.messageId) ?? []), message]);
  }
  const repeated = [...copies.values()].filter((same) => same.length > 1);
  // Notices have no doubts that are counted.
  const digests = repeated.filter(([first]) => first?.kind === 'digest');
  return {
    byReader,
    repeatCount: repeated.reduce((sum, same) => sum + same.length - 1, 0),
    repeatFindings: digests
      .filter((same) => same.length - 1 > (doubts.get(deliveryOf(same[0]!)) ?? 0))
      .map(([first]) => ({ kind: 'repeated without doubt', reader: readerOf(first!.to, first!.newsletter), what: first!.messageId })),
  };
}

/** The id of the delivery, as its Message-ID says it: `<d12.e3.…>`. */
function deliveryOf({ messageId }: Message): string {
  return /^<d(\d+)\./.exec(messageId)?.[1] ?? messageId;
}

/** Whether mail was sent when nobody wanted it. Repeats count here as any other message. */
function findingsOfTime({ subscription: { steps }, reader, messages }: One): Finding[] {
  return messages.flatMap((message): Finding[] => {
    if (message.kind === 'confirmation') return [];
    const before = steps.filter(({ to }) => to + graceMs < message.startedAt);
    const kinds = before.map(({ kind }) => kind);
    // What was asked by then may have happened, and speaks for the message.
    const asked = steps.filter(({ from, to }) => from <= message.startedAt && to + graceMs >= message.startedAt).map(({ kind }) => kind);
    const stand = (kind: Step['kind']): number => kinds.lastIndexOf(kind);
    const found = (kind: Finding['kind']): Finding[] => [{ kind, reader, what: message.messageId }];
    if (!asked.includes('join')) {
      if (stand('join') === -1) return found('before consent');
      if (stand('leave') > stand('join')) return found('after leaving');
    }
    const isPaused = stand('pause') > Math.max(stand('resume'), stand('afresh'), stand('join'));
    const isBack = asked.some((kind) => kind === 'resume' || kind === 'afresh' || kind === 'join');
    return message.kind === 'digest' && isPaused && !isBack ? found('while paused') : [];
  });
}

/** The messages of a reader that hold a post, by Message-ID. */
function carriersOf(messages: readonly Message[], holds: (message: Message) => boolean): Message[] {
  const byId = new Map<string, Message>();
  for (const message of messages) {
    if (message.kind === 'digest' && holds(message) && !byId.has(message.messageId)) byId.set(message.messageId, message);
  }
  return [...byId.values()];
}

function findingsOfPosts(one: One, tally: Tally): Finding[] {
  const { history, subscription, reader, messages } = one;
  const findings: Finding[] = [];
  for (const post of history.posts) {
    const carriers = carriersOf(messages, ({ posts }) => posts.some(({ key }) => key === post.key));
    const verdict = post.newsletters.includes(subscription.newsletter) ? judge(history, subscription, post) : 'never';
    if (verdict === 'must') tally.mustCount += 1;
    if (verdict === 'may') tally.mayCount += 1;
    if (carriers.length > 0) tally.arrivedCount += 1;
    if (verdict === 'must' && carriers.length === 0) findings.push({ kind: 'lost', reader, what: post.key });
    if (verdict === 'never' && carriers.length > 0) findings.push({ kind: 'not theirs', reader, what: post.key });
    if (carriers.length > 1) findings.push({ kind: 'twice', reader, what: post.key });
    findings.push(
      ...carriers
        .filter((carrier) => isOfRetracted(history, post, carrier))
        .map(() => ({ kind: 'retracted' as const, reader, what: post.key })),
    );
  }
  return findings;
}

/** A message that was in doubt before is repeated as it was, whatever became of its posts. */
function isOfRetracted({ doubts }: History, { retractions }: Post, message: Message): boolean {
  if ((doubts.get(deliveryOf(message)) ?? 0) > 0) return false;
  return retractions.some(
    ({ retracted, undone }) => message.startedAt > retracted.to + graceMs && message.startedAt < (undone?.from ?? Infinity),
  );
}

/** Whether a post had to reach somebody by the end, when everything has come to rest. */
function judge(history: History, { newsletter, steps }: Subscription, post: Post): Verdict {
  const { position } = post;
  const joins = steps.flatMap((step, index) => (step.kind === 'join' ? [{ step, index }] : []));
  const last = joins.at(-1);
  if (last === undefined || position === undefined) return 'never';
  const bounds = joins.map(({ step, index }) =>
    joiningBounds(history.passages, { newsletter, schedule: step.schedule, join: step, isReturn: index > 0 }),
  );
  if (bounds.every(({ lowest }) => position <= lowest)) return 'never';
  const follows = follow(history, steps, post);
  if (follows.every(({ matches }) => matches === 'never')) return 'never';
  const since = steps.slice(last.index);
  const isThere = !since.some(({ kind }) => kind === 'leave');
  const isSurelyAfterJoining = position > bounds.at(-1)!.highest;
  // Whoever starts afresh wants only what comes after that.
  const isAfterFresh = since.every(({ kind, to }) => kind !== 'afresh' || post.publishedAt > to);
  const isWithdrawn = post.retractions.at(-1)?.undone === undefined && post.retractions.length > 0;
  const alwaysFollowed = follows
    .filter(({ until, index }) => index >= last.index && until >= post.publishedAt)
    .every(({ matches }) => matches === 'must');
  return isThere && isSurelyAfterJoining && isAfterFresh && !isWithdrawn && alwaysFollowed ? 'must' : 'may';
}

interface Following {
  readonly index: number;
  /** When the next choice was answered. */
  readonly until: number;
  readonly matches: Verdict;
}

/** What somebody chose, one choice after the other, and whether the post belongs to it. */
function follow(history: History, steps: readonly Step[], post: Post): Following[] {
  const choices = steps.flatMap((step, index) => (step.kind === 'join' || step.kind === 'topics' ? [{ step, index }] : []));
  return choices.map(({ step, index }, place) => ({
    index,
    until: choices[place + 1]?.step.to ?? Infinity,
    matches: matchOf(history, step.topics, post),
  }));
}

/**
 * The posts of a topic that goes into another are offered to its followers. Followers who go along get what is published there once all have moved; what
 * was there before only where no digest of theirs has passed it.
 */
function matchOf({ merges }: History, followed: readonly string[] | null, { topic, publishedAt }: Post): Verdict {
  if (followed === null) return 'must';
  const wayOf = (name: string): string[] => [name, ...(merges.has(name) ? wayOf(merges.get(name)!.into) : [])];
  const way = wayOf(topic);
  if (followed.some((each) => way.includes(each))) return 'must';
  const met = followed.map(wayOf).filter((each) => each.at(-1) === way.at(-1));
  const hasMoved = (names: readonly string[]): boolean => names.every((name) => (merges.get(name)?.to ?? 0) < publishedAt);
  if (met.length === 0) return 'never';
  return met.some(hasMoved) ? 'must' : 'may';
}

function findingsOfCorrections(one: One, tally: Tally): Finding[] {
  const { history, reader, messages } = one;
  return history.corrections.flatMap((correction) => {
    const findings: Finding[] = [];
    const found = (kind: Finding['kind']): number => findings.push({ kind, reader, what: correction.key });
    const carriers = carriersOf(messages, ({ corrections }) => corrections.includes(correction.key));
    const holding = carriersOf(messages, ({ posts }) => posts.some(({ key }) => key === correction.post));
    const told = carriers[0];
    if (carriers.length > 0) tally.arrivedCorrectionCount += 1;
    if (carriers.length > 1) found('correction twice');
    const before = told && holding.filter((message) => message.endedAt <= told.startedAt && message.messageId !== told.messageId);
    if (before && before.length === 0) found('correction without its post');
    const isNewest = (message: Message): boolean => (revisionIn(message, correction.post) ?? 0) >= correction.revision;
    if (before && before.length > 0 && before.every(isNewest)) found('correction of the newest text');
    const mustBeTold = holding.some((holder) => mustTell(one, correction, holder));
    if (mustBeTold) tally.mustCorrectionCount += 1;
    if (mustBeTold && !told) found('correction lost');
    return findings;
  });
}

function revisionIn({ posts }: Message, post: string): number | undefined {
  return posts.find(({ key }) => key === post)?.revision;
}

/** Whether who has this message had to be told: the text is older, and nothing made a new beginning since. */
function mustTell({ history, subscription: { steps } }: One, correction: Correction, holder: Message): boolean {
  const { post, revision, askedAt, isTakenBack } = correction;
  const has = revisionIn(holder, post);
  if (isTakenBack || has === undefined || has >= revision) return false;
  // Only the newest is sure to be told: an older one may have been taken back, or travelled no more.
  if (history.corrections.some((other) => other.post === post && other.revision > revision)) return false;
  const retraction = history.posts.find(({ key }) => key === post)?.retractions.at(-1);
  if (retraction && !retraction.undone) return false;
  const beginnings = steps.filter(({ kind }) => kind === 'join' || kind === 'afresh').map(({ to }) => to);
  const isThere = steps.findLast(({ kind }) => kind === 'join' || kind === 'leave')?.kind === 'join';
  // A new beginning owes nothing of before; what began before the person had the post is none.
  return isThere && beginnings.every((at) => at < askedAt || at < holder.startedAt);
}

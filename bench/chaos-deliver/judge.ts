/*
 * What a delivery chaos run came to: the ledger's rows held against the mail server's own log. Pure, and knows none of our code: each reader has one message.
 */
import type { BeginLine, EndLine, SinkLine } from './sink-log.ts';

/** A delivery as the ledger has it when all is over. */
export interface LedgerRow {
  readonly to: string;
  readonly state: string;
  readonly reason: string | null;
  readonly doubts: number;
}

/** Somebody who left or was suppressed; `at`: it was committed by then. */
export interface Leaving {
  readonly to: string;
  readonly kind: 'left' | 'suppressed';
  readonly at: number;
}

/** All that is known of a run. */
export interface RunFacts {
  readonly rows: readonly LedgerRow[];
  readonly log: readonly SinkLine[];
  readonly leavings: readonly Leaving[];
  /** Of one worker. */
  readonly connections: number;
  /** Kills, stops, cuts and restarts, and lives that ended by themselves. */
  readonly disturbanceCount: number;
}

/** Something that must not be. */
export interface DeliveryFinding {
  readonly kind:
    | 'open'
    | 'lost'
    | 'not as the server says'
    | 'unforeseen end'
    | 'repeated without doubt'
    | 'too many repeats'
    | 'Message-ID'
    | 'after leaving';
  readonly to: string;
  readonly what: string;
}

/** What was found and counted. */
export interface DeliveryJudgement {
  readonly findings: readonly DeliveryFinding[];
  readonly takenCount: number;
  /** Taken more than once: each time too many. */
  readonly repeatCount: number;
  readonly mostRepeats: number;
  /** Taken, and the connection dropped. */
  readonly cutCount: number;
  readonly doubtCount: number;
  /** After it was committed that its reader left or was suppressed, the last message that began did so by so much; undefined where none did. */
  readonly latestStartMs: number | undefined;
}

const mostAfterLeavingMs = 2_000;

interface Reader {
  readonly begun: BeginLine[];
  readonly ended: EndLine[];
}

/** Judges a run that is over. */
export function judgeDelivery(facts: RunFacts): DeliveryJudgement {
  const readers = readersOf(facts.log);
  const leavings = new Map(facts.leavings.map((leaving) => [leaving.to, leaving]));
  const findings = facts.rows.flatMap((row) => judgeRow(row, readers.get(row.to), leavings.get(row.to)));
  findings.push(...judgeMessageIds(readers));
  const takenCounts = [...readers.values()].map(({ ended }) => ended.filter(isTaken).length);
  const repeatCount = takenCounts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  const cutCount = facts.log.filter((line) => line.kind === 'end' && line.outcome === 'cut').length;
  const mostRepeats = 2 * facts.connections * facts.disturbanceCount + cutCount;
  if (repeatCount > mostRepeats)
    findings.push({ kind: 'too many repeats', to: '', what: `${repeatCount} repeats, at most ${mostRepeats} are explained` });
  const starts = facts.leavings.flatMap(({ to, at }) =>
    (readers.get(to)?.begun ?? []).map(({ notBefore }) => ({ to, afterMs: notBefore - at })),
  );
  for (const { to, afterMs } of starts)
    if (afterMs > mostAfterLeavingMs)
      findings.push({ kind: 'after leaving', to, what: `a message began ${afterMs} ms after its reader had left` });
  const late = starts.map(({ afterMs }) => afterMs).filter((ms) => ms > 0);
  return {
    findings,
    takenCount: takenCounts.reduce((sum, count) => sum + count, 0),
    repeatCount,
    mostRepeats,
    cutCount,
    doubtCount: facts.rows.reduce((sum, { doubts }) => sum + doubts, 0),
    latestStartMs: late.length === 0 ? undefined : Math.max(...late),
  };
}

function readersOf(log: readonly SinkLine[]): Map<string, Reader> {
  const readers = new Map<string, Reader>();
  for (const line of log) {
    const reader = readers.get(line.to) ?? { begun: [], ended: [] };
    readers.set(line.to, reader);
    if (line.kind === 'begin') reader.begun.push(line);
    else reader.ended.push(line);
  }
  return readers;
}

/** The reader has it, whatever was answered. */
function isTaken({ outcome }: EndLine): boolean {
  return outcome === 'accepted' || outcome === 'cut';
}

function judgeRow(row: LedgerRow, reader: Reader | undefined, leaving: Leaving | undefined): DeliveryFinding[] {
  const { to, state, reason, doubts } = row;
  const ended = reader?.ended ?? [];
  const takenCount = ended.filter(isTaken).length;
  const find = (kind: DeliveryFinding['kind'], what: string): DeliveryFinding[] => [
    {
      kind,
      to,
      what: `${what} (${state}, ${reason ?? 'no reason'}, doubts ${doubts}, server: ${ended.map(({ outcome }) => outcome).join(' ')})`,
    },
  ];
  const repeats = takenCount > 1 && doubts === 0 ? find('repeated without doubt', 'taken more than once') : [];
  const hasGone = reason === 'left' || reason === 'suppressed' || state === 'suppressed';
  if (hasGone && leaving === undefined) return find('unforeseen end', 'ended as gone, and did not go');
  switch (state) {
    case 'accepted':
      // What was taken without a word was never said to be taken.
      return ended.some(({ outcome }) => outcome === 'accepted') ? repeats : find('lost', 'never taken');
    case 'rejected':
      if (takenCount > 0) return find('not as the server says', 'was taken');
      return ended.some(({ outcome }) => outcome === 'rejected') ? [] : find('not as the server says', 'never refused for good');
    case 'cancelled':
    case 'suppressed':
      if (doubts > 0) return find('not as the server says', 'was in doubt, which ends otherwise');
      return takenCount === 0 ? [] : find('not as the server says', 'was taken');
    case 'in_doubt':
      if (doubts === 0) return find('not as the server says', 'was never in doubt');
      // Whoever left is not lost, and three doubts of a message that nobody has are.
      return hasGone || takenCount > 0 ? repeats : find('lost', 'in doubt for good and never taken');
    case 'queued':
    case 'sending':
      return find('open', 'has not ended');
    default:
      return find('unforeseen end', 'nothing in a run ends so');
  }
}

/** One for each reader, whatever was repeated, and each its own. */
function judgeMessageIds(readers: ReadonlyMap<string, Reader>): DeliveryFinding[] {
  const owners = new Map<string, string>();
  const findings: DeliveryFinding[] = [];
  for (const [to, { ended }] of readers) {
    const ids = new Set(ended.map(({ messageId }) => messageId).filter((id) => id !== ''));
    if (ids.size > 1) findings.push({ kind: 'Message-ID', to, what: `had ${ids.size} of them` });
    for (const id of ids) {
      const owner = owners.get(id) ?? to;
      if (owner !== to) findings.push({ kind: 'Message-ID', to, what: `has that of ${owner}` });
      owners.set(id, to);
    }
  }
  return findings;
}

import { createBridge, DatabaseLostError, StoppedError, type Bridge } from '../src/app/bridge-loss.ts';
import type { Store } from '../src/app/open-store.ts';
import { createOwnWorker, runUntilSent, type OwnWorker } from '../src/app/run-until-sent.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { withFullStop } from '../src/kernel/full-stop.ts';
import { announceOutage } from '../src/ledger/accounts/account-outage.ts';
import { deliveryCounts, type DeliveryCounts } from '../src/ledger/queue/delivery-report-store.ts';
import { getEdition } from '../src/ledger/drafts/edition-store.ts';
import { listUnfinishedEditions, type UnfinishedEdition } from '../src/ledger/unfinished-edition-store.ts';
import type { Newsletter } from '../src/newsletters/newsletter.ts';
import type { CommandContext } from './command.ts';
import { version } from './version.ts';

/** One wait of `send --wait`: what was open when it began, a worker of its own where there is need for one, and a way over a lost database. */
export interface Waiting {
  readonly bridge: Bridge;
  readonly own: OwnWorker;
  /** Waits for the whole newsletter and says what came of it. Returns what did, for programs, and the exit code. */
  finish(editionId: string | undefined, report: WaitReport): Promise<number>;
  close(): Promise<void>;
}

/** Where the result goes. */
export interface WaitReport {
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly tell: (facts: object) => void;
  /** For programs: the words for when all went well and when not. */
  readonly outcomes: readonly [well: string, otherwise: string];
  readonly facts: object;
}

/** Looks at what is open in the newsletter; no worker is started yet. Close it. */
export async function beginWaiting(
  store: Store,
  ports: EditionPorts,
  { id: newsletterId, senderAddress: sender }: Pick<Newsletter, 'id' | 'senderAddress'>,
  context: CommandContext,
): Promise<Waiting> {
  const bridge = createBridge({ stopped: context.stopSignal(), say: (line) => context.warn(`gazette send: ${line}`) });
  const own = createOwnWorker(store, ports, version());
  const before = new Map<string, DeliveryCounts>();
  for (const { id } of await bridge.ask(() => listUnfinishedEditions(store.database, newsletterId)))
    before.set(id, await bridge.ask(() => deliveryCounts(store.database, id)));
  await bridge.ask(() => own.startWhereNoneLives());
  return {
    bridge,
    own,
    close: () => own.close({ isLost: bridge.isLost() }),
    async finish(editionId, report) {
      const seen = new Set<string>();
      try {
        const left = await runUntilSent(store, {
          newsletterId,
          sender,
          bridge,
          own,
          onUnderWay: (id) => void seen.add(id),
          onOutage: (outage) => context.warn(`gazette send: waiting. ${announceOutage(outage)}`),
        });
        const counts = new Map<string, DeliveryCounts>();
        const reasons = new Map<string, string>();
        // What was open at the beginning may have ended before the first look.
        for (const id of new Set([
          ...(editionId === undefined ? [] : [editionId]),
          ...before.keys(),
          ...seen,
          ...left.map(({ id: each }) => each),
        ])) {
          counts.set(id, await bridge.ask(() => deliveryCounts(store.database, id)));
          const { state, reason } = await bridge.ask(() => getEdition(store.database, id));
          if (state === 'done' && reason !== null) reasons.set(id, reason);
        }
        return tellEnd({ editionId, counts, before, left, reasons }, report);
      } catch (error) {
        const isStopped = error instanceof StoppedError;
        if (!isStopped && !(error instanceof DatabaseLostError)) throw error;
        const what = editionId === undefined ? 'What was under way goes' : `Edition ${editionId} goes`;
        const when = isStopped ? 'while a worker runs' : 'when it is back and a worker runs';
        const how = editionId === undefined ? '' : `; "gazette deliveries ${editionId}" shows how`;
        report.warn(`gazette send: ${isStopped ? 'not waited for any longer' : error.message}. ${what} on ${when}${how}.`);
        report.tell({
          outcome: isStopped ? 'stopped' : 'database_lost',
          ...(editionId === undefined ? {} : { edition: editionId }),
          ...report.facts,
        });
        // The command itself ends with 130.
        return isStopped ? 130 : 1;
      }
    },
  };
}

interface End {
  readonly editionId: string | undefined;
  readonly counts: ReadonlyMap<string, DeliveryCounts>;
  readonly before: ReadonlyMap<string, DeliveryCounts>;
  readonly left: readonly UnfinishedEdition[];
  /** Of those that ended with more refused than should be. */
  readonly reasons: ReadonlyMap<string, string>;
}

function tellEnd({ editionId, counts, before, left, reasons }: End, { say, warn, tell, outcomes, facts }: WaitReport): number {
  const failed: string[] = [];
  const others: object[] = [];
  for (const [id, after] of counts) {
    if (id === editionId) {
      say(`Edition ${id}: ${describeOwn(after)}.`);
      if (isIncomplete(after)) failed.push(id);
      continue;
    }
    if (left.some((edition) => edition.id === id)) continue;
    const meanwhile = difference(after, before.get(id));
    say(`Edition ${id}, open besides: ${describeOther(meanwhile)}.`);
    others.push({ edition: id, meanwhile });
    if (isIncomplete(meanwhile)) failed.push(id);
  }
  for (const id of failed) warn(`"gazette deliveries ${id}" shows who and why.`);
  for (const [id, reason] of reasons) warn(`gazette send: edition ${id} has ended, and not as it should: ${withFullStop(reason)}`);
  for (const edition of left) warn(describeLeft(edition, counts.get(edition.id)));
  const isWell = failed.length === 0 && left.length === 0;
  tell({
    outcome: outcomes[isWell ? 0 : 1],
    ...(editionId === undefined ? {} : { edition: editionId, counts: counts.get(editionId) }),
    others,
    left: left.map(({ id, state, reason }) => ({ edition: id, state, reason, counts: counts.get(id) })),
    ...facts,
  });
  return isWell ? 0 : 1;
}

/** What a newer digest took over is no failure: its posts went with that one, which is waited for too. */
function isIncomplete(counts: Partial<DeliveryCounts>): boolean {
  return Object.entries(counts).some(([state, count]) => state !== 'accepted' && state !== 'superseded' && count > 0);
}

function describeOwn(counts: DeliveryCounts): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [`${counts.accepted} of ${total} accepted`, ...inWords(counts, (state) => state !== 'accepted' && state !== 'superseded')].join(
    ', ',
  );
}

function describeOther(meanwhile: Partial<DeliveryCounts>): string {
  const taken = meanwhile.superseded ?? 0;
  const words = inWords(meanwhile, (state) => state !== 'superseded');
  return [...words, ...(taken > 0 ? [`${taken} taken over by a newer edition`] : [])].join(', ') || 'nothing was left of it';
}

function describeLeft({ id, state, reason }: UnfinishedEdition, counts: DeliveryCounts | undefined): string {
  const why = reason === null ? '' : ` (${reason.replace(/\.$/, '')})`;
  if (state === 'held') return `gazette send: edition ${id} is held${why} and is not waited for: "gazette editions show ${id}" shows it.`;
  const open = inWords(counts ?? {}, (each) => each === 'queued' || each === 'sending').join(', ') || 'nothing queued';
  return `gazette send: edition ${id} is ${state}${why} and is not waited for: ${open}. "gazette deliveries ${id}" shows it, "gazette editions resume ${id}" goes on with it.`;
}

function inWords(counts: Partial<DeliveryCounts>, isWanted: (state: string) => boolean): string[] {
  return Object.entries(counts)
    .filter(([state, count]) => isWanted(state) && count > 0)
    .map(([state, count]) => `${count} ${state.replace('_', ' ')}`);
}

/** What changed: an edition that was open before has a history that is not this command's. Open states count as they are. */
function difference(after: DeliveryCounts, before: DeliveryCounts | undefined): Partial<DeliveryCounts> {
  return Object.fromEntries(
    Object.entries(after).map(([state, count]) => {
      const isOpen = state === 'queued' || state === 'sending';
      return [state, isOpen ? count : Math.max(0, count - (before?.[state as keyof DeliveryCounts] ?? 0))];
    }),
  );
}

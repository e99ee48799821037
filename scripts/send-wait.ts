import { wordUsedUp } from './account-words.ts';
import { beginWaiting, type SendEnd, type Waiting } from '../src/app/wait-until-sent.ts';
import type { Store } from '../src/app/open-store.ts';
import type { PublicNothingDue, PublicPlan, PublicSend } from '../src/editions/by-hand/public-plan.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { withFullStop } from '../src/kernel/full-stop.ts';
import { announceOutage } from '../src/ledger/accounts/account-outage.ts';
import type { CommandContext } from './command.ts';
import { createSendDisplay } from './send-display.ts';
import { version } from './version.ts';

/** Where the result goes. */
export interface WaitReport {
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly tell: (facts: PublicSend) => void;
  /** For programs: the words for when all went well and when not. */
  readonly outcomes: readonly [well: 'sent' | 'nothing_due', otherwise: 'incomplete'];
  readonly facts: PublicPlan | PublicNothingDue;
}

/** Begins the wait of `send --wait` for a newsletter, and says on stderr how far it is and what it is held up by. */
export async function beginSendWait(store: Store, ports: EditionPorts, newsletter: string, context: CommandContext): Promise<Waiting> {
  const display = createSendDisplay({
    stream: process.stderr,
    warn: (line) => context.warn(`gazette send: ${line}`),
    monotonic: () => performance.now(),
  });
  const waiting = await beginWaiting(store, ports, {
    newsletter,
    version: version(),
    stopped: context.stopSignal(),
    say: display.say,
    onProgress: display.update,
    onUsedUp: (account) => display.say(`waiting. ${wordUsedUp(account)}`),
    onOutage: (outage) => display.say(`waiting. ${announceOutage(outage)}`),
  });
  const finish: Waiting['finish'] = (editionId) => waiting.finish(editionId).finally(() => display.close());
  return { ...waiting, finish };
}

/** Waits for the whole newsletter and says what came of it; the exit code. */
export async function finishSendWait(waiting: Waiting, editionId: string | undefined, report: WaitReport): Promise<number> {
  const result = await waiting.finish(editionId);
  if (result.kind === 'ended') return tellEnd(editionId, result.end, report);
  const isStopped = result.kind === 'stopped';
  const what = editionId === undefined ? 'What was under way goes' : `Edition ${editionId} goes`;
  const when = isStopped ? 'while a worker runs' : 'when it is back and a worker runs';
  const how = editionId === undefined ? '' : `; "gazette deliveries ${editionId}" shows how`;
  report.warn(`gazette send: ${isStopped ? 'not waited for any longer' : result.message}. ${what} on ${when}${how}.`);
  report.tell({ outcome: result.kind, ...(editionId === undefined ? {} : { edition: editionId }), ...report.facts });
  // The command itself ends with 130.
  return isStopped ? 130 : 1;
}

type Counts = SendEnd['others'][number]['meanwhile'];

function tellEnd(editionId: string | undefined, end: SendEnd, { say, warn, tell, outcomes, facts }: WaitReport): number {
  const { counts, others, left, incomplete, faults } = end;
  if (editionId !== undefined && counts) say(`Edition ${editionId}: ${describeOwn(counts)}.`);
  for (const { edition, meanwhile } of others) say(`Edition ${edition}, open besides: ${describeOther(meanwhile)}.`);
  for (const id of incomplete) warn(`"gazette deliveries ${id}" shows who and why.`);
  for (const { edition, reason } of faults)
    warn(`gazette send: edition ${edition} has ended, and not as it should: ${withFullStop(reason)}`);
  for (const each of left) warn(describeLeft(each));
  const isWell = incomplete.length === 0 && left.length === 0;
  const own = editionId === undefined ? {} : { edition: editionId, counts };
  tell({ outcome: outcomes[isWell ? 0 : 1], ...own, others, left, ...facts });
  return isWell ? 0 : 1;
}

function describeOwn(counts: Counts): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const rest = inWords(counts, (state) => state !== 'accepted' && state !== 'superseded');
  return [`${counts.accepted ?? 0} of ${total} accepted`, ...rest].join(', ');
}

function describeOther(meanwhile: Counts): string {
  const taken = meanwhile.superseded ?? 0;
  const words = inWords(meanwhile, (state) => state !== 'superseded');
  return [...words, ...(taken > 0 ? [`${taken} taken over by a newer edition`] : [])].join(', ') || 'nothing was left of it';
}

function describeLeft({ edition, state, reason, counts }: SendEnd['left'][number]): string {
  const why = reason === null ? '' : ` (${reason.replace(/\.$/, '')})`;
  const what = `gazette send: edition ${edition} is ${state}${why} and is not waited for: `;
  if (state === 'held') return `${what}"gazette editions show ${edition}" shows it.`;
  if (state === 'sending') return `${what}sending is held. "gazette sending resume" goes on with it.`;
  const open = inWords(counts ?? {}, (each) => each === 'queued' || each === 'sending').join(', ') || 'nothing queued';
  return `${what}${open}. "gazette deliveries ${edition}" shows it, "gazette editions resume ${edition}" goes on with it.`;
}

function inWords(counts: Counts, isWanted: (state: string) => boolean): string[] {
  return Object.entries(counts)
    .filter(([state, count]) => isWanted(state) && count > 0)
    .map(([state, count]) => `${count} ${state.replace('_', ' ')}`);
}

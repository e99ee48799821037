import { noteDone } from './staff.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { openSigner } from '../src/app/domains/open-signer.ts';
import type { Store } from '../src/app/open-store.ts';
import type { Waiting } from '../src/app/wait-until-sent.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { planSend } from '../src/editions/by-hand/plan-send.ts';
import { prepareSend, type PreparedSend } from '../src/editions/by-hand/prepare-send.ts';
import type { PublicNothingDue, PublicPlan, PublicSend } from '../src/editions/by-hand/public-plan.ts';
import { approveByHand, declineByHand } from '../src/editions/by-hand/send-by-hand.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { hasLivingWorker } from '../src/ledger/find-living-worker.ts';
import { getPublicSchedule } from '../src/newsletters/list-schedules.ts';
import type { PublicSchedule } from '../src/newsletters/public-schedule.ts';
import { chooseNewsletter } from '../src/newsletters/choose-newsletter.ts';
import type { CommandContext, Run } from './command.ts';
import { withEditing } from './with-editing.ts';
import { wordNotApproved, wordNothingDue, wordPlan, type NotApproved } from './send-plan.ts';
import { beginSendWait, finishSendWait } from './send-wait.ts';

/** What `gazette send` does. */
export const send: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    // Queued by us, it would wait for workers none of which can start.
    openSigner(store.config);
    const { slug: newsletter } = await chooseNewsletter(store.database, args.text('newsletter'));
    const schedule = await getPublicSchedule(store.database, { newsletter, schedule: args.text('schedule') }, store.clock());
    const request = {
      store,
      ports,
      schedule,
      context,
      say: args.has('json') ? () => {} : context.print,
      tell: (facts: PublicSend): void => (args.has('json') ? context.print(JSON.stringify(facts)) : undefined),
      isAgreed: args.has('yes'),
      isReplacing: args.has('replace'),
    };
    if (args.has('dry-run')) return dryRun(request);
    if (!args.has('yes') && !context.isTerminal) {
      context.warn('gazette send: there is no terminal to ask; expected --yes to send or --dry-run to look');
      return 2;
    }
    if (!args.has('wait')) return composeAndSend(request, undefined);
    const waiting = await beginSendWait(store, ports, newsletter, context);
    try {
      return await composeAndSend(request, waiting);
    } finally {
      await waiting.close();
    }
  });

interface SendRequest {
  readonly store: Store;
  readonly ports: EditionPorts;
  readonly schedule: PublicSchedule;
  readonly context: CommandContext;
  readonly say: (line: string) => void;
  readonly tell: (facts: PublicSend) => void;
  readonly isAgreed: boolean;
  readonly isReplacing: boolean;
}

function choiceOf({ schedule }: SendRequest): { readonly newsletter: string; readonly schedule: string } {
  return { newsletter: schedule.newsletter, schedule: schedule.name };
}

async function dryRun(request: SendRequest): Promise<number> {
  const { ports, schedule, say, tell } = request;
  const planned = await planSend(ports, choiceOf(request));
  if (planned.outcome === 'nothing_due') wordNothingDue(planned, schedule).forEach(say);
  else {
    wordPlan(planned).forEach(say);
    for (const fault of planned.faults) say(`Would be held: ${fault}`);
    say('Nothing was stored or sent (--dry-run).');
  }
  tell(planned);
  return 0;
}

async function composeAndSend(request: SendRequest, waiting: Waiting | undefined): Promise<number> {
  const { ports, context, tell } = request;
  const prepared = await context.saying('composing the edition', () => prepareSend(ports, choiceOf(request), request.isReplacing));
  switch (prepared.kind) {
    case 'nothing_due':
      return endWithNothingDue(request, waiting, prepared.nothing);
    case 'draft_waits': {
      const { editionId } = prepared;
      context.warn(
        `gazette send: edition ${editionId} of this schedule waits for a decision: "gazette editions approve ${editionId}" sends it, "gazette editions skip ${editionId}" drops it, --replace composes anew in its place.`,
      );
      tell({ outcome: 'draft_waits', edition: editionId });
      return 1;
    }
    case 'held':
      context.warn(`gazette send: edition ${prepared.editionId} is held. ${prepared.reason}`);
      tell({ outcome: 'held', edition: prepared.editionId, reason: prepared.reason });
      return 1;
    case 'conflict':
      return endWithConflict(request, prepared.editionId, prepared);
    case 'ready':
      return askAndSend(request, waiting, prepared);
  }
}

async function askAndSend(
  request: SendRequest,
  waiting: Waiting | undefined,
  { editionId, plan, draft, replacedEditionId }: Extract<PreparedSend, { readonly kind: 'ready' }>,
): Promise<number> {
  const { ports, context, say, tell } = request;
  const touched = { edition: [editionId, ...(replacedEditionId === undefined ? [] : [replacedEditionId])] };
  wordPlan(plan).forEach(say);
  if (replacedEditionId !== undefined)
    say(`It replaces the draft ${replacedEditionId} of this schedule; what was edited there comes along.`);
  if (!request.isAgreed && !(await context.confirm(`Send edition ${editionId} to ${countOf(plan.recipients, 'recipient')} now?`))) {
    await declineByHand(ports, editionId);
    await noteDone(context, ports.database, touched);
    say('Not sent. The posts wait for the next edition.');
    return 1;
  }
  const by = 'staff (gazette send)';
  const approve = () => (waiting ? waiting.approve(draft, by) : approveByHand(ports, draft, by, delay));
  const decision = await context.saying(`approving edition ${editionId}`, approve);
  if (decision.kind !== 'approved') return endWithConflict(request, editionId, decision);
  await noteDone(context, ports.database, touched);
  if (!waiting) return afterQueueing(request, editionId, plan);
  return finishSendWait(waiting, editionId, { say, tell, warn: context.warn, outcomes: ['sent', 'incomplete'], facts: plan });
}

function endWithConflict({ context, tell }: SendRequest, editionId: string, decision: NotApproved): number {
  context.warn(`gazette send: edition ${editionId} was not approved: ${wordNotApproved(decision)}`);
  const successor = decision.kind === 'conflict' ? decision.replacedBy?.editionId : undefined;
  tell({ outcome: 'not_approved', edition: editionId, ...(successor === undefined ? {} : { replacedBy: successor }) });
  return 1;
}

async function endWithNothingDue(request: SendRequest, waiting: Waiting | undefined, nothing: PublicNothingDue): Promise<number> {
  const { context, say, tell } = request;
  wordNothingDue(nothing, request.schedule).forEach(say);
  if (!waiting) {
    tell({ outcome: 'nothing_due', ...nothing });
    return 0;
  }
  return finishSendWait(waiting, undefined, { say, tell, warn: context.warn, outcomes: ['nothing_due', 'incomplete'], facts: nothing });
}

async function afterQueueing({ store, context, say, tell }: SendRequest, editionId: string, plan: PublicPlan): Promise<number> {
  const isAlive = await hasLivingWorker(store.database);
  say(`Queued edition ${editionId}. "gazette deliveries ${editionId}" shows how it goes.`);
  if (!isAlive) context.warn('No worker is running: nothing goes out until "gazette serve" or "gazette worker" runs (or use --wait).');
  tell({ outcome: 'queued', edition: editionId, workerLives: isAlive, ...plan });
  return 0;
}

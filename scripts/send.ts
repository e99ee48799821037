import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../src/app/open-store.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { loadDigestModel, loadDigestSubject, type DigestSubject } from '../src/editions/digests/render-releases.ts';
import type { CheckedDraft } from '../src/editions/check-draft.ts';
import { approveByHand, composeByHand, declineByHand, type HandDecision } from '../src/editions/send-by-hand.ts';
import { planEdition, type EditionPlan } from '../src/ledger/drafts/plan-edition.ts';
import { findUnserved } from '../src/ledger/queue/unserved-store.ts';
import { listUnfinishedEditions } from '../src/ledger/unfinished-edition-store.ts';
import { countLivingWorkers } from '../src/ledger/queue/worker-store.ts';
import { chooseSchedule } from '../src/newsletters/schedule-store.ts';
import type { Schedule } from '../src/newsletters/schedule.ts';
import type { Newsletter } from '../src/newsletters/newsletter.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { checkGates } from '../src/render/digest/gates.ts';
import { chooseNewsletter } from './choose.ts';
import type { CommandContext, Run } from './command.ts';
import { withEditing } from './open-editing.ts';
import { describeBefore, describePlan, describeUnserved, listEditionsBefore } from './send-plan.ts';
import { beginWaiting, type Waiting } from './send-wait.ts';

/** What `gazette send` does. */
export const send: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const newsletter = await chooseNewsletter(store.database, args.text('newsletter'));
    const schedule = await chooseSchedule(store.database, newsletter, args.text('schedule'));
    const say = args.has('json') ? () => {} : context.print;
    const tell = (facts: object): void => (args.has('json') ? context.print(JSON.stringify(facts)) : undefined);
    if (args.has('dry-run')) return dryRun(ports, newsletter, schedule, say, tell);
    if (!args.has('yes') && !context.isTerminal) {
      context.warn('gazette send: there is no terminal to ask; expected --yes to send or --dry-run to look');
      return 2;
    }
    return sendNow({
      store,
      ports,
      newsletter,
      schedule,
      context,
      say,
      tell,
      isWaiting: args.has('wait'),
      isAgreed: args.has('yes'),
      isReplacing: args.has('replace'),
    });
  });

type Say = (line: string) => void;
type Tell = (facts: object) => void;

async function dryRun(ports: EditionPorts, newsletter: Newsletter, schedule: Schedule, say: Say, tell: Tell): Promise<number> {
  const plan = await planEdition(ports.database, { newsletterId: newsletter.id, scheduleId: schedule.id, now: ports.clock() });
  if (plan.groups.length === 0) {
    tell({ outcome: 'nothing_due', ...(await sayNothingDue({ ports, newsletter, schedule, say }, plan.waitingCount)) });
    return 0;
  }
  const subject: DigestSubject = {
    newsletter,
    timeZone: schedule.timeZone,
    maximum: schedule.maximum,
    editionDate: ports.clock(),
    edition: null,
    posts: [],
  };
  const description = await describePlan(ports, subject, plan);
  description.lines.forEach(say);
  const faults = await findFaults(ports, subject, plan);
  for (const fault of faults) say(`Would be held: ${fault}`);
  say('Nothing was stored or sent (--dry-run).');
  tell({ outcome: 'dry_run', ...description.facts, faults });
  return 0;
}

/** What the gates would say about any of the digests, each once. */
async function findFaults(ports: EditionPorts, subject: DigestSubject, plan: EditionPlan): Promise<string[]> {
  const faults = new Set<string>();
  for (const group of plan.groups) {
    const model = await loadDigestModel(ports, subject, group.releases, group.language);
    for (const gate of checkGates(await ports.renderer.render(model), model)) if (!gate.ok) faults.add(`${gate.what} ${gate.remedy}`);
  }
  return [...faults];
}

interface SendRequest {
  readonly store: Store;
  readonly ports: EditionPorts;
  readonly newsletter: Newsletter;
  readonly schedule: Schedule;
  readonly context: CommandContext;
  readonly say: Say;
  readonly tell: Tell;
  readonly isWaiting: boolean;
  readonly isAgreed: boolean;
  readonly isReplacing: boolean;
}

async function sendNow(request: SendRequest): Promise<number> {
  const { store, ports, newsletter, context } = request;
  if (!request.isWaiting) return composeAndSend(request, undefined);
  const waiting = await beginWaiting(store, ports, newsletter, context);
  try {
    return await composeAndSend(request, waiting);
  } finally {
    await waiting.close();
  }
}

async function composeAndSend(request: SendRequest, waiting: Waiting | undefined): Promise<number> {
  const { ports, schedule, context, say, tell } = request;
  const composed = await context.saying('composing the edition', () => composeByHand(ports, schedule, request.isReplacing));
  if (composed.kind === 'nothing_due') return endWithNothingDue(request, waiting, composed.waitingCount);
  if (composed.kind === 'draft_waits') {
    const { editionId } = composed;
    context.warn(
      `gazette send: edition ${editionId} of this schedule waits for a decision: "gazette editions approve ${editionId}" sends it, "gazette editions skip ${editionId}" drops it, --replace composes anew in its place.`,
    );
    tell({ outcome: 'draft_waits', edition: editionId });
    return 1;
  }
  if (composed.kind === 'held') {
    context.warn(`gazette send: edition ${composed.editionId} is held. ${composed.reason}`);
    tell({ outcome: 'held', edition: composed.editionId, reason: composed.reason });
    return 1;
  }
  const { editionId, draft } = composed;
  const description = await describePlan(ports, await loadDigestSubject(ports.database, editionId), draft.plan);
  description.lines.forEach(say);
  if (composed.replacedEditionId !== undefined) say(`It replaces the draft ${composed.replacedEditionId} of this schedule.`);
  if (
    !request.isAgreed &&
    !(await context.confirm(`Send edition ${editionId} to ${countOf(draft.plan.recipientCount, 'recipient')} now?`))
  ) {
    await declineByHand(ports, editionId);
    say('Not sent. The posts wait for the next edition.');
    return 1;
  }
  const decision = await context.saying(`approving edition ${editionId}`, () => approve(ports, draft, waiting));
  if (decision.kind !== 'approved') {
    context.warn(`gazette send: edition ${editionId} was not approved: ${whyNot(decision)}`);
    return 1;
  }
  const { facts } = description;
  if (!waiting) return afterQueueing(request, editionId, facts);
  return waiting.finish(editionId, { say, tell, warn: context.warn, outcomes: ['sent', 'incomplete'], facts });
}

/** Asked again where the database was lost: then nobody knows whether the first answer was a yes, and the edition's own state says it. */
async function approve(ports: EditionPorts, draft: CheckedDraft, waiting: Waiting | undefined): Promise<HandDecision> {
  const ask = (): Promise<HandDecision> => approveByHand(ports, draft, 'staff (gazette send)', delay);
  if (!waiting) return ask();
  // What has to be frozen first needs a worker. Otherwise none is started yet: it would send what this edition takes over.
  const others = await waiting.bridge.ask(() => listUnfinishedEditions(ports.database, draft.edition.newsletterId));
  if (others.some(({ state }) => state === 'approved')) await waiting.bridge.ask(() => waiting.own.startWhereNoneLives());
  const decision = await waiting.bridge.ask(ask);
  const isApproved = decision.kind === 'conflict' && ['approved', 'sending', 'done'].includes(decision.state);
  return isApproved && waiting.bridge.wasLost() ? { kind: 'approved' } : decision;
}

async function endWithNothingDue(request: SendRequest, waiting: Waiting | undefined, waitingCount: number): Promise<number> {
  const { context, say, tell } = request;
  const facts = await sayNothingDue(request, waitingCount);
  if (!waiting) {
    tell({ outcome: 'nothing_due', ...facts });
    return 0;
  }
  return waiting.finish(undefined, { say, tell, warn: context.warn, outcomes: ['nothing_due', 'incomplete'], facts });
}

function whyNot(decision: Exclude<HandDecision, { readonly kind: 'approved' }>): string {
  if (decision.kind === 'busy') return 'another edition of this newsletter is still being frozen';
  return decision.kind === 'changed' ? 'somebody edited it after it was shown here' : `it is ${decision.state} now`;
}

async function afterQueueing({ store, context, say, tell }: SendRequest, editionId: string, facts: object): Promise<number> {
  const isAlive = (await countLivingWorkers(store.database)) > 0;
  say(`Queued edition ${editionId}. "gazette deliveries ${editionId}" shows how it goes.`);
  if (!isAlive) context.warn('No worker is running: nothing goes out until "gazette serve" or "gazette worker" runs (or use --wait).');
  tell({ outcome: 'queued', edition: editionId, workerLives: isAlive, ...facts });
  return 0;
}

/** Says why, and what is still open all the same; returns it for programs. */
async function sayNothingDue(
  { ports, newsletter, schedule, say }: Pick<SendRequest, 'ports' | 'newsletter' | 'schedule' | 'say'>,
  waitingCount: number,
): Promise<object> {
  const unserved = await findUnserved(ports.database, newsletter.id, schedule.id);
  const isEverybody = unserved.suppressed === 0 && unserved.doubtful.length === 0 && unserved.refused.length === 0;
  const why =
    waitingCount > 0
      ? `Posts are coming for ${countOf(waitingCount, 'subscriber')}, but fewer than the minimum of ${schedule.minimum}`
      : `${isEverybody ? 'everybody' : 'everybody else'} has everything that was released for them`;
  const before = await listEditionsBefore(ports.database, newsletter.id, { takenOver: new Map() });
  const but = before.length > 0 && waitingCount === 0 ? ', or it is on its way' : '';
  say(`Nothing is due in "${newsletter.slug}", schedule "${schedule.name}": ${why}${but}.`);
  for (const each of before) say(`On its way: ${describeBefore(each)}.`);
  for (const line of describeUnserved(unserved, newsletter.slug)) say(line);
  return { waiting: waitingCount, before, unserved };
}

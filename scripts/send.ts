import { setTimeout as delay } from 'node:timers/promises';
import { runUntilSent, startWorkerWhereNoneLives } from '../src/app/run-until-sent.ts';
import type { Store } from '../src/app/open-store.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { loadDigestModel, loadDigestSubject, type DigestSubject } from '../src/editions/render-releases.ts';
import { approveByHand, composeByHand, declineByHand, type HandDecision } from '../src/editions/send-by-hand.ts';
import { deliveryCounts } from '../src/ledger/delivery-report-store.ts';
import { planEdition, type EditionPlan } from '../src/ledger/plan-edition.ts';
import { countLivingWorkers } from '../src/ledger/worker-store.ts';
import { chooseSchedule } from '../src/newsletters/schedule-store.ts';
import type { Schedule } from '../src/newsletters/schedule.ts';
import type { Newsletter } from '../src/newsletters/newsletter.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { checkGates } from '../src/render/gates.ts';
import { chooseNewsletter } from './choose.ts';
import type { Command, CommandContext } from './command.ts';
import { withEditing } from './open.ts';
import { version } from './version.ts';

/** `gazette send`. */
export const send: Command = {
  name: 'send',
  summary: 'Compose an edition now, show it, and send it when you agree.',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    schedule: { value: 'schedule', help: 'Which of its schedules, where there are several.' },
    'dry-run': { help: 'Show subject, posts and audience; store and send nothing.' },
    yes: { help: 'Do not ask. Needed where there is no terminal.' },
    replace: { help: 'Take the place of a draft that the schedule composed and that waits for staff.' },
    wait: { help: 'End when every delivery is final; where no worker is running, deliver from here.' },
    json: { help: 'One JSON document instead of words.' },
  },
  examples: ['send --newsletter weekly --dry-run', 'send --newsletter weekly --schedule weekly --yes --wait'],
  exitCodes:
    '0 also when nothing is due (it says so); 1 when a draft is waiting already, the edition is held or you did not agree; with --wait also when a delivery was not accepted.',
  run: (args, context) =>
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
    }),
};

type Say = (line: string) => void;
type Tell = (facts: object) => void;

async function dryRun(ports: EditionPorts, newsletter: Newsletter, schedule: Schedule, say: Say, tell: Tell): Promise<number> {
  const plan = await planEdition(ports.database, { newsletterId: newsletter.id, scheduleId: schedule.id, now: ports.clock() });
  if (plan.groups.length === 0) {
    sayNothingDue(newsletter, schedule, plan.waitingCount, say);
    tell({ outcome: 'nothing_due', waiting: plan.waitingCount });
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
  const { ports, newsletter, schedule, context, say, tell } = request;
  const composed = await composeByHand(ports, schedule, request.isReplacing);
  if (composed.kind === 'nothing_due') {
    sayNothingDue(newsletter, schedule, composed.waitingCount, say);
    tell({ outcome: 'nothing_due', waiting: composed.waitingCount });
    return 0;
  }
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
  const own = request.isWaiting ? await startWorkerWhereNoneLives(request.store, ports, version()) : undefined;
  try {
    const decision = await approveByHand(ports, draft, 'staff (gazette send)', delay);
    if (decision.kind !== 'approved') {
      context.warn(`gazette send: edition ${editionId} was not approved: ${whyNot(decision)}`);
      return 1;
    }
    return request.isWaiting
      ? await waitUntilSent(request, editionId, description.facts)
      : await afterQueueing(request, editionId, description.facts);
  } finally {
    await own?.close();
  }
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

async function waitUntilSent({ store, ports, context, say, tell }: SendRequest, editionId: string, facts: object): Promise<number> {
  await runUntilSent(store, ports, editionId, { version: version(), stopped: context.stopSignal() });
  const counts = await deliveryCounts(store.database, editionId);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  // What a newer digest took over is no failure: its posts went with that one.
  const others = Object.entries(counts).filter(([state, count]) => state !== 'accepted' && state !== 'superseded' && count > 0);
  say(
    `Edition ${editionId}: ${counts.accepted} of ${total} accepted${others.map(([state, count]) => `, ${count} ${state.replace('_', ' ')}`).join('')}.`,
  );
  tell({ outcome: others.length === 0 ? 'sent' : 'incomplete', edition: editionId, counts, ...facts });
  if (others.length > 0) context.warn(`"gazette deliveries ${editionId}" shows who and why.`);
  return others.length === 0 ? 0 : 1;
}

async function describePlan(ports: EditionPorts, subject: DigestSubject, plan: EditionPlan): Promise<{ lines: string[]; facts: object }> {
  const largest = plan.groups[0]!;
  const model = await loadDigestModel(ports, subject, largest.releases, largest.language);
  const rendered = await ports.renderer.render(model);
  const titles = [...model.posts, ...model.alsoPublished].map((post) => post.title);
  return {
    lines: [
      `Subject:   ${rendered.subject}`,
      `Audience:  ${countOf(plan.recipientCount, 'recipient')}, ${countOf(plan.groups.length, 'digest')}`,
      `Posts:     ${titles.length} in the digest that most get`,
      ...titles.map((title) => `           - ${title}`),
    ],
    facts: { subject: rendered.subject, recipients: plan.recipientCount, digests: plan.groups.length, posts: titles },
  };
}

function sayNothingDue(newsletter: Newsletter, schedule: Schedule, waitingCount: number, say: Say): void {
  const why =
    waitingCount > 0
      ? `Posts are coming for ${countOf(waitingCount, 'subscriber')}, but fewer than the minimum of ${schedule.minimum}`
      : 'everybody has everything that was released for them';
  say(`Nothing is due in "${newsletter.slug}", schedule "${schedule.name}": ${why}.`);
}

import { noteDone } from './staff.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { approveByStaff, type StaffDecision } from '../src/editions/decide/decide-by-staff.ts';
import { steerEdition, type Steering } from '../src/editions/decide/steer-edition.ts';
import { hasLivingWorker } from '../src/ledger/find-living-worker.ts';
import type { Arguments, Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { withEditing } from './with-editing.ts';

/** What `gazette editions approve` does. */
export const editionsApprove: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const id = parseId(args.positionals[0]!);
    const result = await context.saying(`approving edition ${id}`, () => approveByStaff(ports, id, delay));
    if (result.kind === 'approved') {
      await noteDone(context, store.database, { edition: [id] });
      context.print(`Approved edition ${id}.`);
      if (!(await hasLivingWorker(store.database)))
        context.warn('No worker is running: nothing goes out until "gazette serve" or "gazette worker" runs.');
      return 0;
    }
    context.warn(`Not approved: ${whyNotApproved(result, id)}`);
    return 1;
  });

function whyNotApproved(result: Exclude<StaffDecision, { readonly kind: 'approved' }>, id: string): string {
  switch (result.kind) {
    case 'held':
      return result.reason;
    case 'busy':
      return 'another edition of this newsletter is being frozen; try again';
    case 'changed':
      return `edition ${id} was edited just now; look at it again`;
    case 'conflict':
      return `edition ${id} is ${result.state}${result.reason === undefined ? '' : `: ${result.reason}`}`;
  }
}

/** Of the verbs that end or stop something, the row has a reason; of the one that goes on it has none, and none may be read. */
function steering(steeringOf: (args: Arguments) => Steering, done: string): Run {
  return (args, context) =>
    withStore(context, async ({ database, clock, queue }) => {
      const id = parseId(args.positionals[0]!);
      const wanted = steeringOf(args);
      if (wanted.to === 'resume') await queue.prepare();
      const steered = await steerEdition({ database, clock, enqueue: queue.enqueue }, id, wanted);
      if (steered.kind === 'done') {
        await noteDone(context, database, { edition: [id] });
        context.print(`${done} edition ${id}.`);
        return 0;
      }
      context.warn(
        steered.kind === 'busy'
          ? 'Another edition of this newsletter is being frozen; try again.'
          : `Not possible: edition ${id} is ${steered.state}.`,
      );
      return 1;
    });
}

const reasonOf = (args: Arguments): string => args.text('reason') ?? 'by staff';

/** What `gazette editions skip` does. */
export const editionsSkip = steering((args) => ({ to: 'skip', reason: reasonOf(args) }), 'Skipped');
/** What `gazette editions cancel` does. */
export const editionsCancel = steering((args) => ({ to: 'cancel', reason: reasonOf(args) }), 'Cancelled');
/** What `gazette editions pause` does. */
export const editionsPause = steering((args) => ({ to: 'pause', reason: reasonOf(args) }), 'Paused');
/** What `gazette editions resume` does. */
export const editionsResume = steering(() => ({ to: 'resume' }), 'Resumed');

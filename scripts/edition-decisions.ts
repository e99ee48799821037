import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../src/app/open-store.ts';
import { approveByStaff, type StaffDecision } from '../src/editions/decide/decide-by-staff.ts';
import { resumeEdition, type ApprovalResult } from '../src/ledger/approve-edition.ts';
import { cancelEdition, pauseEdition, skipEdition } from '../src/ledger/drafts/decide-edition.ts';
import { getEdition } from '../src/ledger/drafts/edition-store.ts';
import type { EditionChange } from '../src/ledger/drafts/edition.ts';
import { countLivingWorkers } from '../src/ledger/queue/worker-store.ts';
import type { Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { withEditing } from './open-editing.ts';

/** What `gazette editions approve` does. */
export const editionsApprove: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const id = parseId(args.positionals[0]!);
    const result = await context.saying(`approving edition ${id}`, () => approveByStaff(ports, id, delay));
    if (result.kind === 'approved') {
      context.print(`Approved edition ${id}.`);
      if ((await countLivingWorkers(store.database)) === 0)
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
      return `edition ${id} is ${result.state}`;
  }
}

interface Decision {
  readonly done: string;
  readonly decide: (store: Store, id: string, reason: string) => Promise<EditionChange | ApprovalResult>;
}

function decision({ done, decide }: Decision): Run {
  return (args, context) =>
    withStore(context, async (store) => {
      const id = parseId(args.positionals[0]!);
      await getEdition(store.database, id);
      const change = await decide(store, id, args.text('reason') ?? 'by staff');
      if (change.kind === 'changed' || change.kind === 'approved') {
        context.print(`${done} edition ${id}.`);
        return 0;
      }
      context.warn(
        change.kind === 'busy'
          ? 'Another edition of this newsletter is being frozen; try again.'
          : `Not possible: edition ${id} is ${change.state}.`,
      );
      return 1;
    });
}

/** What `gazette editions skip` does. */
export const editionsSkip = decision({
  done: 'Skipped',
  decide: ({ database, clock }, id, reason) => skipEdition(database, id, { reason, now: clock() }),
});
/** What `gazette editions cancel` does. */
export const editionsCancel = decision({
  done: 'Cancelled',
  decide: ({ database, clock }, id, reason) => cancelEdition(database, id, { reason, now: clock(), isByStaff: true }),
});
/** What `gazette editions pause` does. */
export const editionsPause = decision({
  done: 'Paused',
  decide: ({ database, clock }, id, reason) => pauseEdition(database, id, { reason, now: clock(), isByStaff: true }),
});
/** What `gazette editions resume` does. */
export const editionsResume = decision({
  done: 'Resumed',
  async decide({ database, clock, queue }, id) {
    await queue.prepare();
    return resumeEdition(database, id, { now: clock(), enqueue: queue.enqueue });
  },
});

import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../src/app/open-store.ts';
import { approveByStaff, type StaffDecision } from '../src/editions/decide/decide-by-staff.ts';
import { resumeEdition, type ApprovalResult } from '../src/ledger/approve-edition.ts';
import { cancelEdition, pauseEdition, skipEdition } from '../src/ledger/drafts/decide-edition.ts';
import { getEdition } from '../src/ledger/drafts/edition-store.ts';
import type { EditionChange } from '../src/ledger/drafts/edition.ts';
import { countLivingWorkers } from '../src/ledger/queue/worker-store.ts';
import type { Command } from './command.ts';
import { parseId } from './deliveries.ts';
import { withEditing, withStore } from './open.ts';

/** `gazette editions approve`. */
export const editionsApprove: Command = {
  name: 'editions approve',
  summary: 'Approve a draft: it is frozen and goes out.',
  positionals: '<edition>',
  examples: ['editions approve 12'],
  exitCodes: '1 when somebody decided otherwise before, or a gate failed.',
  run: (args, context) =>
    withEditing(context, async (store, ports) => {
      const id = parseId(args.positionals[0]!);
      const result = await approveByStaff(ports, id, delay);
      if (result.kind === 'approved') {
        context.print(`Approved edition ${id}.`);
        if ((await countLivingWorkers(store.database)) === 0)
          context.warn('No worker is running: nothing goes out until "gazette serve" or "gazette worker" runs.');
        return 0;
      }
      context.warn(`Not approved: ${whyNotApproved(result, id)}`);
      return 1;
    }),
};

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
  readonly name: string;
  readonly summary: string;
  readonly done: string;
  /** A reason as staff may give it; without one the command takes none. */
  readonly reason?: string;
  readonly decide: (store: Store, id: string, reason: string) => Promise<EditionChange | ApprovalResult>;
}

function decision({ name, summary, done, reason, decide }: Decision): Command {
  return {
    name: `editions ${name}`,
    summary,
    positionals: '<edition>',
    options: reason === undefined ? {} : { reason: { value: 'text', help: 'Why, for the record.', default: 'by staff' } },
    examples: [`editions ${name} 12`, ...(reason === undefined ? [] : [`editions ${name} 12 --reason "${reason}"`])],
    exitCodes: '1 when the edition is in a state that does not allow it.',
    run: (args, context) =>
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
      }),
  };
}

/** `gazette editions skip`. */
export const editionsSkip = decision({
  name: 'skip',
  summary: 'Do not send a draft; its posts wait for the next edition.',
  done: 'Skipped',
  reason: 'nothing but a notice this week',
  decide: ({ database, clock }, id, reason) => skipEdition(database, id, { reason, now: clock() }),
});
/** `gazette editions cancel`. */
export const editionsCancel = decision({
  name: 'cancel',
  summary: 'Stop an edition that is going out; what was not sent is given back.',
  done: 'Cancelled',
  reason: 'wrong date in the first post',
  decide: ({ database, clock }, id, reason) => cancelEdition(database, id, { reason, now: clock(), isByStaff: true }),
});
/** `gazette editions pause`. */
export const editionsPause = decision({
  name: 'pause',
  summary: 'Send nothing more of an edition until it is resumed.',
  done: 'Paused',
  reason: 'our site is down',
  decide: ({ database, clock }, id, reason) => pauseEdition(database, id, { reason, now: clock(), isByStaff: true }),
});
/** `gazette editions resume`. */
export const editionsResume = decision({
  name: 'resume',
  summary: 'Go on with a paused edition.',
  done: 'Resumed',
  async decide({ database, clock, queue }, id) {
    await queue.prepare();
    return resumeEdition(database, id, { now: clock(), enqueue: queue.enqueue });
  },
});

import { holdSending } from '../src/deliveries/by-staff/hold-sending.ts';
import { resumeSending } from '../src/deliveries/by-staff/resume-sending.ts';
import { readSending } from '../src/ledger/hold/read-sending.ts';
import type { Run } from './command.ts';
import { wordHold } from './findings.ts';
import { withStore } from './open.ts';
import { noteDone } from './staff.ts';

/** What `gazette sending` does. */
export const sending: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const state = await readSending(database);
    if (args.has('json')) context.print(JSON.stringify(state, null, 2));
    else context.print(state.hold ? wordHold(state.hold) : 'Sending goes on: nothing holds it.');
    return 0;
  });

/** What `gazette sending hold` does. */
export const sendingHold: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const { hold, isNew } = await holdSending(database, args.text('reason') ?? 'by staff');
    if (isNew) await noteDone(context, database, { hold: [hold.id] });
    context.print(isNew ? 'Sending is held: no digest leaves until "gazette sending resume".' : `Held already. ${wordHold(hold)}`);
    return 0;
  });

/** What `gazette sending resume` does. */
export const sendingResume: Run = (_args, context) =>
  withStore(context, async ({ database, queue }) => {
    await queue.prepare();
    const ended = await resumeSending(database, queue.enqueue);
    if (ended) await noteDone(context, database, { hold: [ended.id] });
    context.print(ended ? 'Sending goes on.' : 'Sending is not held.');
    return 0;
  });

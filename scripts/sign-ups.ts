import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import {
  dropSignUps,
  expectSignUps,
  type HeldChoice,
  listPublicHeldSignUps,
  releaseSignUps,
} from '../src/subscribers/joining/decide-held-sign-ups.ts';
import { type Arguments, columns, type Run, workAsUsage } from './command.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { parseMoment } from './dates.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { noteDone } from './staff.ts';
import { listBounds, listLimits } from './table/list-limits.ts';

/** What `gazette subscribers held` does. */
export const subscribersHeld: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const [limit, after] = [args.integer('limit', listBounds) ?? listLimits.subscribers, args.text('after')];
    const page = { limit: limit + 1, afterId: after === undefined ? undefined : parseId(after) };
    const { count, signUps: read } = await listPublicHeldSignUps(database, page);
    const cut = { limit, goesOn: 'after', idOf: ({ id }: { id: string }) => id, isFurther: after !== undefined, total: count } as const;
    const { rows: signUps, rest } = cutToLimit(read, cut);
    if (args.has('json')) {
      context.print(JSON.stringify({ count, signUps }, null, 2));
      sayRest(context, rest, { asJson: true });
      return 0;
    }
    const rows = signUps.map((each) => [each.id, each.address, each.name ?? '', each.newsletter, each.source, utcMoment(each.receivedAt)]);
    for (const line of columns([['ID', 'ADDRESS', 'NAME', 'NEWSLETTER', 'FROM', 'RECEIVED'], ...rows])) context.print(line);
    sayRest(context, rest, { asJson: false });
    context.print(`\n${countOf(count, 'sign-up')} held: nobody of these is mailed until you release them.`);
    return 0;
  });

/** What `gazette subscribers release` does. */
export const subscribersRelease: Run = (args, context) =>
  withStore(context, async ({ database, queue }) => {
    const which = readChoice(args);
    await queue.prepare();
    const released = await releaseSignUps({ database, enqueue: queue.enqueue }, which);
    await noteDone(context, database, { sign_up: released });
    context.print(
      released.length === 0 ? 'No sign-up is held.' : `Released ${countOf(released.length, 'sign-up')}: each is asked to confirm.`,
    );
    return 0;
  });

/** What `gazette subscribers drop` does. */
export const subscribersDrop: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const which = readChoice(args);
    if (!args.has('yes') && !(await context.confirm('Forget these sign-ups, so that nobody of them is mailed?'))) {
      context.warn('Nothing was dropped: expected your agreement, or --yes.');
      return 1;
    }
    const dropped = await dropSignUps({ database }, which);
    await noteDone(context, database, { sign_up: dropped });
    context.print(
      dropped.length === 0 ? 'No sign-up is held.' : `Dropped ${countOf(dropped.length, 'sign-up')}: nobody of them is mailed.`,
    );
    return 0;
  });

/** What `gazette subscribers expect` does. */
export const subscribersExpect: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const count = Number(/^\d{1,6}$/.exec(args.positionals[0]!)?.[0] ?? Number.NaN);
    const expected = await workAsUsage(
      expectSignUps({ database, clock }, count, parseMoment(args.required('until'), 'until', { dayTo: 'end' })),
    );
    await noteDone(context, database, { setting: ['expected_sign_ups'] });
    context.print(`Up to ${expected.count} unconfirmed sign-ups an hour go through until ${utcMoment(expected.until)}.`);
    return 0;
  });

function readChoice(args: Arguments): HeldChoice {
  if (args.has('all') && args.positionals.length > 0) throw new UsageError('Expected --all or ids of held sign-ups, got both');
  if (args.has('all')) return 'all';
  if (args.positionals.length === 0) throw new UsageError('Expected ids of held sign-ups, or --all');
  return args.positionals.map((id) => parseId(id));
}

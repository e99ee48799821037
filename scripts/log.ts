import { UsageError } from '../src/kernel/errors.ts';
import { listActions } from '../src/staff/record-action.ts';
import type { StaffAction } from '../src/staff/staff-action.ts';
import { columns, type Run } from './command.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { listBounds, listLimits } from './table/list-limits.ts';

/** What `gazette log` does. */
export const logCommand: Run = (args, context) => {
  const [limit, before, after] = [args.integer('limit', listBounds) ?? listLimits.log, args.text('before'), args.text('after')];
  if (before !== undefined && after !== undefined) throw new UsageError('Expected --before or --after, got both');
  const [beforeId, afterId] = [before, after].map((id) => (id === undefined ? undefined : parseId(id)));
  return withStore(context, async ({ database }) => {
    const { rows: actions, rest } = cutToLimit(await listActions(database, { limit: limit + 1, beforeId, afterId }), {
      limit,
      goesOn: afterId === undefined ? 'before' : 'after',
      idOf: ({ id }) => id,
      isFurther: (beforeId ?? afterId) !== undefined,
    });
    const asJson = args.has('json');
    if (asJson) context.print(JSON.stringify(actions, null, 2));
    else if (actions.length === 0) context.print(describeNone(beforeId, afterId));
    else for (const line of columns([['ID', 'WHEN', 'WHO', 'DID', 'TO'], ...actions.map(cells)])) context.print(line);
    sayRest(context, rest, { asJson });
    return 0;
  });
};

function describeNone(beforeId: string | undefined, afterId: string | undefined): string {
  if (beforeId !== undefined) return `Nothing was changed before ${beforeId}.`;
  return afterId === undefined ? 'Nothing was changed by staff yet.' : `Nothing was changed after ${afterId}.`;
}

/** So many ids of a kind are shown; JSON has them all. */
const shownIds = 8;

function cells({ id, at, by, action, subjects }: StaffAction): string[] {
  const touched = Object.entries(subjects).map(([kind, ids]) => {
    const rest = ids.length - shownIds;
    return `${kind.replace('_', ' ')} ${ids.slice(0, shownIds).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  });
  return [id, utcMoment(at), by, action, touched.join('; ')];
}

import { listActions } from '../src/staff/record-action.ts';
import type { StaffAction } from '../src/staff/staff-action.ts';
import { columns, type Run } from './command.ts';
import { moment } from './dates.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { listLimits } from './table/list-limits.ts';

/** What `gazette log` does. */
export const logCommand: Run = (args, context) => {
  const [limit, after] = [args.integer('limit', { atLeast: 1 }) ?? listLimits.log, args.text('after')];
  const afterId = after === undefined ? undefined : parseId(after);
  return withStore(context, async ({ database }) => {
    const actions = await listActions(database, { limit, afterId });
    if (args.has('json')) context.print(JSON.stringify(actions, null, 2));
    else if (actions.length === 0)
      context.print(afterId === undefined ? 'Nothing was changed by staff yet.' : `Nothing was changed after ${afterId}.`);
    else for (const line of columns([['ID', 'WHEN', 'WHO', 'DID', 'TO'], ...actions.map(cells)])) context.print(line);
    return 0;
  });
};

/** So many ids of a kind are shown; JSON has them all. */
const shownIds = 8;

function cells({ id, at, by, action, subjects }: StaffAction): string[] {
  const touched = Object.entries(subjects).map(([kind, ids]) => {
    const rest = ids.length - shownIds;
    return `${kind.replace('_', ' ')} ${ids.slice(0, shownIds).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  });
  return [id, moment(at), by, action, touched.join('; ')];
}

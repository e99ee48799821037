import { listPublicNewsletters } from '../src/newsletters/list-newsletters.ts';
import type { Run } from './command.ts';
import { columns } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette newsletters list` does. */
export const newslettersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const newsletters = await listPublicNewsletters(database);
    if (args.has('json')) context.print(JSON.stringify(newsletters, null, 2));
    else if (newsletters.length === 0) context.print('No newsletter yet. Add one with "gazette newsletters add".');
    else {
      const rows = newsletters.map((each) => [
        each.isSample ? `${each.slug} (sample)` : each.slug,
        each.name,
        each.senderAddress,
        each.language,
        each.schedules.join(', '),
      ]);
      for (const line of columns([['NEWSLETTER', 'NAME', 'SENDER', 'LANGUAGE', 'SCHEDULES'], ...rows])) context.print(line);
    }
    return 0;
  });

import { listNewsletters } from '../src/newsletters/newsletter-store.ts';
import { listSchedules } from '../src/newsletters/schedule-store.ts';
import type { Run } from './command.ts';
import { columns } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette newsletters list` does. */
export const newslettersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const newsletters = await listNewsletters(database);
    const schedules = await listSchedules(database);
    const rows = newsletters.map((each) => ({
      ...each,
      schedules: schedules.filter((schedule) => schedule.newsletterId === each.id).map((schedule) => schedule.name),
    }));
    if (args.has('json')) context.print(JSON.stringify(rows, null, 2));
    else if (rows.length === 0) context.print('No newsletter yet. Add one with "gazette newsletters add".');
    else {
      const header = ['NEWSLETTER', 'NAME', 'SENDER', 'LANGUAGE', 'SCHEDULES'];
      for (const line of columns([
        header,
        ...rows.map((row) => [
          row.isSample ? `${row.slug} (sample)` : row.slug,
          row.name,
          row.senderAddress,
          row.language,
          row.schedules.join(', '),
        ]),
      ]))
        context.print(line);
    }
    return 0;
  });

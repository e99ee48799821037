import { UsageError } from '../src/kernel/errors.ts';
import { listEditions } from '../src/ledger/drafts/edition-store.ts';
import { editionStates } from '../src/ledger/drafts/edition.ts';
import { listNewsletters } from '../src/newsletters/newsletter-store.ts';
import { listSchedules } from '../src/newsletters/schedule-store.ts';
import { bigintAsText, columns, utcMinute, type Run } from './command.ts';
import { chooseNewsletter } from './choose.ts';
import { withStore } from './open.ts';

/** What `gazette editions list` does. */
export const editionsList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const state = editionStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${editionStates.join(', ')}, got "${args.text('state')}"`);
    const newsletter = args.text('newsletter') === undefined ? undefined : await chooseNewsletter(database, args.text('newsletter'));
    const editions = await listEditions(database, {
      limit: args.integer('limit', { atLeast: 1 }) ?? 30,
      ...(newsletter ? { newsletterId: newsletter.id } : {}),
      ...(state ? { states: [state] } : {}),
    });
    if (args.has('json')) {
      context.print(JSON.stringify(editions, bigintAsText, 2));
      return 0;
    }
    if (editions.length === 0) context.print(state || newsletter ? 'No edition of that kind.' : 'No edition yet.');
    else {
      const slugs = new Map((await listNewsletters(database)).map((each) => [each.id, each.slug]));
      const names = new Map((await listSchedules(database)).map((each) => [each.id, each.name]));
      const rows = editions.map((each) => [
        each.id,
        slugs.get(each.newsletterId) ?? '',
        names.get(each.scheduleId) ?? '(removed)',
        each.state,
        utcMinute(each.slotAt ?? each.composedAt),
        each.reason ?? '',
      ]);
      for (const line of columns([['ID', 'NEWSLETTER', 'SCHEDULE', 'STATE', 'FOR', 'WHY'], ...rows])) context.print(line);
    }
    return 0;
  });

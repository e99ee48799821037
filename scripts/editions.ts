import { listPublicEditions } from '../src/editions/list-editions.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { editionStates } from '../src/ledger/drafts/edition.ts';
import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { columns, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { cutToLimit, sayRest } from './rest-of-list.ts';
import { listBounds, listLimits } from './table/list-limits.ts';

/** What `gazette editions list` does. */
export const editionsList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const state = editionStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${editionStates.join(', ')}, got "${args.text('state')}"`);
    const newsletter = args.text('newsletter');
    const before = args.text('before');
    const limit = args.integer('limit', listBounds) ?? listLimits.editions;
    const beforeId = before === undefined ? undefined : parseId(before);
    const { rows: listed, rest } = cutToLimit(await listPublicEditions(database, { newsletter, state, limit: limit + 1, beforeId }), {
      limit,
      goesOn: 'before',
      idOf: ({ edition }) => edition.id,
      isFurther: beforeId !== undefined,
    });
    const asJson = args.has('json');
    if (asJson) {
      const editions = listed.map(({ edition }) => edition);
      context.print(JSON.stringify(editions, null, 2));
    } else if (listed.length === 0) context.print(state || newsletter !== undefined ? 'No edition of that kind.' : 'No edition yet.');
    else {
      const rows = listed.map(({ edition, newsletter: slug, schedule }) => [
        edition.id,
        slug,
        schedule ?? '(removed)',
        edition.state,
        utcMoment(edition.slotAt ?? edition.composedAt),
        [edition.reason, edition.prunedAt && 'deliveries deleted, counts kept'].filter(Boolean).join('; '),
      ]);
      for (const line of columns([['ID', 'NEWSLETTER', 'SCHEDULE', 'STATE', 'FOR', 'WHY'], ...rows])) context.print(line);
    }
    sayRest(context, rest, { asJson });
    return 0;
  });

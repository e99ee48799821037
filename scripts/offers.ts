import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { releaseOffers } from '../src/ledger/release-offers.ts';
import { listOffers } from '../src/posts/list-offers.ts';
import { columns, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** What `gazette offers list` does. */
export const offersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const listed = await listOffers(database);
    if (args.has('json')) context.print(JSON.stringify(listed, null, 2));
    else if (listed.length === 0) context.print('No offer waits.');
    else {
      const rows = listed.map((offer) => [
        offer.id,
        offer.postId,
        offer.kind,
        offer.newsletter ?? 'each',
        offer.heldAt ? 'held: more at once than the flood guard allows' : 'applied within a minute',
        offer.title,
      ]);
      for (const line of columns([['ID', 'POST', 'WHY', 'NEWSLETTER', 'STATE', 'TITLE'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What `gazette offers release` does. */
export const offersRelease: Run = async (args, context) => {
  const isAll = args.has('all');
  if (isAll === args.positionals.length > 0) throw new UsageError('Expected offers, or --all');
  return withStore(context, async ({ database, clock }) => {
    const result = await releaseOffers(database, isAll ? 'all' : args.positionals.map(parseId), clock());
    await noteDone(context, database, { offer: result.offerIds });
    context.print(
      `Applied ${countOf(result.appliedCount, 'offer')}; ${result.waitingCount} wait for an edition that is being frozen, ${result.heldCount} are held.`,
    );
    return 0;
  });
};

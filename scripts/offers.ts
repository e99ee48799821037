import { applyOffers } from '../src/ledger/apply-offers.ts';
import { listOpenOffers } from '../src/ledger/offer-store.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { listPostRows } from '../src/posts/staff-store.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { columns, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** What `gazette offers list` does. */
export const offersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const offers = await listOpenOffers(database);
    if (args.has('json')) context.print(JSON.stringify(offers, null, 2));
    else if (offers.length === 0) context.print('No offer waits.');
    else {
      const posts = await listPostRows(database, { ids: offers.map((each) => each.postId), limit: offers.length });
      const titles = new Map(posts.map((post) => [post.id, post.title]));
      const rows = offers.map((each) => [
        each.id,
        each.postId,
        each.kind,
        each.heldAt ? 'held: more at once than the flood guard allows' : 'applied within a minute',
        titles.get(each.postId) ?? '',
      ]);
      for (const line of columns([['ID', 'POST', 'WHY', 'STATE', 'TITLE'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What `gazette offers release` does. */
export const offersRelease: Run = async (args, context) => {
  const isAll = args.has('all');
  if (isAll === args.positionals.length > 0) throw new UsageError('Expected offers, or --all');
  return withStore(context, async ({ database, clock }) => {
    const held = isAll ? (await listOpenOffers(database)).filter((each) => each.heldAt !== null) : [];
    const releasedOfferIds = isAll ? held.map((each) => each.id) : args.positionals.map(parseId);
    const result = await applyOffers(database, { now: clock(), releasedOfferIds });
    context.print(
      `Applied ${countOf(result.appliedCount, 'offer')}; ${result.waitingCount} wait for an edition that is being frozen, ${result.heldCount} are held.`,
    );
    return 0;
  });
};

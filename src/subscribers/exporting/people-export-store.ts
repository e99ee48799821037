import type { Queryable } from '../../db/db.ts';
import {
  filteredSubscriptions,
  filterValues,
  shownColumns,
  type ListedSubscription,
  type SubscriptionFilter,
} from '../listing/subscriber-list-store.ts';

/** A subscription with what an export says of it: of the list's columns all, and some more. */
export interface SubscriptionToExport extends Omit<ListedSubscription, 'subscriptionId' | 'subscriberId' | 'address' | 'isPaused'> {
  readonly id: string;
  readonly address: string;
  readonly pausedUntil: Date | null;
  readonly isPausedIndefinitely: boolean;
  /** When and how they agreed last; null where they never did. */
  readonly consentAt: Date | null;
  readonly consentSource: string | null;
  readonly leftAt: Date | null;
  readonly suppressedAt: Date | null;
}

/** The next subscriptions in the order of their ids, without those of erased people. */
export async function listSubscriptionsToExport(
  db: Queryable,
  filter: SubscriptionFilter,
  page: { readonly limit: number; readonly afterId: string },
): Promise<SubscriptionToExport[]> {
  const { rows } = await db.query<SubscriptionToExport>(
    `select subscription.id, ${shownColumns},
       nullif(subscription.paused_until, 'infinity') as "pausedUntil",
       subscription.paused_until is not distinct from 'infinity' as "isPausedIndefinitely",
       consent.at as "consentAt", consent.source as "consentSource",
       subscription.left_at as "leftAt", suppression.at as "suppressedAt"
     ${filteredSubscriptions(`left join lateral (
       select at, source from consent_event
       where subscription_id = subscription.id and kind in ('confirmed', 'imported') order by consent_event.id desc limit 1
     ) as consent on true`)}
       and subscriber.address is not null and subscription.id > $6
     order by subscription.id limit $7`,
    [...filterValues(filter), page.afterId, page.limit],
  );
  return rows;
}

/** A suppression with what an export says of it. */
export interface SuppressionToExport {
  readonly addressKey: string;
  /** Null where nobody here has the address any more, or ever had. */
  readonly address: string | null;
  readonly reason: string;
  readonly source: string;
  readonly at: Date;
}

/** The next suppressions in the order of their keys; of addresses that are known, or of all. */
export async function listSuppressionsToExport(
  db: Queryable,
  page: { readonly limit: number; readonly afterKey: string; readonly withUnknown: boolean },
): Promise<SuppressionToExport[]> {
  const { rows } = await db.query<SuppressionToExport>(
    `select s.address_key as "addressKey", p.address, s.reason, s.source, s.at
     from suppression s left join subscriber p on p.address_key = s.address_key
     where s.address_key > $1 and ($2 or p.address is not null)
     order by s.address_key limit $3`,
    [page.afterKey, page.withUnknown, page.limit],
  );
  return rows;
}

/** How many suppressions are of addresses that nobody here knows. */
export async function countUnknownSuppressions(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from suppression s
     where not exists (select from subscriber p where p.address_key = s.address_key and p.address is not null)`,
  );
  return rows[0]!.count;
}

import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { lockSubscriptionsOf } from '../choices/choice-store.ts';
import { byStaff } from '../consent/consent.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import { parsePersonName } from '../subscriber.ts';
import { lockLinkedSubscriber, updateName } from '../subscriber-store.ts';

/**
 * Changes a person's name as typed; an empty one takes it away. The log says that, and no name; `by` is who of the staff does it. Gives the subscriptions.
 * @throws InvalidInputError over 200 characters
 */
export async function changeName(
  ports: { readonly database: Database; readonly clock: Clock },
  who: { readonly subscriberId: string; readonly source: string; readonly by?: string },
  text: string,
): Promise<readonly string[]> {
  const name = parsePersonName(text) ?? null;
  return ports.database.transaction(async (tx) => {
    await lockLinkedSubscriber(tx, who.subscriberId);
    const subscriptions = await lockSubscriptionsOf(tx, who.subscriberId, undefined);
    await updateName(tx, who.subscriberId, name);
    const event = { kind: 'name_changed', at: ports.clock(), source: who.source, details: byStaff(who.by) } as const;
    for (const { id } of subscriptions) await insertConsentEvent(tx, { subscriptionId: id, ...event });
    return subscriptions.map(({ id }) => id);
  });
}

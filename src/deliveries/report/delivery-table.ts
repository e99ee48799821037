import { csvText } from '../../subscribers/exporting/csv-text.ts';
import type { PublicDeliveryOfNewsletter } from './public-delivery.ts';

const columns = {
  delivery: ({ id }) => id,
  edition: ({ editionId }) => editionId,
  newsletter: ({ newsletter }) => newsletter,
  subscription: ({ subscriptionId }) => subscriptionId,
  address: ({ address }) => address,
  name: ({ name }) => name,
  state: ({ state }) => state,
  reason: ({ reason }) => reason,
  reply: ({ reply }) => reply,
  attempts: ({ attempts }) => String(attempts),
  ever_in_doubt: ({ isDoubted }) => (isDoubted ? 'yes' : 'no'),
  due_at: ({ dueAt }) => dueAt.toISOString(),
  first_attempt_at: ({ firstAttemptAt }) => firstAttemptAt?.toISOString() ?? null,
  ended_at: ({ endedAt }) => endedAt?.toISOString() ?? null,
} as const satisfies Readonly<Record<string, (delivery: PublicDeliveryOfNewsletter) => string | null>>;

/** Pages of deliveries as separated values, in pieces: none is ever whole in memory. At most `limit` rows beneath the names. */
export async function* deliveryTable(
  pages: AsyncIterable<readonly PublicDeliveryOfNewsletter[]>,
  limit = Infinity,
): AsyncGenerator<string, void> {
  yield csvText([Object.keys(columns)]);
  let left = limit;
  for await (const page of pages) {
    yield csvText(page.slice(0, left).map((delivery) => Object.values(columns).map((cell) => cell(delivery) ?? '')));
    left -= page.length;
    if (left <= 0) return;
  }
}

/*
 * P1 and P2 as a check over a picture of the ledger, the same for the model in memory and for Postgres.
 */
import type { DeliveryState } from '../../src/ledger/queue/delivery.ts';
import { hasArrived, holdsItsPosts, isRead } from '../../src/ledger/queue/delivery.ts';
import type { Position } from '../../src/ledger/position.ts';

export interface SeenSubscription {
  readonly id: string;
  /** Whose it is: who was erased and came back has two. */
  readonly personId: string;
  readonly isActive: boolean;
  readonly cursor: Position;
  readonly owed: readonly Position[];
  readonly since: Position;
}

export interface SeenDelivery {
  readonly id: string;
  readonly subscriptionId: string;
  readonly positions: readonly Position[];
  /** The revision that is shown of each. */
  readonly revisions: readonly number[];
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly isDoubted: boolean;
  readonly wasGivenBack: boolean;
  /** The server took the message at least once, whether the ledger knows it or not. */
  readonly isTaken: boolean;
}

export interface Picture {
  readonly subscriptions: readonly SeenSubscription[];
  readonly deliveries: readonly SeenDelivery[];
  /** Positions of kind `post`. */
  readonly posts: ReadonlySet<Position>;
  /** By position: the post, the revision up to which it corrects, and whether nobody is to be told any more. */
  readonly corrections: ReadonlyMap<Position, { readonly postPosition: Position; readonly revision: number; readonly isVoid: boolean }>;
  /** Per subscription, the positions that P2 promises. */
  readonly promised: ReadonlyMap<string, ReadonlySet<Position>>;
}

/** The first broken promise in words, undefined when all hold. */
export function findViolation(picture: Picture): string | undefined {
  for (const subscription of picture.subscriptions) {
    const deliveries = picture.deliveries.filter((delivery) => delivery.subscriptionId === subscription.id);
    const violation = checkSubscription(subscription, deliveries, picture);
    if (violation !== undefined) return `${violation} (subscription ${subscription.id})`;
  }
  for (const personId of new Set(picture.subscriptions.map((subscription) => subscription.personId))) {
    const ids = new Set(picture.subscriptions.filter((subscription) => subscription.personId === personId).map(({ id }) => id));
    const twice = firstTwice(picture.deliveries.filter((d) => ids.has(d.subscriptionId) && d.isTaken).flatMap((d) => d.positions));
    if (twice !== undefined && picture.posts.has(twice)) return `P1: ${twice} was taken twice (person ${personId})`;
  }
  return undefined;
}

function checkSubscription(subscription: SeenSubscription, deliveries: readonly SeenDelivery[], picture: Picture): string | undefined {
  const holding = deliveries.filter(holdsItsPosts);
  if (!subscription.isActive) return undefined;
  if (new Set(subscription.owed).size !== subscription.owed.length) return 'owed holds a position twice';
  for (const position of subscription.owed) {
    if (position > subscription.cursor && picture.posts.has(position)) return `${position} is owed above the cursor ${subscription.cursor}`;
    if (position <= subscription.since) return `${position} is owed from before the activation at ${subscription.since}`;
  }
  const held = holding.flatMap((delivery) => [...delivery.positions]);
  const heldTwice = firstTwice(held);
  if (heldTwice !== undefined && picture.posts.has(heldTwice)) return `P1: ${heldTwice} is in two deliveries`;
  for (const position of held) {
    if (!picture.posts.has(position)) continue;
    if (position > subscription.cursor) return `P1: ${position} is in a delivery and above the cursor ${subscription.cursor}`;
    if (subscription.owed.includes(position)) return `P1: ${position} is in a delivery and owed`;
  }
  const wrong = checkCorrections(subscription, deliveries, picture);
  if (wrong !== undefined) return wrong;
  for (const position of picture.promised.get(subscription.id) ?? []) {
    if (position > subscription.cursor || subscription.owed.includes(position) || held.includes(position)) continue;
    return `P2: ${position} is lost`;
  }
  return undefined;
}

/** A correction is for who has the post in an older text, once, and not before the post. */
function checkCorrections(subscription: SeenSubscription, deliveries: readonly SeenDelivery[], picture: Picture): string | undefined {
  const holding = deliveries.filter(holdsItsPosts);
  const twice = firstTwice(holding.flatMap((delivery) => delivery.positions.filter((position) => picture.corrections.has(position))));
  if (twice !== undefined) return `correction ${twice} is in two deliveries`;
  for (const [position, { postPosition, revision, isVoid }] of picture.corrections) {
    const carrier = holding.find((delivery) => delivery.positions.includes(position));
    const isOwed = subscription.owed.includes(position);
    if (carrier !== undefined && isOwed) return `correction ${position} is in a delivery and owed`;
    if (carrier !== undefined && !isVoid) {
      const own = carrier.positions.indexOf(postPosition);
      if (own >= 0 && (carrier.revisions[own] ?? 0) < revision) return `correction ${position} goes with its post in an older text`;
      const arrived = deliveries.find((delivery) => hasArrived(delivery) && delivery.positions.includes(postPosition));
      if (own < 0 && arrived === undefined) return `correction ${position} goes to who does not have its post`;
      const shown = own < 0 ? arrived?.revisions[arrived.positions.indexOf(postPosition)] : undefined;
      if (shown !== undefined && shown >= revision) return `correction ${position} goes to who has its post in the newest text`;
    }
    if (isOwed && !isVoid) {
      const isOlder = (delivery: SeenDelivery): boolean => {
        const own = delivery.positions.indexOf(postPosition);
        return own >= 0 && isRead(delivery) && (delivery.revisions[own] ?? 0) < revision;
      };
      if (!deliveries.some(isOlder)) return `correction ${position} is owed to who does not have its post in an older text`;
    }
  }
  return undefined;
}

function firstTwice(positions: readonly Position[]): Position | undefined {
  const seen = new Set<Position>();
  for (const position of positions) {
    if (seen.has(position)) return position;
    seen.add(position);
  }
  return undefined;
}

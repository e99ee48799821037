import type { Database, Tx } from '../../db/db.ts';
import { isUniqueViolation } from '../../db/sqlstate.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ConflictError, NotFoundError } from '../../kernel/errors.ts';
import { listSuppressions } from '../../ledger/subscriptions/suppression-store.ts';
import type { SuppressionReason } from '../../ledger/subscriptions/suppression.ts';
import { addressKey, parseAddress } from '../../mail/address.ts';
import { byStaff, type NewConsentEvent } from '../consent/consent.ts';
import { carryOutMove, holdMove, type HeldMove, type MoveObstacle } from './move-address.ts';

/** What correcting an address needs. */
export interface CorrectAddressPorts {
  readonly database: Database;
  readonly addressKeySecret: Buffer;
  readonly clock: Clock;
}

/** An address that staff changed. */
export interface CorrectedAddress {
  readonly from: string;
  readonly to: string;
  /** False where it was that one already, letter by letter: nothing was changed. */
  readonly isChanged: boolean;
  readonly subscriptionIds: readonly string[];
  /** Digests that wait: they go to the new address. */
  readonly queuedCount: number;
  /** Subscriptions whose confirmation was asked for at the old address: what was mailed there confirms nothing any more. */
  readonly unconfirmedIds: readonly string[];
  /** Why the old address was never mailed; null where it could be. Who has a new one then begins at the last release. */
  readonly wasSuppressed: SuppressionReason | null;
}

/**
 * Staff change a person's address at once: a slip of whoever typed it, or what the person asked for elsewhere. What `move-address.ts` says holds; and not to
 * an address whose owner was erased or has another one since, who alone bring it back.
 * @throws InvalidInputError for no address; NotFoundError for nobody; ConflictError where it cannot be
 */
export async function correctAddress(
  ports: CorrectAddressPorts,
  who: { readonly subscriberId: string; readonly source: string; readonly by?: string },
  typed: string,
): Promise<CorrectedAddress> {
  const { typed: address, normal } = parseAddress(typed);
  const to = { address, addressKey: addressKey(normal, ports.addressKeySecret) };
  try {
    return await ports.database.transaction(async (tx) => {
      const move = await holdMove(tx, { subscriberId: who.subscriberId, to, isConfirmed: false });
      if (move === 'nobody') throw new NotFoundError('Expected somebody with an address, got a person who was erased');
      if (move === 'suppressed')
        throw new ConflictError(`${obstacles.suppressed} (${(await listSuppressions(tx, [to.addressKey])).get(to.addressKey)})`);
      if (typeof move === 'string') throw new ConflictError(obstacles[move]);
      return correct(tx, move, { at: ports.clock(), source: who.source, details: byStaff(who.by) });
    });
  } catch (error) {
    // Somebody signed up with it at the same moment.
    if (isUniqueViolation(error, 'subscriber_address_key_key')) throw new ConflictError(obstacles.taken, { cause: error });
    throw error;
  }
}

const obstacles: Readonly<Record<Exclude<MoveObstacle, 'nobody'>, string>> = {
  complained: 'Expected somebody who may be mailed, got one who complained: no other address is mailed for them',
  staff: 'Expected somebody who may be mailed, got one whose address staff suppressed',
  suppressed: 'Expected an address that may be mailed, got one that is suppressed',
  erased: 'Expected an address that may be mailed, got that of somebody who was erased: they alone come back',
  former: 'Expected an address that may be mailed, got one that somebody else here had before: they alone come back to it',
  taken: 'Expected an address that nobody here has, got that of another person',
  sending: 'Expected a person to whom nothing is being sent, but a digest is on its way; try again in a moment',
  meanwhile: 'Expected a person whom nobody else changes meanwhile, but somebody was faster',
};

async function correct(tx: Tx, move: HeldMove, event: Pick<NewConsentEvent, 'at' | 'source' | 'details'>): Promise<CorrectedAddress> {
  const { person, subscriptions, to, wasSuppressed, queuedCount } = move;
  const result = { from: person.address, to: to.address, subscriptionIds: subscriptions.map(({ id }) => id), wasSuppressed };
  if (person.address === to.address) return { ...result, isChanged: false, queuedCount: 0, unconfirmedIds: [] };
  if (!(await carryOutMove(tx, move, event))) throw new ConflictError(obstacles.taken);
  const unconfirmedIds = subscriptions.filter(({ state }) => state === 'pending').map(({ id }) => id);
  return { ...result, isChanged: true, queuedCount, unconfirmedIds };
}

import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { addressKey, type Address } from '../../mail/address.ts';
import { lockLinkedSubscriber } from '../subscriber-store.ts';
import { insertLinkRequest } from './link-request-store.ts';
import type { LinkRequestKind } from './link-request.ts';

/** What asking for a link needs. */
export interface AskForLinkPorts {
  readonly database: Database;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
  readonly addressKeySecret: Buffer;
}

/** Who asks, and for what. Of a link either the address that was typed or the person; of a change of address both. */
export interface AskedLink {
  readonly kind: LinkRequestKind;
  readonly newsletterId: string;
  readonly subscriberId?: string;
  readonly address?: Address;
}

/** Stores what somebody asks for, with the job that answers it. Looks at nothing that is known of an address, so that nobody learns it from the page. */
export async function askForLink(ports: AskForLinkPorts, { kind, newsletterId, subscriberId, address }: AskedLink): Promise<void> {
  await ports.database.transaction(async (tx) => {
    // Of who is being erased nothing is kept.
    if (subscriberId !== undefined && !(await lockLinkedSubscriber(tx, subscriberId))) return;
    const request = {
      kind,
      newsletterId,
      subscriberId: subscriberId ?? null,
      address: address?.typed ?? null,
      addressKey: address ? addressKey(address.normal, ports.addressKeySecret) : null,
    };
    await ports.enqueue(tx, { name: 'link', requestId: await insertLinkRequest(tx, request, ports.clock()) });
  });
}

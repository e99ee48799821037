import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { addressKey, type Address } from '../../mail/address.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { insertSignUp } from './sign-up-store.ts';
import { sourceOfForm } from './sign-up.ts';

/** What receiving a sign-up needs. */
export interface ReceiveSignUpPorts {
  readonly database: Database;
  readonly enqueue: Enqueue;
  readonly clock: Clock;
  readonly addressKeySecret: Buffer;
}

/** What a form sent, read and checked. */
export interface ReceivedSignUp {
  readonly newsletter: Pick<Newsletter, 'id'>;
  readonly address: Address;
  readonly name?: string;
  readonly scheduleId?: string;
  /** Null follows all. */
  readonly topicIds: readonly string[] | null;
  /** The label of the page that the form stands on, as it came. */
  readonly label?: string;
  /** The sentence beside the button. */
  readonly wording: string;
  /** Only where the installation keeps it. */
  readonly ip?: string;
}

/** Stores what a form sent, with the job that handles it. Looks at nothing that is known of the address, so that nobody learns it from the answer. */
export async function receiveSignUp(ports: ReceiveSignUpPorts, signUp: ReceivedSignUp): Promise<void> {
  await ports.database.transaction(async (tx) => {
    const signUpId = await insertSignUp(tx, {
      newsletterId: signUp.newsletter.id,
      address: signUp.address.typed,
      addressKey: addressKey(signUp.address.normal, ports.addressKeySecret),
      name: signUp.name ?? null,
      scheduleId: signUp.scheduleId ?? null,
      topicIds: signUp.topicIds,
      source: sourceOfForm(signUp.label),
      wording: signUp.wording,
      ip: signUp.ip ?? null,
      receivedAt: ports.clock(),
    });
    await ports.enqueue(tx, { name: 'sign_up', signUpId });
  });
}

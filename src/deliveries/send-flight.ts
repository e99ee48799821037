import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { SendOptions, SendOutcome } from '../mail/message.ts';
import { buildDeliveryMessage } from './messages/build-message.ts';
import type { Flight } from './lane.ts';

/** What it takes to send the message of a flight. */
export interface FlightPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly monotonic: () => number;
}

/** Who hears of a flight. */
export interface FlightControl {
  /** Whether the worker that claimed it lives. */
  isWorkerAlive(): boolean;
  /** Its first byte did not go out in time. */
  onTooLate(): void;
  onLanded(outcome: SendOutcome): void;
}

// With the time to start: so much earlier than its data a reader may have left.
const graceMs = 1_000;

/** Sends the message of a flight. Its first byte goes out only in time and while its worker lives: so P3 holds to the second. */
export function sendFlight(ports: FlightPorts, flight: Flight, control: FlightControl): void {
  const { monotonic } = ports;
  const isWanted = (until: number): boolean => flight.phase === 'open' && control.isWorkerAlive() && monotonic() < until;
  const mayStart = (): boolean => {
    // A second question for the same message means that a stale connection took its first byte and nothing more; a new one may have taken long to
    // come about, and the reader may have left meanwhile.
    if (!isWanted(flight.startBefore)) return false;
    flight.startedAt ??= monotonic();
    return true;
  };
  const timer = setTimeout(
    () => {
      if (flight.startedAt === undefined) control.onTooLate();
    },
    Math.max(0, flight.startBefore - monotonic()),
  );
  // Begun in time, it waited for the answer to the message before it.
  const mayGoOn = (): boolean => isWanted(flight.startBefore + graceMs);
  const fly = async (): Promise<void> => {
    const outcome = await send(ports, flight, { mayStart, mayGoOn });
    clearTimeout(timer);
    control.onLanded(outcome);
  };
  void fly();
}

async function send({ log, clock }: FlightPorts, { delivery, run }: Flight, options: SendOptions): Promise<SendOutcome> {
  const { mailer } = run.work;
  try {
    const prepared = await run.work.message(delivery.renditionId);
    return await mailer.send(buildDeliveryMessage(delivery, prepared, clock()), options);
  } catch (error) {
    // A message that cannot be built must not stop the others; it is tried again for days and then given back.
    log.error('delivery.build_failed', { deliveryId: delivery.id, editionId: delivery.editionId, error });
    return { kind: 'deferred', subject: 'message', reason: 'the message could not be built' };
  }
}

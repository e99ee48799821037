import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { ClaimedDelivery } from '../ledger/queue/claim-store.ts';
import type { SendOutcome } from '../mail/message.ts';
import { buildDeliveryMessage } from './build-message.ts';
import type { Lane } from './lane.ts';
import type { RangeRun } from './deliver-range.ts';
import type { WorkerLife } from './worker-life.ts';

/** A claimed message on its way. */
export interface Flight {
  readonly delivery: ClaimedDelivery;
  readonly life: Pick<WorkerLife, 'id' | 'isAlive'>;
  readonly run: RangeRun;
  readonly lane: Lane;
  /** On the worker's own clock. */
  readonly claimedAt: number;
  /** On the worker's own clock: without a first byte by then it goes back to the queue. */
  readonly startBefore: number;
  /** When its first byte went out. */
  startedAt: number | undefined;
  /** The outcome is known or it was given up. */
  isOver: boolean;
  /** Written down, or back in the queue. */
  isSettled: boolean;
  /** The mailer has answered: its place on a connection is free. */
  hasLanded: boolean;
}

/** Who hears of a flight. */
export interface FlightControl {
  /** Its first byte did not go out in time. */
  onTooLate(flight: Flight): void;
  onLanded(flight: Flight, outcome: SendOutcome): void;
}

/** What a flight needs. */
export interface FlightPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly monotonic: () => number;
}

/** A flight that has not begun. */
export function newFlight(facts: Pick<Flight, 'delivery' | 'life' | 'run' | 'lane' | 'claimedAt' | 'startBefore'>): Flight {
  return { ...facts, startedAt: undefined, isOver: false, isSettled: false, hasLanded: false };
}

/** Sends the message of a flight. Its first byte goes out only in time and while its worker lives: so P3 holds to the second. */
export function launch(ports: FlightPorts, flight: Flight, control: FlightControl): void {
  const { monotonic } = ports;
  const mayStart = (): boolean => {
    // A second question for the same message means that a stale connection took its first byte and nothing more; a new one may have taken long to
    // come about, and the reader may have left meanwhile.
    if (flight.isOver || !flight.life.isAlive() || monotonic() >= flight.startBefore) return false;
    flight.startedAt ??= monotonic();
    return true;
  };
  const timer = setTimeout(
    () => {
      if (flight.startedAt === undefined && !flight.isOver) control.onTooLate(flight);
    },
    Math.max(0, flight.startBefore - monotonic()),
  );
  const fly = async (): Promise<void> => {
    const outcome = await send(ports, flight, mayStart);
    clearTimeout(timer);
    flight.hasLanded = true;
    control.onLanded(flight, outcome);
  };
  void fly();
}

async function send(ports: FlightPorts, flight: Flight, mayStart: () => boolean): Promise<SendOutcome> {
  const { delivery, run, lane } = flight;
  try {
    const rendition = await run.rendition(delivery.renditionId);
    return await lane.mailer.send(buildDeliveryMessage(delivery, rendition, run.frame, ports.clock()), { mayStart });
  } catch (error) {
    // A message that cannot be built must not stop the others; it is tried again for days and then given back.
    ports.log.error('delivery.build_failed', { deliveryId: delivery.id, editionId: delivery.editionId, error });
    return { kind: 'deferred', subject: 'message', reason: 'the message could not be built' };
  }
}

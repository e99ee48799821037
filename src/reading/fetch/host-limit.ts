/** Gives out the right to send one request to a host. */
export interface HostLimit {
  /** Waits for a free place at this host and among all; what it resolves to gives the place back, once. Rejects with the signal's reason. */
  enter(host: string, signal?: AbortSignal): Promise<() => void>;
}

/** One who waits for a place, and at which host. */
interface Waiter {
  readonly host: string;
  readonly admit: () => void;
}

/** Who is at which host, and who waits for a place. */
interface Places {
  readonly perHost: number;
  readonly total: number;
  readonly busy: Map<string, number>;
  busyCount: number;
  readonly waiting: Set<Waiter>;
}

/** At most `perHost` places at one host and `total` at all of them. A host that is slow holds up those who want it, nobody else. */
export function createHostLimit(perHost: number, total: number): HostLimit {
  const places: Places = { perHost, total, busy: new Map(), busyCount: 0, waiting: new Set() };
  return {
    async enter(host, signal) {
      signal?.throwIfAborted();
      if (isFree(places, host)) take(places, host);
      else await waitForPlace(places, host, signal);
      let isHeld = true;
      return () => {
        if (isHeld) leave(places, host);
        isHeld = false;
      };
    },
  };
}

function isFree({ busy, busyCount, perHost, total }: Places, host: string): boolean {
  return busyCount < total && (busy.get(host) ?? 0) < perHost;
}

function take(places: Places, host: string): void {
  places.busyCount++;
  places.busy.set(host, (places.busy.get(host) ?? 0) + 1);
}

function leave(places: Places, host: string): void {
  places.busyCount--;
  const left = (places.busy.get(host) ?? 1) - 1;
  if (left === 0) places.busy.delete(host);
  else places.busy.set(host, left);
  admitWaiting(places);
}

function admitWaiting(places: Places): void {
  for (const waiter of places.waiting) {
    if (places.busyCount >= places.total) return;
    if (!isFree(places, waiter.host)) continue;
    places.waiting.delete(waiter);
    take(places, waiter.host);
    waiter.admit();
  }
}

function waitForPlace({ waiting }: Places, host: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      waiting.delete(waiter);
      reject(signal?.reason);
    };
    const admit = (): void => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    };
    const waiter: Waiter = { host, admit };
    waiting.add(waiter);
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

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

/** At most `perHost` places at one host and `total` at all of them. A host that is slow holds up those who want it, nobody else. */
export function createHostLimit(perHost: number, total: number): HostLimit {
  const busy = new Map<string, number>();
  let busyCount = 0;
  const waiting = new Set<Waiter>();

  const isFree = (host: string): boolean => busyCount < total && (busy.get(host) ?? 0) < perHost;
  const take = (host: string): void => {
    busyCount++;
    busy.set(host, (busy.get(host) ?? 0) + 1);
  };
  const leave = (host: string): void => {
    busyCount--;
    const left = (busy.get(host) ?? 1) - 1;
    if (left === 0) busy.delete(host);
    else busy.set(host, left);
    admitWaiting();
  };
  const admitWaiting = (): void => {
    for (const waiter of waiting) {
      if (busyCount >= total) return;
      if (!isFree(waiter.host)) continue;
      waiting.delete(waiter);
      take(waiter.host);
      waiter.admit();
    }
  };
  const waitForPlace = (host: string, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
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
  const placeAt = (host: string): (() => void) => {
    let isHeld = true;
    return () => {
      if (isHeld) leave(host);
      isHeld = false;
    };
  };

  return {
    async enter(host, signal) {
      signal?.throwIfAborted();
      if (isFree(host)) take(host);
      else await waitForPlace(host, signal);
      return placeAt(host);
    },
  };
}

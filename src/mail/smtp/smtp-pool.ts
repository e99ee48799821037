import type { SmtpAccount } from './smtp-account.ts';
import { openSmtpSession, type SmtpSession, type SmtpSessionFailure, type SmtpTimeouts } from './smtp-session.ts';

/** A session lent to one message. */
export interface SmtpLease {
  readonly session: SmtpSession;
  /** Messages that it carried before: a connection that had been idle may be dead without our knowing. */
  readonly messageCount: number;
}

/** A fixed number of connections, opened when needed, closed when idle. */
export interface SmtpPool {
  /** Waits in turn for a session, before all that are not urgent when it is. Undefined when the pool was aborted meanwhile. */
  acquire(options?: { isFresh?: boolean; isUrgent?: boolean }): Promise<SmtpLease | SmtpSessionFailure | undefined>;
  /** Gives a session back; `isUsable` says whether it stands between two messages. */
  release(lease: SmtpLease, isUsable: boolean): void;
  /** Destroys all sessions and turns away whoever waits. */
  abort(): void;
  /** Says goodbye on all idle sessions; busy ones end when they are given back. */
  close(): void;
}

interface Idle extends SmtpLease {
  readonly timer: NodeJS.Timeout;
}

interface Waiter {
  readonly isUrgent: boolean;
  readonly take: (taken: SmtpLease | undefined) => void;
}

// Servers close sessions that stay silent; ours end first, well before the usual minutes.
const idleMs = 20_000;
// A server that turned away one connection too many is asked for one more after so many messages.
const messagesPerTrial = 100;
// Some servers count messages per session; a new one now and then costs nothing and spreads over a host's addresses.
const maxMessagesPerSession = 500;

/** Creates a pool of at most `maxConnections` sessions with one account. */
export function createSmtpPool(account: SmtpAccount, maxConnections: number, timeouts: SmtpTimeouts): SmtpPool {
  const idle: Idle[] = [];
  const waiters: Waiter[] = [];
  const busy = new Set<SmtpSession>();
  let openCount = 0;
  let allowedCount = maxConnections;
  let servedCount = 0;
  let generation = 0;
  let isClosed = false;

  const free = () => {
    openCount -= 1;
    // Whoever waits longest opens a new session in the place of the one that ended.
    waiters.shift()?.take(undefined);
  };

  const takeIdle = (): SmtpLease | undefined => {
    for (let taken = idle.pop(); taken; taken = idle.pop()) {
      clearTimeout(taken.timer);
      if (taken.session.isOpen) return taken;
      openCount -= 1;
    }
    return undefined;
  };

  const open = async (): Promise<SmtpLease | SmtpSessionFailure | undefined> => {
    openCount += 1;
    const opened = generation;
    const session = await openSmtpSession(account, timeouts);
    if (opened !== generation || isClosed) {
      if ('transact' in session) session.destroy();
      if (opened === generation) free();
      return undefined;
    }
    if (!('transact' in session)) {
      // Who waits is better served by the sessions that there are than refused one after another.
      if (openCount > 1) allowedCount = openCount - 1;
      free();
      return session;
    }
    busy.add(session);
    return { session, messageCount: 0 };
  };

  const lend = (lease: SmtpLease): SmtpLease => {
    busy.add(lease.session);
    return lease;
  };

  // Who was woken and found the place taken again goes back to the front of the others of their kind.
  const waitInTurn = async (isUrgent: boolean, hasWaited: boolean): Promise<SmtpLease | undefined> =>
    new Promise((take) => {
      const at = waiters.findIndex((waiter) => (hasWaited ? isUrgent || !waiter.isUrgent : isUrgent && !waiter.isUrgent));
      waiters.splice(at === -1 ? waiters.length : at, 0, { isUrgent, take });
    });

  return {
    async acquire({ isFresh = false, isUrgent = false } = {}) {
      const asked = generation;
      for (let hasWaited = false; asked === generation && !isClosed; hasWaited = true) {
        const lease = takeIdle();
        if (lease && !isFresh) return lend(lease);
        if (lease) {
          lease.session.quit();
          openCount -= 1;
        }
        if (openCount < allowedCount) return open();
        const given = await waitInTurn(isUrgent, hasWaited);
        if (given) return given;
      }
      return undefined;
    },
    release(lease, isUsable) {
      // A session of before an abort is no longer counted.
      if (!busy.delete(lease.session)) return;
      const messageCount = lease.messageCount + 1;
      servedCount += 1;
      if (servedCount % messagesPerTrial === 0) allowedCount = Math.min(maxConnections, allowedCount + 1);
      if (!isUsable || !lease.session.isOpen || isClosed || messageCount >= maxMessagesPerSession) {
        if (isUsable) lease.session.quit();
        else lease.session.destroy();
        free();
        return;
      }
      const waiter = waiters.shift();
      if (waiter) waiter.take(lend({ session: lease.session, messageCount }));
      else idle.push({ session: lease.session, messageCount, timer: setTimeout(() => expire(lease.session), idleMs).unref() });
    },
    abort() {
      generation += 1;
      openCount = 0;
      for (const session of busy) session.destroy();
      busy.clear();
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer);
        session.destroy();
      }
      for (const waiter of waiters.splice(0)) waiter.take(undefined);
    },
    close() {
      isClosed = true;
      for (const { session, timer } of idle.splice(0)) {
        clearTimeout(timer);
        session.quit();
        openCount -= 1;
      }
      for (const waiter of waiters.splice(0)) waiter.take(undefined);
    },
  };

  function expire(session: SmtpSession): void {
    const at = idle.findIndex((one) => one.session === session);
    if (at === -1) return;
    idle.splice(at, 1);
    session.quit();
    free();
  }
}

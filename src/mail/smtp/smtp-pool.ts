import type { SmtpAccount } from './smtp-account.ts';
import { openSmtpSession, type SmtpSession, type SmtpSessionFailure } from './smtp-session.ts';
import type { SmtpTimeouts } from './smtp-timeouts.ts';

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

// A server that turned away one connection too many is asked for one more after so many messages.
const messagesPerTrial = 100;
/** How long a session is kept. */
export interface SessionUse {
  /** Servers close sessions that stay silent; ours end first, well before the usual minutes. */
  readonly idleMs: number;
  /** Some servers count messages per session; a new one now and then costs nothing and spreads over a host's addresses. */
  readonly messagesPerSession: number;
}

const usualUse: SessionUse = { idleMs: 20_000, messagesPerSession: 100 };

/** What a pool holds. Every function below that takes it may change it; nothing else does. */
interface Sessions {
  readonly account: SmtpAccount;
  readonly timeouts: SmtpTimeouts;
  readonly maxConnections: number;
  readonly use: SessionUse;
  readonly idle: Idle[];
  readonly waiters: Waiter[];
  readonly busy: Set<SmtpSession>;
  /** Open or being opened. */
  openCount: number;
  allowedCount: number;
  servedCount: number;
  /** Counts aborts: what was begun before one belongs to nobody. */
  generation: number;
  isClosed: boolean;
}

/** Creates a pool of at most `maxConnections` sessions with one account. */
export function createSmtpPool(account: SmtpAccount, maxConnections: number, timeouts: SmtpTimeouts, use = usualUse): SmtpPool {
  const pool: Sessions = {
    account,
    timeouts,
    maxConnections,
    use,
    idle: [],
    waiters: [],
    busy: new Set(),
    openCount: 0,
    allowedCount: maxConnections,
    servedCount: 0,
    generation: 0,
    isClosed: false,
  };
  return {
    acquire: ({ isFresh = false, isUrgent = false } = {}) => acquire(pool, isFresh, isUrgent),
    release: (lease, isUsable) => release(pool, lease, isUsable),
    abort: () => abort(pool),
    close: () => close(pool),
  };
}

async function acquire(pool: Sessions, isFresh: boolean, isUrgent: boolean): Promise<SmtpLease | SmtpSessionFailure | undefined> {
  const asked = pool.generation;
  for (let hasWaited = false; asked === pool.generation && !pool.isClosed; hasWaited = true) {
    const lease = takeIdle(pool);
    if (lease && !isFresh) return lend(pool, lease);
    if (lease) {
      lease.session.quit();
      pool.openCount -= 1;
    }
    if (pool.openCount < pool.allowedCount) return open(pool);
    const given = await waitInTurn(pool, isUrgent, hasWaited);
    if (given) return given;
  }
  return undefined;
}

function takeIdle(pool: Sessions): SmtpLease | undefined {
  for (let taken = pool.idle.pop(); taken; taken = pool.idle.pop()) {
    clearTimeout(taken.timer);
    if (taken.session.isOpen) return taken;
    pool.openCount -= 1;
  }
  return undefined;
}

async function open(pool: Sessions): Promise<SmtpLease | SmtpSessionFailure | undefined> {
  pool.openCount += 1;
  const opened = pool.generation;
  const session = await openSmtpSession(pool.account, pool.timeouts);
  if (opened !== pool.generation || pool.isClosed) {
    if ('transact' in session) session.destroy();
    if (opened === pool.generation) free(pool);
    return undefined;
  }
  if (!('transact' in session)) {
    // Who waits is better served by the sessions that there are than refused one after another.
    if (pool.openCount > 1) pool.allowedCount = pool.openCount - 1;
    free(pool);
    return session;
  }
  return lend(pool, { session, messageCount: 0 });
}

function lend({ busy }: Sessions, lease: SmtpLease): SmtpLease {
  busy.add(lease.session);
  return lease;
}

/** Who was woken and found the place taken again goes back to the front of the others of their kind. */
function waitInTurn({ waiters }: Sessions, isUrgent: boolean, hasWaited: boolean): Promise<SmtpLease | undefined> {
  return new Promise((take) => {
    const at = waiters.findIndex((waiter) => (hasWaited ? isUrgent || !waiter.isUrgent : isUrgent && !waiter.isUrgent));
    waiters.splice(at === -1 ? waiters.length : at, 0, { isUrgent, take });
  });
}

function free(pool: Sessions): void {
  pool.openCount -= 1;
  // Whoever waits longest opens a new session in the place of the one that ended.
  pool.waiters.shift()?.take(undefined);
}

function release(pool: Sessions, { session, messageCount: carried }: SmtpLease, isUsable: boolean): void {
  // A session of before an abort is no longer counted.
  if (!pool.busy.delete(session)) return;
  const messageCount = carried + 1;
  pool.servedCount += 1;
  if (pool.servedCount % messagesPerTrial === 0) pool.allowedCount = Math.min(pool.maxConnections, pool.allowedCount + 1);
  if (!isUsable || !session.isOpen || pool.isClosed || messageCount >= pool.use.messagesPerSession) {
    if (isUsable) session.quit();
    else session.destroy();
    free(pool);
    return;
  }
  const waiter = pool.waiters.shift();
  if (waiter) waiter.take(lend(pool, { session, messageCount }));
  else pool.idle.push({ session, messageCount, timer: setTimeout(() => expire(pool, session), pool.use.idleMs).unref() });
}

function expire(pool: Sessions, session: SmtpSession): void {
  const at = pool.idle.findIndex((one) => one.session === session);
  if (at === -1) return;
  pool.idle.splice(at, 1);
  session.quit();
  free(pool);
}

function abort(pool: Sessions): void {
  pool.generation += 1;
  pool.openCount = 0;
  for (const session of pool.busy) session.destroy();
  pool.busy.clear();
  for (const { session, timer } of pool.idle.splice(0)) {
    clearTimeout(timer);
    session.destroy();
  }
  for (const waiter of pool.waiters.splice(0)) waiter.take(undefined);
}

function close(pool: Sessions): void {
  pool.isClosed = true;
  for (const { session, timer } of pool.idle.splice(0)) {
    clearTimeout(timer);
    session.quit();
    pool.openCount -= 1;
  }
  for (const waiter of pool.waiters.splice(0)) waiter.take(undefined);
}

import type { TokenSource } from '../oauth/token-source.ts';
import type { SmtpAccount } from './smtp-account.ts';
import { openSmtpSession, type SmtpSession, type SmtpSessionFailure } from './smtp-session.ts';
import type { SmtpTimeouts } from './smtp-timeouts.ts';

/** A session lent to one message. */
export interface SmtpLease {
  readonly session: SmtpSession;
  /** Messages that it was lent to before: a connection that had been idle may be dead without our knowing. */
  readonly messageCount: number;
  /** How often the pool was aborted before. */
  readonly generation: number;
}

/** A fixed number of connections, opened when needed, closed when idle. A session whose message is out and not answered is lent to the next one too. */
export interface SmtpPool {
  /** Waits in turn for a session, before all that are not urgent when it is. Undefined when the pool was aborted meanwhile. */
  acquire(options?: { isFresh?: boolean; isUrgent?: boolean }): Promise<SmtpLease | SmtpSessionFailure | undefined>;
  /** Gives a session back; `isUsable` says whether it stands between two messages. */
  release(lease: SmtpLease, isUsable: boolean): void;
  /** From now on no message follows another before that is answered. */
  stopFollowing(): void;
  /** Whether the pool was aborted since this was lent. */
  isAborted(lease: SmtpLease): boolean;
  /** How many sessions are open, or being opened. */
  openCount(): number;
  /** Destroys all sessions and turns away whoever waits. */
  abort(): void;
  /** Says goodbye on all idle sessions; busy ones end when they are given back. */
  close(): void;
}

/** An open session, idle or lent. */
interface Line {
  readonly session: SmtpSession;
  messageCount: number;
  /** To how many messages it is lent: two where one follows another. */
  lentCount: number;
  /** It takes no more messages. */
  isSpent: boolean;
  timer: NodeJS.Timeout | undefined;
}

interface Waiter {
  readonly isUrgent: boolean;
  /** Only a new session will do. */
  readonly isFresh: boolean;
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
  readonly tokens: TokenSource | undefined;
  readonly idle: Line[];
  readonly waiters: Waiter[];
  readonly busy: Map<SmtpSession, Line>;
  /** Open or being opened. */
  openCount: number;
  allowedCount: number;
  servedCount: number;
  /** Counts aborts: what was begun before one belongs to nobody. */
  generation: number;
  mayFollow: boolean;
  isClosed: boolean;
}

/** Creates a pool of at most `maxConnections` sessions with one account. `tokens`: where it logs in with OAuth 2. */
export function createSmtpPool(
  account: SmtpAccount,
  maxConnections: number,
  timeouts: SmtpTimeouts,
  { use = usualUse, tokens }: { readonly use?: SessionUse | undefined; readonly tokens?: TokenSource | undefined } = {},
): SmtpPool {
  const pool: Sessions = {
    account,
    timeouts,
    maxConnections,
    use,
    tokens,
    idle: [],
    waiters: [],
    busy: new Map(),
    openCount: 0,
    allowedCount: maxConnections,
    servedCount: 0,
    generation: 0,
    mayFollow: true,
    isClosed: false,
  };
  return {
    acquire: ({ isFresh = false, isUrgent = false } = {}) => acquire(pool, isFresh, isUrgent),
    release: (lease, isUsable) => release(pool, lease, isUsable),
    stopFollowing() {
      pool.mayFollow = false;
    },
    isAborted: ({ generation }) => generation !== pool.generation,
    openCount: () => pool.openCount,
    abort: () => abort(pool),
    close: () => close(pool),
  };
}

async function acquire(pool: Sessions, isFresh: boolean, isUrgent: boolean): Promise<SmtpLease | SmtpSessionFailure | undefined> {
  const asked = pool.generation;
  for (let hasWaited = false; asked === pool.generation && !pool.isClosed; hasWaited = true) {
    const line = takeIdle(pool);
    if (line && !isFresh) return lend(pool, line);
    if (line) {
      line.session.quit();
      pool.openCount -= 1;
    }
    if (pool.openCount < pool.allowedCount) return open(pool);
    const followable = isFresh || pool.waiters.length > 0 ? undefined : findFollowable(pool);
    if (followable) return lend(pool, followable);
    const given = await waitInTurn(pool, { isUrgent, isFresh }, hasWaited);
    if (given) return given;
  }
  return undefined;
}

function takeIdle(pool: Sessions): Line | undefined {
  for (let taken = pool.idle.pop(); taken; taken = pool.idle.pop()) {
    clearTimeout(taken.timer);
    if (taken.session.isOpen) return taken;
    pool.openCount -= 1;
  }
  return undefined;
}

function findFollowable(pool: Sessions): Line | undefined {
  for (const line of pool.busy.values()) if (canBeFollowed(pool, line)) return line;
  return undefined;
}

function canBeFollowed({ mayFollow, isClosed, use }: Sessions, { session, messageCount, lentCount, isSpent }: Line): boolean {
  return mayFollow && !isClosed && !isSpent && lentCount === 1 && messageCount < use.messagesPerSession && session.canBeFollowed;
}

async function open(pool: Sessions): Promise<SmtpLease | SmtpSessionFailure | undefined> {
  pool.openCount += 1;
  const opened = pool.generation;
  const session = await openSmtpSession(pool.account, pool.timeouts, pool.tokens);
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
  const line: Line = { session, messageCount: 0, lentCount: 0, isSpent: false, timer: undefined };
  session.onFollowable = () => letFollow(pool, line);
  return lend(pool, line);
}

function lend({ busy, generation }: Sessions, line: Line): SmtpLease {
  busy.set(line.session, line);
  line.lentCount += 1;
  return { session: line.session, messageCount: line.messageCount++, generation };
}

/** Lends it to whoever waits longest, unless only a new one will do. */
function letFollow(pool: Sessions, line: Line): void {
  const [waiter] = pool.waiters;
  if (!waiter || waiter.isFresh || !canBeFollowed(pool, line)) return;
  pool.waiters.shift();
  waiter.take(lend(pool, line));
}

/** Who was woken and found the place taken again goes back to the front of the others of their kind. */
function waitInTurn(
  { waiters }: Sessions,
  wanted: Pick<Waiter, 'isUrgent' | 'isFresh'>,
  hasWaited: boolean,
): Promise<SmtpLease | undefined> {
  const { isUrgent } = wanted;
  return new Promise((take) => {
    const at = waiters.findIndex((waiter) => (hasWaited ? isUrgent || !waiter.isUrgent : isUrgent && !waiter.isUrgent));
    waiters.splice(at === -1 ? waiters.length : at, 0, { ...wanted, take });
  });
}

function free(pool: Sessions): void {
  pool.openCount -= 1;
  // Whoever waits longest opens a new session in the place of the one that ended.
  pool.waiters.shift()?.take(undefined);
}

function release(pool: Sessions, { session }: SmtpLease, isUsable: boolean): void {
  const line = pool.busy.get(session);
  // A session of before an abort is no longer counted.
  if (!line) return;
  line.lentCount -= 1;
  pool.servedCount += 1;
  if (pool.servedCount % messagesPerTrial === 0) pool.allowedCount = Math.min(pool.maxConnections, pool.allowedCount + 1);
  if (!isUsable) line.isSpent = true;
  // Whoever follows may have sent its data, and gives it back.
  if (line.lentCount > 0) return;
  if (!isUsable) session.destroy();
  settle(pool, line);
}

/** A session that nobody has any more is ended, lent again or kept. */
function settle(pool: Sessions, line: Line): void {
  const { session } = line;
  pool.busy.delete(session);
  const isUnwanted = pool.waiters[0]?.isFresh === true;
  if (line.isSpent || isUnwanted || !session.isOpen || pool.isClosed || line.messageCount >= pool.use.messagesPerSession) {
    session.quit();
    free(pool);
    return;
  }
  const waiter = pool.waiters.shift();
  if (waiter) waiter.take(lend(pool, line));
  else {
    line.timer = setTimeout(() => expire(pool, line), pool.use.idleMs).unref();
    pool.idle.push(line);
  }
}

function expire(pool: Sessions, line: Line): void {
  const at = pool.idle.indexOf(line);
  if (at === -1) return;
  pool.idle.splice(at, 1);
  line.session.quit();
  free(pool);
}

function abort(pool: Sessions): void {
  pool.generation += 1;
  pool.openCount = 0;
  for (const session of pool.busy.keys()) session.destroy();
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

import type { Database, Queryable, Session } from '../db/db.ts';
import { resetSession } from '../db/session-settings.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { enterWorker, leaveWorker, prepareClaimSession } from '../ledger/queue/claim-store.ts';
import { endWorker, registerWorker, renewWorker } from '../ledger/queue/worker-store.ts';

/** How long a worker counts as alive without a renewal, and how often it renews. */
export interface LifeSettings {
  readonly aliveMs: number;
  readonly renewEveryMs: number;
}

/** What a life needs. */
export interface LifePorts {
  readonly database: Database;
  readonly log: Log;
  readonly clock: Clock;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  readonly host: string;
  readonly pid: number;
  readonly settings: LifeSettings;
}

/** One registration of a worker, from its row to its end. It may end at any moment: ask before each first byte. */
export interface WorkerLife {
  readonly id: string;
  /** False past its own deadline, even when no timer has fired yet. */
  isAlive(): boolean;
  /** Ends it as dead when it is past its deadline. */
  expire(): void;
  /** Ends it as dead because the database says that others took it for dead. */
  disown(): void;
  /** Runs statements on the worker's own session; opens another when the last one broke. */
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Ends it in good order: everything is written down. */
  end(): Promise<void>;
  /** Drops it: for a worker that is past its deadline, or a process that must end at once. */
  drop(): void;
}

/**
 * Registers a worker. Its deadline is counted on its own clock from before the renewal was asked for, so it always comes before the moment at which
 * others may take it for dead. `onDeath` is called once if the deadline passes or a renewal is refused.
 */
export async function beginLife(ports: LifePorts, onDeath: () => void): Promise<WorkerLife> {
  const { database, log, settings } = ports;
  const now = deadlineClock(ports);
  const askedAt = now();
  // On connections of their own, because one that carries nothing any more has to be ended.
  const ask = async <T>(work: (db: Queryable) => Promise<T>): Promise<T> =>
    onConnection(database, settings.aliveMs, async (session) => inTime(settings.aliveMs, work(session)));
  const id = await ask(async (db) => registerWorker(db, { host: ports.host, pid: ports.pid, aliveMs: settings.aliveMs }));
  const sessions = createSessionHolder(database, id, settings.aliveMs);
  let deadline = askedAt + settings.aliveMs;
  let isOver = false;

  const finish = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearInterval(renewal);
    clearTimeout(end);
    return true;
  };
  const die = (why: string): void => {
    if (!finish()) return;
    log.error('delivery.worker_died', { workerId: id, why });
    sessions.drop();
    onDeath();
  };
  const disown = (): void => die('others took it for dead');
  const watchDeadline = (): NodeJS.Timeout => setTimeout(() => die('it could not renew in time'), Math.max(0, deadline - now())).unref();
  let end = watchDeadline();
  const renew = async (): Promise<void> => {
    const renewAskedAt = now();
    try {
      const isRenewed = await ask(async (db) => renewWorker(db, id, settings.aliveMs));
      if (isOver) return;
      if (!isRenewed) {
        disown();
        return;
      }
      deadline = renewAskedAt + settings.aliveMs;
      clearTimeout(end);
      end = watchDeadline();
    } catch (error) {
      log.warn('delivery.renewal_failed', { workerId: id, error });
    }
  };
  const renewal = setInterval(() => void renew(), settings.renewEveryMs).unref();

  return {
    id,
    isAlive: () => !isOver && now() < deadline,
    expire() {
      if (now() >= deadline) die('it could not renew in time');
    },
    disown,
    withSession: (work) => sessions.run(work),
    async end() {
      if (!finish()) return;
      sessions.close();
      await endWorker(database, id);
    },
    drop() {
      if (finish()) sessions.drop();
    },
  };
}

/**
 * Counts with the monotonic clock and, where that stood still, with the other one: while a machine sleeps its monotonic clock may stop, but the database's
 * time goes on.
 */
function deadlineClock(ports: Pick<LifePorts, 'clock' | 'monotonic'>): () => number {
  const startedAt = ports.clock().getTime();
  const startedMonotonic = ports.monotonic();
  return () => Math.max(ports.monotonic() - startedMonotonic, ports.clock().getTime() - startedAt);
}

interface SessionHolder {
  run<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): void;
  drop(): void;
}

interface HeldSession {
  readonly session: Session;
  /** Gives the connection back, or destroys it. */
  readonly release: (broken?: Error) => void;
}

/** Keeps one connection out of the pool for as long as it works and answers within `limitMs`. */
function createSessionHolder(database: Database, workerId: string, limitMs: number): SessionHolder {
  let held: HeldSession | undefined;
  let isDropped = false;
  const letGo = (broken?: Error): void => {
    held?.release(broken);
    held = undefined;
  };
  return {
    async run(work) {
      held ??= await holdSession(database, workerId, limitMs);
      if (isDropped) letGo(new Error('The worker ended'));
      const current = held;
      if (!current) throw new Error('Expected a living worker, got one that ended');
      try {
        return await inTime(limitMs, work(current.session));
      } catch (error) {
        // Whatever failed, nobody knows what this session still holds: the next statement gets another.
        if (held === current) letGo(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }
    },
    close: () => letGo(),
    drop() {
      isDropped = true;
      letGo(new Error('The worker ended'));
    },
  };
}

/**
 * Works on a connection of its own, if there is one within the limit: to open one may take as long as an answer. One that comes later is given back
 * unused.
 */
async function onConnection<T>(database: Database, limitMs: number, work: (session: Session) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new Error(`Expected a connection to the database within ${limitMs} ms, got none`));
    }, limitMs);
    const working = database.connection(async (session) => {
      clearTimeout(timer);
      return isLate ? undefined : { result: await work(session) };
    });
    working
      .then((done) => done && resolve(done.result), reject)
      .finally(() => clearTimeout(timer))
      .catch(() => {});
  });
}

async function holdSession(database: Database, workerId: string, limitMs: number): Promise<HeldSession> {
  return new Promise((resolve, reject) => {
    onConnection(database, limitMs, async (session) => {
      await inTime(limitMs, enter(session, workerId));
      await new Promise<void>((done, fail) => resolve({ session, release: (broken) => (broken ? fail(broken) : done()) }));
      // The connection goes back to the pool as it came.
      await inTime(limitMs, leave(session, workerId));
    })
      // Once resolved, this is how a broken connection leaves the pool.
      .catch(reject);
  });
}

async function enter(session: Session, workerId: string): Promise<void> {
  await prepareClaimSession(session);
  await enterWorker(session, workerId);
}

async function leave(session: Session, workerId: string): Promise<void> {
  await leaveWorker(session, workerId);
  await resetSession(session);
}

/** Waits no longer than this: a connection may carry nothing any more without coming to an end, for a quarter of an hour and longer. */
async function inTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Expected an answer of the database within ${limitMs} ms, got none`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

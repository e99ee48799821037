import { inTime } from '../../kernel/in-time.ts';
import type { Database, Session } from '../../db/db.ts';
import { resetSession } from '../../db/session-settings.ts';
import { holdRestored } from '../../ledger/hold/hold-restored.ts';
import { enterWorker, leaveWorker, prepareClaimSession } from '../../ledger/queue/claim-store.ts';

/** The session of one worker: the only one that works for it. */
export interface WorkerSession {
  /** Runs statements on it; opens another when the last one broke. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Gives its connection back as it came. */
  close(): void;
  /** Destroys its connection, for good. */
  drop(): void;
}

interface HeldSession {
  readonly session: Session;
  /** Gives the connection back, or destroys it. */
  readonly release: (broken?: Error) => void;
}

/** Keeps one connection out of the pool for as long as it works and answers within `limitMs`. */
export function createWorkerSession(database: Database, workerId: string, limitMs: number): WorkerSession {
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
        return await answerInTime(limitMs, work(current.session));
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
export async function onConnection<T>(database: Database, limitMs: number, work: (session: Session) => Promise<T>): Promise<T> {
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
      // A connection stays in its database: whatever is claimed on it was asked about.
      await answerInTime(limitMs, holdRestored(database, session));
      await answerInTime(limitMs, enter(session, workerId));
      await new Promise<void>((done, fail) => resolve({ session, release: (broken) => (broken ? fail(broken) : done()) }));
      // The connection goes back to the pool as it came.
      await answerInTime(limitMs, leave(session, workerId));
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

/** What the database answers to `work`. @throws Error when it gives none within the limit, as well as what the work throws */
export function answerInTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  return inTime(limitMs, work, (): never => {
    throw new Error(`Expected an answer of the database within ${limitMs} ms, got none`);
  });
}

import type { Database, Queryable, Session } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import { endWorker, registerWorker, renewWorker } from '../../ledger/queue/worker-store.ts';
import { answerInTime, createWorkerSession, onConnection, type WorkerSession } from './worker-session.ts';

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
  /** A server has taken or refused a message: said with the next renewal. */
  noteAnswer(): void;
  /** Runs statements on the worker's own session; opens another when the last one broke. */
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Ends it in good order: everything is written down. */
  end(): Promise<void>;
  /** Drops it: for a worker that is past its deadline, or a process that must end at once. */
  drop(): void;
}

const notRenewed = 'it could not renew in time';
const takenForDead = 'others took it for dead';

/** A life with what keeps it: changed by the functions below alone. */
interface Life {
  readonly id: string;
  readonly ports: LifePorts;
  readonly now: () => number;
  readonly session: WorkerSession;
  readonly onDeath: () => void;
  /** By `now`: moved on by each renewal. */
  deadline: number;
  /** Set once: it was ended, dropped or died. */
  isOver: boolean;
  /** A server has answered since the last renewal. */
  hasAnswer: boolean;
  renewal?: NodeJS.Timeout;
  end?: NodeJS.Timeout;
}

/**
 * Registers a worker. Its deadline is counted on its own clock from before the renewal was asked for, so it always comes before the moment at which
 * others may take it for dead. `onDeath` is called once if the deadline passes or a renewal is refused.
 */
export async function beginLife(ports: LifePorts, onDeath: () => void): Promise<WorkerLife> {
  const { database, host, pid, settings } = ports;
  const { aliveMs, renewEveryMs } = settings;
  const now = deadlineClock(ports);
  const askedAt = now();
  const id = await ask(ports, async (db) => registerWorker(db, { host, pid, aliveMs }));
  const session = createWorkerSession(database, id, aliveMs);
  const life: Life = { id, ports, now, session, onDeath, deadline: askedAt + aliveMs, isOver: false, hasAnswer: false };
  watchDeadline(life);
  life.renewal = setInterval(() => void renew(life), renewEveryMs).unref();
  return {
    id,
    isAlive: () => !life.isOver && now() < life.deadline,
    expire() {
      if (now() >= life.deadline) die(life, notRenewed);
    },
    disown: () => die(life, takenForDead),
    noteAnswer() {
      life.hasAnswer = true;
    },
    withSession: (work) => session.run(work),
    async end() {
      if (!finish(life)) return;
      session.close();
      await endWorker(database, id);
    },
    drop() {
      if (finish(life)) session.drop();
    },
  };
}

/** Asks on a connection of its own, because one that carries nothing any more has to be ended. */
async function ask<T>({ database, settings: { aliveMs } }: LifePorts, work: (db: Queryable) => Promise<T>): Promise<T> {
  return onConnection(database, aliveMs, async (session) => answerInTime(aliveMs, work(session)));
}

async function renew(life: Life): Promise<void> {
  const { id, ports, now } = life;
  const { aliveMs } = ports.settings;
  const askedAt = now();
  const { hasAnswer } = life;
  life.hasAnswer = false;
  try {
    const isRenewed = await ask(ports, async (db) => renewWorker(db, id, aliveMs, hasAnswer));
    if (life.isOver) return;
    if (!isRenewed) {
      die(life, takenForDead);
      return;
    }
    life.deadline = askedAt + aliveMs;
    watchDeadline(life);
  } catch (error) {
    life.hasAnswer ||= hasAnswer;
    ports.log.warn('delivery.renewal_failed', { workerId: id, error });
  }
}

function watchDeadline(life: Life): void {
  clearTimeout(life.end);
  life.end = setTimeout(() => die(life, notRenewed), Math.max(0, life.deadline - life.now())).unref();
}

function die(life: Life, why: string): void {
  if (!finish(life)) return;
  life.ports.log.error('delivery.worker_died', { workerId: life.id, why });
  life.session.drop();
  life.onDeath();
}

/** False where it was over before. */
function finish(life: Life): boolean {
  if (life.isOver) return false;
  life.isOver = true;
  clearInterval(life.renewal);
  clearTimeout(life.end);
  return true;
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

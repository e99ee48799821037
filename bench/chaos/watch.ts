import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/db.ts';
import type { Passage } from './history.ts';

/** Looks again and again at what has become of the editions. */
export interface Watch {
  passages(): Passage[];
  /** Whether one is being frozen now, as far as was seen. */
  isFreezing(): boolean;
  close(): Promise<void>;
}

interface Seen {
  readonly newsletter: string;
  readonly schedule: string;
  readonly cutoff: number;
  readonly bornAfter: number;
  notBefore: number;
  surelyFrom: number | undefined;
}

const gapMs = 100;

/** Begins to look. While the database is down nothing is seen, and what happened meanwhile may have happened at any moment of it. */
export function startWatch(database: Database): Watch {
  const seen = new Map<string, Seen>();
  let lastLookAt = Date.now();
  let isFreezing = false;
  let isClosed = false;
  const look = async (): Promise<void> => {
    const beganAt = Date.now();
    const { rows } = await database.query<{
      id: string;
      newsletter: string;
      schedule: string;
      cutoff: number;
      isFreezing: boolean;
      passes: boolean;
    }>(
      `select e.id, n.slug as newsletter, s.name as schedule, e.cutoff::float8 as cutoff, e.state = 'approved' as "isFreezing",
              e.state in ('sending', 'done') or (e.state = 'skipped' and e.reason = 'nothing due') as passes
       from edition e join newsletter n on n.id = e.newsletter_id join schedule s on s.id = e.schedule_id`,
    );
    const endedAt = Date.now();
    isFreezing = rows.some((row) => row.isFreezing);
    for (const { id, passes, newsletter, schedule, cutoff } of rows) {
      const known = seen.get(id) ?? { newsletter, schedule, cutoff, bornAfter: lastLookAt, notBefore: lastLookAt, surelyFrom: undefined };
      seen.set(id, known);
      if (!passes) known.notBefore = beganAt;
      else known.surelyFrom ??= endedAt;
    }
    lastLookAt = beganAt;
  };
  const looking = (async (): Promise<void> => {
    while (!isClosed) {
      await look().catch(() => {});
      await delay(gapMs);
    }
  })();
  return {
    passages: () => [...seen.values()],
    isFreezing: () => isFreezing,
    async close() {
      isClosed = true;
      await looking;
    },
  };
}

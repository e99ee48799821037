import type { Queryable } from '../db/db.ts';

/** Jobs of a kind that could be worked on and are not. */
export interface WaitingJobs {
  readonly kind: string;
  readonly count: number;
  /** For how long the oldest could have been. */
  readonly oldestMs: number;
}

/** The jobs that wait, by kind; a kind of which none does is left out. Reads pg-boss's own index of what it hands out next. */
export async function listWaitingJobs(db: Queryable): Promise<WaitingJobs[]> {
  const { rows } = await db.query<WaitingJobs>(
    `select name as kind, count(*)::integer as count, greatest(0, extract(epoch from now() - min(start_after)) * 1000)::float8 as "oldestMs"
     from pgboss.job where state < 'active' and start_after <= now() group by name order by name`,
  );
  return rows;
}

/*
 * What can be queued. A job's payload holds ids, never addresses or texts: the row is the truth, the job is a hint to look at it.
 * `jobs` implements Enqueue over pg-boss, `app` passes it in; everything to the left only knows this type.
 */

/** The least that a statement needs: a pool, a client or a transaction. Implemented by node-postgres; see db/db.ts. */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** One unit of work for a worker. */
export type Job =
  | { readonly name: 'collect'; readonly sourceId: string }
  | { readonly name: 'compose'; readonly scheduleId: string; readonly slotAt: string }
  | { readonly name: 'freeze'; readonly editionId: string }
  /** `turn`: the how-manieth of its edition; the first of a small edition are worked on before the hundredth of a large one. Default 0. */
  | { readonly name: 'deliver'; readonly editionId: string; readonly fromId: string; readonly toId: string; readonly turn?: number }
  | { readonly name: 'notice'; readonly noticeId: string }
  | { readonly name: 'sign_up'; readonly signUpId: string }
  | { readonly name: 'link'; readonly requestId: string }
  | { readonly name: 'ping'; readonly scheduleId: string; readonly slotAt: string };

/** Queues a job in the caller's transaction: it exists if and only if the transaction commits. */
export type Enqueue = (tx: Queryable, job: Job) => Promise<void>;

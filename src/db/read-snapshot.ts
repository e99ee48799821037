import type { Database, Tx } from './db.ts';

/** Runs reads that see one moment, whatever others write meanwhile; nothing can be written by them. */
export function readSnapshot<T>(database: Pick<Database, 'transaction'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    return work(tx);
  });
}

import type { Database, Tx } from './db.ts';

/**
 * Runs reads that see one moment, whatever others write meanwhile; nothing can be written by them. `statementMs`: a statement that takes longer is ended by the
 * server. Default: it takes its time.
 */
export function readSnapshot<T>(
  database: Pick<Database, 'transaction'>,
  work: (tx: Tx) => Promise<T>,
  { statementMs }: { readonly statementMs?: number } = {},
): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    if (statementMs !== undefined) await tx.query(`set local statement_timeout = ${Math.ceil(statementMs)}`);
    return work(tx);
  });
}

import pg from 'pg';

/** Names of the SQLSTATEs that the code decides by (PostgreSQL manual, appendix A). */
export const sqlStates = {
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  noSuchDatabase: '3D000',
  noRight: '42501',
  readOnly: '25006',
  uniqueViolation: '23505',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  tooManyConnections: '53300',
} as const;

/** The SQLSTATE of an error that came from the server; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Whether a unique constraint or index refused a row; with a name, whether it was that one. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof pg.DatabaseError) || error.code !== sqlStates.uniqueViolation) return false;
  return constraint === undefined || error.constraint === constraint;
}

const lossStates: ReadonlySet<string> = new Set([
  sqlStates.adminShutdown,
  sqlStates.crashShutdown,
  sqlStates.cannotConnectNow,
  sqlStates.tooManyConnections,
]);

/** Whether the server is not there (any more, or yet): refused, cut off, starting or going down. The statement may or may not have been done. */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return lossStates.has(state) || state.startsWith('08');
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return /^E(CONN|PIPE|TIMEDOUT|HOST|NET)/.test(code);
  // node-postgres gives errors of its own no code.
  return (
    typeof message === 'string' &&
    /^(Connection terminated|timeout exp|Query read timeout|Client has encountered a connection error|Client was closed)/.test(message)
  );
}

/**
 * What tells the database that we are in from one that holds the same rows: a backup that was restored, a copy on another server. Null: the server does not
 * say it, or our role may not ask.
 */
export interface DatabaseIdentity {
  /** Of the server's files, fixed when they were made. */
  readonly systemIdentifier: string | null;
  readonly databaseOid: string;
  /** Goes up when a server goes back to an earlier state, and when a replica takes over. */
  readonly timeline: number | null;
  /** Of one of our tables: another one where tables were made anew in the same database. */
  readonly tableOid: string;
}

/** How a database can be another one than before. */
export type IdentityChange = 'server' | 'database' | 'timeline' | 'tables';

/** In which way it is another one; undefined where nothing says so. On another server all else differs as well. */
export function changeOfIdentity(before: DatabaseIdentity, now: DatabaseIdentity): IdentityChange | undefined {
  if (differs(before.systemIdentifier, now.systemIdentifier)) return 'server';
  if (before.databaseOid !== now.databaseOid) return 'database';
  if (differs(before.timeline, now.timeline)) return 'timeline';
  return before.tableOid === now.tableOid ? undefined : 'tables';
}

/** What is known of the one that we are in: what it does not say now it may have said before. */
export function knownIdentity(before: DatabaseIdentity, now: DatabaseIdentity): DatabaseIdentity {
  if (changeOfIdentity(before, now)) return now;
  return {
    ...now,
    systemIdentifier: now.systemIdentifier ?? before.systemIdentifier,
    timeline: now.timeline ?? before.timeline,
  };
}

function differs<Value>(before: Value | null, now: Value | null): boolean {
  return before !== null && now !== null && before !== now;
}

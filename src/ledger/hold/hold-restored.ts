import { changeOfIdentity, knownIdentity, type DatabaseIdentity } from '../../db/database-identity.ts';
import { findDatabaseIdentity } from '../../db/database-identity-store.ts';
import type { Database, Queryable } from '../../db/db.ts';
import { findSetting, lockSetting, noteSetting, rememberSetting } from '../../db/setting-store.ts';
import { identityChanges } from './sending-hold.ts';
import { insertHold } from './sending-hold-store.ts';

const settingName = 'database_identity';

/**
 * Holds sending where this database is not the one that it was when somebody looked last. The first look only remembers it. `session`: where claims will be
 * made, which stays in the database that it is in. Safe to call from any number of processes at once; returns whether it found another database.
 */
export async function holdRestored(database: Pick<Database, 'transaction'>, session: Queryable): Promise<boolean> {
  const now = await findDatabaseIdentity(session);
  if ((await findSetting(session, settingName)) === JSON.stringify(now)) return false;
  return database.transaction(async (tx) => {
    await rememberSetting(tx, settingName, JSON.stringify(now));
    const before = JSON.parse((await lockSetting(tx, settingName)) ?? JSON.stringify(now)) as DatabaseIdentity;
    const change = changeOfIdentity(before, now);
    if (change) await insertHold(tx, { cause: 'restored', reason: identityChanges[change] });
    await noteSetting(tx, settingName, JSON.stringify(knownIdentity(before, now)));
    return change !== undefined;
  });
}

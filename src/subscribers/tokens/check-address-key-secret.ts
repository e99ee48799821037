import type { Queryable } from '../../db/db.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { secretFingerprint } from '../../mail/address.ts';
import { findSetting, rememberSetting } from '../../db/setting-store.ts';

const settingName = 'address_key_fingerprint';

/** Whether the database was used with an address-key secret before. */
export async function hasAddressKeyFingerprint(db: Queryable): Promise<boolean> {
  return (await findSetting(db, settingName)) !== undefined;
}

/**
 * Stores the fingerprint of the address-key secret on first use and compares it ever after: with another secret every suppression
 * would be orphaned and people who left for good would be mailed again, so a changed one stops the start.
 * @throws ConfigError on a mismatch
 */
export async function checkAddressKeySecret(db: Queryable, secret: Buffer): Promise<void> {
  const fingerprint = secretFingerprint(secret);
  if ((await rememberSetting(db, settingName, fingerprint)) !== fingerprint) {
    throw new ConfigError(
      'ADDRESS_KEY_SECRET: expected the secret that this database was first used with, got another one. ' +
        'Every suppression is stored under a hash with that secret; put the old value back.',
    );
  }
}

import { createHmac } from 'node:crypto';
import type { Queryable } from '../../db/db.ts';
import { rememberSetting, replaceSetting } from '../../db/setting-store.ts';
import { ConfigError } from '../../kernel/errors.ts';
import type { KeyRing } from './token.ts';

const settingName = 'token_key_fingerprint';

/** What tells a key apart from others and may be shown: no way leads from it back to the key. */
export function tokenKeyFingerprint(key: Buffer): string {
  return createHmac('sha256', key).update('gazette\ntoken key\nfingerprint', 'utf8').digest('hex').slice(0, 16);
}

/**
 * Links that another machine signed must be good here too, and the other way round. So the database remembers the key that signed last, by its
 * fingerprint, and a ring without that key is refused. One that has it is taken, whatever else it holds, and its first key is remembered: that is how a
 * key is replaced. `accepts` takes any ring, for an installation whose keys are lost. @throws ConfigError
 */
export async function checkTokenKeys(db: Queryable, keys: KeyRing, options: { readonly accepts?: boolean } = {}): Promise<void> {
  const ring = keys.map(tokenKeyFingerprint);
  const signing = ring[0]!;
  for (;;) {
    const known = await rememberSetting(db, settingName, signing);
    if (!ring.includes(known) && !options.accepts)
      throw new ConfigError(
        `TOKEN_KEYS: expected the key with the fingerprint ${known}, which signs the links of this installation, among the token keys, got ${ring.join(', ')} only; ` +
          'copy it (or DATA_FOLDER/secrets/token-key) from the machine or the backup that has it.',
        { remedy: { kind: 'accept_token_keys' } },
      );
    // Another process may have remembered another one meanwhile: then that one is looked for.
    if (known === signing || (await replaceSetting(db, settingName, { from: known, to: signing }))) return;
  }
}

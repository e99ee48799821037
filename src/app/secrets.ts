import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { createKeyRing, type KeyRing } from '../subscribers/token.ts';
import type { Config } from './config.ts';

/** The installation's own secrets. */
export interface Secrets {
  /** Never rotated: every suppression hangs on it. */
  readonly addressKey: Buffer;
  /** The first signs, all verify. */
  readonly tokenKeys: KeyRing;
}

/**
 * The configured secrets, or those under DATA_FOLDER/secrets, made at the first start with mode 600. `isFirst`: the database was never used with
 * a key of addresses; otherwise one that is lost is not made anew, because it would be a wrong one.
 * @throws ConfigError when a kept secret cannot be read or written.
 */
export function loadSecrets(
  config: Pick<Config, 'ADDRESS_KEY_SECRET' | 'TOKEN_KEYS' | 'DATA_FOLDER'>,
  { isFirst }: { readonly isFirst: boolean },
): Secrets {
  const folder = join(config.DATA_FOLDER, 'secrets');
  const addressKeyPath = join(folder, 'address-key');
  if (config.ADDRESS_KEY_SECRET === undefined && !isFirst && !existsSync(addressKeyPath))
    throw new ConfigError(
      `DATA_FOLDER: expected the secret "${addressKeyPath}" that this database was first used with, found none; restore it from a backup, or set ADDRESS_KEY_SECRET to it`,
    );
  return {
    addressKey: Buffer.from(config.ADDRESS_KEY_SECRET ?? keptSecret(folder, 'address-key')),
    tokenKeys: createKeyRing(config.TOKEN_KEYS ?? [keptSecret(folder, 'token-key')]),
  };
}

function keptSecret(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) makeSecret(path);
    const secret = readFileSync(path, 'utf8').trim();
    if (secret.length >= 32) return secret;
  } catch (cause) {
    throw new ConfigError(
      `DATA_FOLDER: expected to read or make the secret "${path}", got ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      { cause },
    );
  }
  throw new ConfigError(`DATA_FOLDER: expected a secret of 32 characters or more in "${path}"; restore it from a backup`);
}

/** Written aside and linked into place: of two first starts at once, one makes the secret and both read it, and a crash leaves none or all of it. */
function makeSecret(path: string): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

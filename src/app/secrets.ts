import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../kernel/errors.ts';
import { createKeyRing, type KeyRing } from '../subscribers/tokens/token.ts';
import type { Config } from './config.ts';

/** The installation's own secrets. */
export interface Secrets {
  /** Never rotated: every suppression hangs on it. */
  readonly addressKey: Buffer;
  /** The first signs, all verify. */
  readonly tokenKeys: KeyRing;
}

/** What of the secrets may be made anew. */
export interface SecretsOrigin {
  /** The database was never used with an address-key secret: nothing depends on any secret yet. */
  readonly isFirst: boolean;
  /** The keys of links are lost, and staff said to go on without them. */
  readonly mayRenewTokenKey?: boolean;
}

/**
 * The configured secrets, or those under DATA_FOLDER/secrets, made at the first start with mode 600. For a database that was used before, one that is
 * missing is not made anew, because it would be a wrong one: nobody would be known as suppressed any more, and links would lead nowhere.
 * @throws ConfigError when a kept secret is missing or cannot be read or written.
 */
export function loadSecrets(
  config: Pick<Config, 'ADDRESS_KEY_SECRET' | 'TOKEN_KEYS' | 'DATA_FOLDER'>,
  { isFirst, mayRenewTokenKey = false }: SecretsOrigin,
): Secrets {
  const folder = join(config.DATA_FOLDER, 'secrets');
  const missing = [
    ...(config.ADDRESS_KEY_SECRET === undefined ? [{ file: 'address-key', variable: 'ADDRESS_KEY_SECRET' }] : []),
    ...(config.TOKEN_KEYS === undefined && !mayRenewTokenKey ? [{ file: 'token-key', variable: 'TOKEN_KEYS' }] : []),
  ].filter(({ file }) => !existsSync(join(folder, file)));
  if (!isFirst && missing.length > 0) throw missingError(folder, missing);
  return {
    addressKey: Buffer.from(config.ADDRESS_KEY_SECRET ?? keptSecret(folder, 'address-key')),
    tokenKeys: createKeyRing(config.TOKEN_KEYS ?? [keptSecret(folder, 'token-key')]),
  };
}

function missingError(folder: string, missing: readonly { readonly file: string; readonly variable: string }[]): ConfigError {
  const files = missing.map(({ file }) => `"${join(folder, file)}"`).join(' and ');
  const variables = missing.map(({ variable }) => variable).join(' and ');
  const [what, found, them] = missing.length === 1 ? ['secret', 'none', 'it'] : ['secrets', 'neither', 'them'];
  const isTokenKeyOnly = missing.every(({ variable }) => variable === 'TOKEN_KEYS');
  return new ConfigError(
    `DATA_FOLDER: expected the ${what} ${files} that this database was first used with, found ${found}; restore ${them} from a backup, ` +
      `copy ${them} from the machine that has ${them}, or set ${variables} to ${them}`,
    isTokenKeyOnly ? { remedy: { kind: 'accept_token_keys' } } : {},
  );
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
  try {
    writeFileSync(draft, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

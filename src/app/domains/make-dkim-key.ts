import { generateKeyPair, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { ConflictError, InvalidInputError } from '../../kernel/errors.ts';
import { parseDkimKey, type DkimKey } from '../../mail/dkim/dkim-key.ts';

/** What kind of key is made, and where to. */
export interface NewDkimKey {
  readonly path: string;
  /** Default 2048: what every verifier takes, and a record that DNS serves without a second try. */
  readonly bits?: number;
  /** Whether a file that is there may be replaced; what was signed with its key and is under way cannot be verified once its record goes. */
  readonly isReplacing?: boolean;
}

/**
 * Makes a private key and writes it for its owner's eyes only, whole or not at all.
 * @throws ConflictError when there is a file already; InvalidInputError when none can be written there.
 */
export async function makeDkimKey({ path, bits = 2048, isReplacing = false }: NewDkimKey): Promise<DkimKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const key = parseDkimKey(privateKey);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeOnce(path, privateKey, isReplacing);
  } catch (cause) {
    const { code = String(cause), syscall } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' && syscall === 'link') throw new ConflictError(`Expected a file that is not there yet, got "${path}"`, { cause });
    throw new InvalidInputError(`Expected a file that can be written, got "${path}" (${code})`, { cause });
  }
  return key;
}

/** Written aside and put into place. A link is made only where nothing is yet: of two at once one makes the key, and no key is ever lost by it. */
function writeOnce(path: string, text: string, isReplacing: boolean): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true });
    if (isReplacing) renameSync(draft, path);
    else linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

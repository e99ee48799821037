import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../kernel/errors.ts';

/** The system user that the embedded server runs as; Postgres refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user to start the server as: undefined (ourselves) for an ordinary user; for root `postgres` where there is one, else `nobody`. */
export function findServerUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8');
  const user = parseAccount(accounts, 'postgres') ?? parseAccount(accounts, 'nobody');
  if (user) return user;
  throw new ConfigError(
    'Expected a user postgres or nobody to run the embedded Postgres as, because it refuses to run as root; set DATABASE_URL or add one',
  );
}

/** Reads uid and gid of one account from the text of /etc/passwd. */
export function parseAccount(accounts: string, name: string): ServerUser | undefined {
  const line = accounts.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/** Whether `user` may pass through `folder` and every folder above it, told from their modes. */
export function canEnter(folder: string, user: ServerUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  if (((mode >> shift) & 0o1) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || canEnter(parent, user);
}

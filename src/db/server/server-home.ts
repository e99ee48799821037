import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError, ConflictError } from '../../kernel/errors.ts';
import { sharedFolder } from './server-binaries.ts';
import { canEnter, type ServerUser } from './server-user.ts';

/** The folder of one embedded server: `data` (the cluster), `password`, `server.log`. It belongs to the user that the server runs as. */
export interface ServerHome {
  readonly folder: string;
  readonly cluster: string;
  readonly password: string;
  /** The user to spawn the server as; undefined: as we are. */
  readonly user: ServerUser | undefined;
}

/**
 * Finds or makes `<dataFolder>/postgres`. Where the server's user cannot reach it (root in a folder of mode 700) it is a symbolic link to
 * a folder below /var/lib/gazette, named after the data folder's path. An existing folder keeps its owner, and the server runs as that.
 */
export function readyHome(dataFolder: string, serverUser: ServerUser | undefined): ServerHome {
  mkdirSync(dataFolder, { recursive: true });
  const place = join(realpathSync(dataFolder), 'postgres');
  if (!isThere(place)) makeHome(place, serverUser);
  if (!existsSync(place))
    throw new ConfigError(
      `Expected the database behind the link ${place}, found nothing at ${readlinkSync(place)}; bring it back or remove the link`,
    );
  const folder = realpathSync(place);
  if (folder !== place) claimHome(folder, place);
  const user = serverUser && ownerOf(folder, serverUser);
  return { folder, cluster: join(folder, 'data'), password: readyPassword(folder, user), user };
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function makeHome(place: string, user: ServerUser | undefined): void {
  const inPlace = !user || canEnter(join(place, '..'), user);
  const folder = inPlace ? place : makeSharedFolder(place);
  if (inPlace) makeFolder(folder);
  // Of two who link at once the second gives way, and its folder is still empty.
  if (!inPlace && !ignoreExisting(() => symlinkSync(folder, place))) rmSync(folder, { recursive: true });
}

/** The server runs as the owner of its folder; one that still is root's was made a moment ago, by us or by another starter. */
function ownerOf(folder: string, serverUser: ServerUser): ServerUser {
  const { uid, gid } = statSync(folder);
  if (uid !== 0) return { uid, gid };
  chownSync(folder, serverUser.uid, serverUser.gid);
  return serverUser;
}

/** A folder of an earlier data folder at the same path is never taken up again nor overwritten: the next free name is used. */
function makeSharedFolder(place: string): string {
  mkdirSync(sharedFolder, { recursive: true, mode: 0o755 });
  const name = createHash('sha256').update(place).digest('hex').slice(0, 12);
  for (let turn = 1; ; turn += 1) {
    const folder = join(sharedFolder, turn === 1 ? name : `${name}-${turn}`);
    if (makeFolder(folder)) {
      writeFileSync(join(folder, 'belongs-to'), place);
      return folder;
    }
  }
}

/** A copied data folder must not share its database with the original; a moved one takes it along. */
function claimHome(folder: string, place: string): void {
  const note = join(folder, 'belongs-to');
  const before = existsSync(note) ? readFileSync(note, 'utf8') : place;
  if (before !== place && existsSync(before) && realpathSync(before) === folder) {
    throw new ConflictError(
      `Expected a database of its own behind ${place}, but ${folder} belongs to ${before}; remove the link to start with an empty one`,
    );
  }
  if (before === place) return;
  rmSync(note, { force: true });
  writeOwned(note, place, undefined);
}

/** The folder belongs to another user than the root that writes here: no link may be followed, and the owner is set on the open file. */
function writeOwned(path: string, text: string, user: ServerUser | undefined): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    // Not writeSync, which may write a part of it and say so.
    writeFileSync(file, text, { flush: true });
    if (user) fchownSync(file, user.uid, user.gid);
  } finally {
    closeSync(file);
  }
}

function makeFolder(folder: string): boolean {
  return ignoreExisting(() => mkdirSync(folder, { mode: 0o700 }));
}

function readyPassword(folder: string, user: ServerUser | undefined): string {
  const path = join(folder, 'password');
  try {
    if (!existsSync(path)) writePassword(path, user);
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') throw cause;
    throw new ConfigError(`Expected to read ${path}, but the database belongs to another user; run as that user or as root`, { cause });
  }
}

/** Written aside and linked into place: two starters agree on one password, and nobody reads half of it. */
function writePassword(path: string, user: ServerUser | undefined): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeOwned(draft, randomBytes(24).toString('hex'), user);
    ignoreExisting(() => linkSync(draft, path));
  } finally {
    rmSync(draft, { force: true });
  }
}

function ignoreExisting(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test that the embedded server's user may enter; `remove` deletes it with all that is in it. */
export async function makeTempFolder(prefix = 'gazette-'): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(join(process.env['GAZETTE_TEST_FOLDER'] ?? tempRoot(), prefix)));
  await chmod(folder, 0o755);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

const memoryFolder = '/dev/shm';
/** Several times what a run of all tests has there at once. */
const neededBytes = 6 * 1024 ** 3;

/**
 * Memory where the machine has plenty, unless somebody chose a place. A database is some four hundred files, and one is made and dropped for each file
 * of tests: a disk's file system then takes more processor time for its inodes than Postgres does for the tests.
 */
function tempRoot(): string {
  return process.env['TMPDIR'] === undefined && isRoomyMemory() ? memoryFolder : tmpdir();
}

function isRoomyMemory(): boolean {
  try {
    const mounted = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .findLast((line) => line.split(' ')[1] === memoryFolder);
    const [, , type, options = ''] = mounted?.split(' ') ?? [];
    // Programs are run from there too: copies of the server's, scripts.
    if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false;
    accessSync(memoryFolder, constants.W_OK);
    const { bavail, bsize } = statfsSync(memoryFolder);
    return Math.min(bavail * bsize, freemem()) >= neededBytes;
  } catch {
    return false;
  }
}

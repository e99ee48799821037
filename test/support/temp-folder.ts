import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test that the embedded server's user may enter; `remove` deletes it with all that is in it. */
export async function makeTempFolder(prefix = 'gazette-'): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(join(process.env['GAZETTE_TEST_FOLDER'] ?? tmpdir(), prefix)));
  await chmod(folder, 0o755);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/*
 * A process that attaches to the embedded server of a data folder, or holds its server lock, until its standard input ends:
 * `attach-process.ts attach|lock <data folder>`. It prints one JSON line when it has what it wants or was refused.
 */
import { openEmbedded } from '../../src/db/server/embedded.ts';
import { acquireServerLock } from '../../src/db/server/server-lock.ts';
import { silentLog } from '../../src/kernel/log.ts';

const [what, dataFolder = ''] = process.argv.slice(2);
// Ctrl-C reaches the whole group; the test wants to see what it does to the server alone.
process.on('SIGINT', () => {});

try {
  const { close, ...facts } = await open();
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  await close();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ refused: (error as Error).message })}\n`);
}

async function open(): Promise<{ url?: string; port?: number; close(): Promise<void> | void }> {
  if (what === 'attach') return openEmbedded({ dataFolder, log: silentLog, settings: { fsync: 'off' } });
  const lock = await acquireServerLock(dataFolder);
  return { close: () => lock.release() };
}

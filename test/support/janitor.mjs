/*
 * node janitor.mjs <folder of the test run>: waits until standard input ends, which is when the run has ended in whatever way, then stops
 * the database servers below the folder that still run (at once: their data is thrown away) and removes the folder.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [runFolder = ''] = process.argv.slice(2);
const pollMs = 100;
/** A server that was being made or started when the run was killed shows within this time. */
const quietMs = 1_500;
const patienceMs = 30_000;

process.stdin.resume();
process.stdin.once('close', () => cleanUp(Date.now() + quietMs, Date.now() + patienceMs));

function cleanUp(quietSince, deadline) {
  const homes = existsSync(runFolder) ? findServerHomes(runFolder) : [];
  const isStopped = homes.map(stop).every(Boolean);
  if (isStopped && Date.now() > quietSince && remove([...homes, runFolder])) return;
  if (Date.now() < deadline) setTimeout(cleanUp, pollMs, isStopped ? quietSince : Date.now() + pollMs, deadline);
}

/** Folders (or links to such) named postgres are servers' own; nothing below them is of interest. */
function findServerHomes(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === 'postgres') return existsSync(path) ? [realpathSync(path)] : [];
    return entry.isDirectory() ? findServerHomes(path) : [];
  });
}

/** True when no server runs there. */
function stop(home) {
  const path = join(home, 'data', 'postmaster.pid');
  if (!existsSync(path)) return true;
  try {
    process.kill(Number(readFileSync(path, 'utf8').split('\n')[0]), 'SIGQUIT');
    return false;
  } catch {
    // It was killed before, and its file is all that is left.
    return true;
  }
}

function remove(folders) {
  try {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

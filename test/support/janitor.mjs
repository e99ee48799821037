/*
 * node janitor.mjs <server folder> <temporary folder>: waits until standard input ends, which is when the test run has ended in any way,
 * then stops the test server (at once: its data is thrown away) and removes both folders.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [serverFolder = '', temporaryFolder = ''] = process.argv.slice(2);
const pollMs = 50;
const patienceMs = 20_000;

process.stdin.resume();
process.stdin.once('close', () => {
  const pid = Number(readPid());
  if (pid > 1) process.kill(pid, 'SIGQUIT');
  removeWhenStopped(Date.now() + patienceMs);
});

function readPid() {
  try {
    return readFileSync(join(serverFolder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0];
  } catch {
    return '0';
  }
}

/** @param {number} deadline milliseconds since the epoch */
function removeWhenStopped(deadline) {
  if (Number(readPid()) > 1 && Date.now() < deadline) {
    setTimeout(removeWhenStopped, pollMs, deadline);
    return;
  }
  for (const folder of [serverFolder, temporaryFolder]) rmSync(folder, { recursive: true, force: true });
}

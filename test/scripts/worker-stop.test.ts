import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deliveryCounts } from '../../src/ledger/queue/delivery-report-store.ts';
import { insertFrozenEdition } from '../support/frozen-edition.ts';
import { type ShellRun, startShell } from '../support/run-shell.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../support/smtp-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
let sink: ScriptedSmtp;
let startedCount: number;
let letGo: () => void;
let worker: ShellRun;

beforeAll(async () => {
  gazette = await createInstallation();
  await gazette.done('migrate');
});
afterAll(async () => gazette.remove());
beforeEach(async () => {
  startedCount = 0;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  sink = await startScriptedSmtp({
    onMail: () => void (startedCount += 1),
    // Every message waits for the test to go on.
    onData: async () => {
      await gate;
      return undefined;
    },
  });
  worker = startShell('trap : TERM; gazette worker; exit $?', {
    ...gazette.env,
    SMTP_URL: sink.url,
    SMTP_CONNECTIONS: '4',
    LOG_LEVEL: 'info',
  });
});
afterEach(async () => {
  letGo();
  worker.signal('SIGKILL');
  await sink.close();
  // What the other test left is not for the next worker to send.
  await gazette.stored.database.query(`update edition set state = 'done', ended_at = now() where ended_at is null`);
});

test('told to stop, a worker lets what is on its way end, writes it down, starts nothing more and ends with 0', async () => {
  const { database } = gazette.stored;
  const edition = await insertFrozenEdition(database, { count: 100 });
  await waitFor(() => startedCount >= 4, { what: 'messages on their way' });
  worker.signal('SIGTERM');
  await waitFor(() => worker.stdout().includes('Stopping'), { what: 'the word of the worker' });
  letGo();
  expect([await worker.ended, worker.stderr()]).toEqual([0, expect.not.stringContaining('gave_up')]);
  // What was claimed had a second to start; of the hundred most were never claimed.
  expect(startedCount).toBeLessThan(20);
  expect(sink.accepted()).toHaveLength(startedCount);
  const { accepted, queued, sending, in_doubt: doubt } = await deliveryCounts(database, edition.editionId);
  expect([accepted, sending, doubt, queued]).toEqual([startedCount, 0, 0, 100 - startedCount]);
});

test('told twice it ends at once, with messages on their way', async () => {
  await insertFrozenEdition(gazette.stored.database, { count: 10 });
  await waitFor(() => startedCount >= 4, { what: 'messages on their way' });
  worker.signal('SIGTERM');
  await waitFor(() => worker.stdout().includes('Stopping'), { what: 'the word of the worker' });
  worker.signal('SIGTERM');
  // The sink never answers: only the second signal ends it.
  expect(await worker.ended).not.toBe(0);
  expect(sink.accepted()).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { loadConfig } from '../../src/app/config.ts';
import { openStore, type Store } from '../../src/app/open-store.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { listMessages } from '../../src/mail/maildir-store.ts';
import { addSubscriber } from '../../src/subscribers/joining/add-subscriber.ts';
import { foundPaper, openNewsroom, releasePost, type Newsroom } from '../editions/newsroom.ts';
import { runShell, startShell, withoutWaits } from '../support/run-shell.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { installationAt } from './run-main.ts';

let room: Newsroom;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let env: Readonly<Record<string, string>>;
let store: Store;

beforeAll(async () => {
  [room, temp] = await Promise.all([openNewsroom(), makeTempFolder()]);
  room.setNow(new Date());
  ({ env } = installationAt(room.url, temp.folder));
  store = await openStore(
    loadConfig(env, () => ''),
    silentLog,
  );
});
afterAll(async () => {
  await store.close();
  await room.close();
  await temp.remove();
});

/** A newsletter with one post that three readers wait for. */
async function publish(): Promise<{ slug: string; deliveredTo(): Promise<string[]> }> {
  const paper = await foundPaper(room, {});
  const { slug } = paper.newsletter;
  await room.database.query(`update schedule set cadence_since = now() where id = $1`, [paper.schedule.id]);
  const { notices, links } = room.notifyPorts;
  const { database, clock, queue, secrets } = store;
  const ports = { database, clock, enqueue: queue.enqueue, addressKeySecret: secrets.addressKey, tokenKeys: secrets.tokenKeys, notices };
  for (const name of ['ann', 'ben', 'cleo'])
    await addSubscriber(
      { ...ports, publicUrl: links.publicUrl },
      { newsletter: slug, address: `${name}@example.org`, confirmed: { source: 'test' } },
    );
  await releasePost(room, paper, { title: `Alpha of ${slug}` });
  return {
    slug,
    async deliveredTo() {
      const { messages } = await listMessages(join(temp.folder, 'outbox'));
      return messages
        .filter(({ subject }) => subject.includes(slug))
        .map(({ to }) => to)
        .sort();
    },
  };
}

const everybody = ['ann@example.org', 'ben@example.org', 'cleo@example.org'];

describe('output that cannot be written', () => {
  test.each([
    ['stdout', '> /dev/full', /^gazette send: the output could not be written \(ENOSPC\)[^\n]*\n$/],
    ['stderr', '2> /dev/full', /^$/],
    ['either', '> /dev/full 2>&1', /^$/],
  ])('(%s on a full disk) ends no send half-way; the exit code says it', async (_which, redirection, said) => {
    const { slug, deliveredTo } = await publish();
    const { exitCode, stderr } = await runShell(`gazette send --newsletter ${slug} --yes --wait ${redirection}`, {
      ...env,
      LOG_LEVEL: redirection.includes('2>') ? 'debug' : 'error',
    });
    expect(await deliveredTo()).toEqual(everybody);
    expect(withoutWaits(stderr)).toMatch(said);
    expect(exitCode).toBe(1);
  });

  test('(a reader that has gone) is no failure and nothing is said', async () => {
    const { slug, deliveredTo } = await publish();
    const line = `gazette send --newsletter ${slug} --yes --wait | true; echo "ended with \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await runShell(line, env);
    expect([stdout, withoutWaits(stderr)]).toEqual(['ended with 0\n', '']);
    expect(await deliveredTo()).toEqual(everybody);
    expect(await runShell(`gazette --help | head -n 1; echo \${PIPESTATUS[0]}`, env)).toMatchObject({
      stdout: expect.stringMatching(/^Gazette .*\n0\n$/),
      stderr: '',
    });
  });

  test('keeps its own exit code where a command failed anyway, and 1 where it only printed', async () => {
    expect(await runShell('gazette sendd > /dev/full', env)).toMatchObject({ exitCode: 2 });
    expect(await runShell('gazette --version > /dev/full', env)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/ENOSPC/) });
  });

  test('ends no server: it answers, and stops when it is asked to', async () => {
    const port = String(20_000 + (process.pid % 20_000));
    const server = startShell('gazette serve --no-sample > /dev/full 2>&1', { ...env, PORT: port, LOG_LEVEL: 'debug' });
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
    server.signal('SIGTERM');
    await waitFor(() =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        () => false,
        () => true,
      ),
    );
  });
});

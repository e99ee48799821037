import { sourceThread } from '../../src/sources/collecting/source-task.ts';
import { describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createHostLimit } from '../../src/reading/fetch/host-limit.ts';
import { createSourceReader } from '../../src/reading/read-source.ts';
import { startHttpSite } from '../support/http-site.ts';
import { waitFor } from '../support/wait-for.ts';

describe('places', () => {
  test('are given to as many as fit at a host and in all, in order, and others are not held up by a full host', async () => {
    const limit = createHostLimit(2, 3);
    const entered: string[] = [];
    const enter = async (name: string, host: string): Promise<() => void> => {
      const leave = await limit.enter(host);
      entered.push(name);
      return leave;
    };
    const a1 = await enter('a1', 'a');
    const a2 = await enter('a2', 'a');
    const a3 = enter('a3', 'a');
    const b1 = await enter('b1', 'b');
    const b2 = enter('b2', 'b');
    await Promise.resolve();
    expect(entered).toEqual(['a1', 'a2', 'b1']);
    a1();
    a1();
    const leaveA3 = await a3;
    expect(entered).toEqual(['a1', 'a2', 'b1', 'a3']);
    b1();
    await b2;
    leaveA3();
    a2();
    expect(entered).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });
});

test('a reader sends at most two requests at a time to a host and twenty in all, and leaves no socket open', async () => {
  const open = new Map<string, number>();
  const pending: ServerResponse[] = [];
  let peakAtHost = 0;
  let peak = 0;
  const answer = (host: string) => (_request: unknown, response: ServerResponse) => {
    open.set(host, (open.get(host) ?? 0) + 1);
    peakAtHost = Math.max(peakAtHost, open.get(host) ?? 0);
    peak = Math.max(
      peak,
      [...open.values()].reduce((a, b) => a + b),
    );
    response.on('close', () => open.set(host, (open.get(host) ?? 0) - 1));
    pending.push(response);
  };
  const hosts = Array.from({ length: 15 }, (_, i) => `127.0.1.${i + 1}`);
  const sites = await Promise.all(hosts.map((host) => startHttpSite(answer(host), host)));
  const reader = createSourceReader({
    userAgent: 'Gazette/0.1',
    allowPrivateAddresses: true,
    allowedOrigins: [],
    allowFiles: false,
    threadProgram: sourceThread,
    clock: () => new Date(),
  });
  try {
    const readings = sites.flatMap((site) =>
      Array.from({ length: 4 }, (_, i) => reader.read({ url: `${site.origin}/${i}`, kind: 'feed', etag: '"x"' })),
    );
    await waitFor(() => pending.length === 20);
    let answered = 0;
    while (answered < 60) {
      await waitFor(() => pending.length > 0);
      for (const response of pending.splice(0)) {
        response.writeHead(304).end();
        answered++;
      }
    }
    expect((await Promise.all(readings)).every(({ kind }) => kind === 'unchanged')).toBe(true);
    expect({ peakAtHost, peak }).toEqual({ peakAtHost: 2, peak: 20 });
    await waitFor(() => [...open.values()].every((count) => count === 0));
  } finally {
    await reader.close();
    await Promise.all(sites.map((site) => site.close()));
  }
});

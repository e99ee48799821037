import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openDatabase } from '../src/db/db.ts';
import { createFeedPublisher } from '../src/feeds/publish-feed.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { silentLog } from '../src/kernel/log.ts';
import { packageRoot } from '../src/kernel/package-root.ts';
import { createPageRenderer } from '../src/render/pages/render-page.ts';
import { createKeyRing } from '../src/subscribers/tokens/token.ts';
import { createLimiter } from '../src/web/limits/limiter-store.ts';
import { createWebServer } from '../src/web/web-server.ts';

/** What the process of the servers answers with its processor time. */
export interface ServerTimes {
  readonly cpuMs: number;
}

/** Where its two servers listen. */
export interface ServerPorts {
  readonly gazette: number;
  readonly bare: number;
}

/** What the bare handler is to answer from now on. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

/*
 * Our web server over a database, and a bare handler in the same process, which answers what it was last told to.
 * A program of its own, started by bench/feeds.ts; the message 'times' is answered with the processor time so far.
 */
if (process.send !== undefined) await serve(process.argv[2] ?? '');

async function serve(databaseUrl: string): Promise<void> {
  const database = openDatabase(databaseUrl);
  const publicUrl = 'https://news.example.org';
  const web = await createWebServer(
    {
      database,
      clock: systemClock,
      log: silentLog,
      publicUrl,
      tokenKeys: createKeyRing(['a token key of at least 32 characters']),
      pages: await createPageRenderer({ templatesFolder: join(packageRoot, 'templates') }),
      feeds: createFeedPublisher({ database, publicUrl }),
      limiter: createLimiter({ database, secret: Buffer.from('a secret of at least 32 characters, for benches') }),
    },
    { host: '127.0.0.1', port: 0 },
  );
  let answer: BareAnswer = { status: 204, headers: {}, bodyBytes: 0 };
  let body = Buffer.alloc(0);
  const bare = createServer((_request, response) => {
    response.writeHead(answer.status, answer.headers).end(answer.status === 304 ? undefined : body);
  });
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  process.on('message', (message: 'times' | BareAnswer) => {
    if (message !== 'times') [answer, body] = [message, Buffer.alloc(message.bodyBytes)];
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000 } satisfies ServerTimes);
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ gazette: Number(new URL(web.url).port), bare: (bare.address() as AddressInfo).port } satisfies ServerPorts);
}

import { startOutbox } from '../../src/mail/outbox.ts';

/* A local outbox in a process of its own, until its standard input ends: `outbox-process.ts <folder>`. */
const outbox = await startOutbox({ folder: process.argv[2] ?? '' });
process.stdout.write(`${JSON.stringify({ url: outbox.url })}\n`);
process.stdin.resume().on('end', () => void outbox.close());

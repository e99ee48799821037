/*
 * The control of `bench/deliver`: the same messages through a plain nodemailer pool, as most newsletter programs send. A process of its own:
 * `pool-process <port> <count> <connections> [<file of a key>]`. Prints what it took as JSON.
 */
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import { fillPlaceholders } from '../../src/content/text/placeholder.ts';
import { specimenMessage } from './specimen-message.ts';

const [port = '', count = '', connections = '', keyFile] = process.argv.slice(2);
const dkim = keyFile && { domainName: 'example.org', keySelector: 'bench', privateKey: readFileSync(keyFile, 'utf8') };
const transport = createTransport({
  host: '127.0.0.1',
  port: Number(port),
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
  ignoreTLS: true,
  ...(dkim ? { dkim } : {}),
});
let next = 0;
const startedAt = performance.now();
const before = process.cpuUsage();
// Two a connection are on their way, as those of ours are: what is queued ahead of that costs memory and nothing else.
await Promise.all(Array.from({ length: 2 * Number(connections) }, sendOn));
const { user, system } = process.cpuUsage(before);
transport.close();
process.stdout.write(JSON.stringify({ seconds: (performance.now() - startedAt) / 1_000, cpuSeconds: (user + system) / 1e6 }));

async function sendOn(): Promise<void> {
  while (next < Number(count)) {
    const id = next++;
    const values = {
      'reader.name': `Reader ${id}`,
      'reader.address': `reader-${id}@example.org`,
      'links.unsubscribe': `https://letters.example.org/unsubscribe/k1.${id}`,
      'links.preferences': `https://letters.example.org/preferences/k1.${id}`,
      'links.browser': 'https://letters.example.org/archive/bench/1',
    };
    await transport.sendMail({
      from: { name: 'Bench', address: 'bench@example.org' },
      to: { name: values['reader.name'], address: values['reader.address'] },
      subject: specimenMessage.subject,
      messageId: `<${id}@example.org>`,
      headers: { 'List-Unsubscribe': `<${values['links.unsubscribe']}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
      html: fillPlaceholders(specimenMessage.html, values, 'html'),
      text: fillPlaceholders(specimenMessage.text, values, 'text'),
    });
  }
}

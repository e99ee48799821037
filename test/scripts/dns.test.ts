import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dkimRecord } from '../../src/mail/dkim/dkim-key.ts';
import { testKey, testPem } from '../mail/dkim/signed-message.ts';
import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { createInstallation, type Installation } from './run-main.ts';

let gazette: Installation;
let server: DnsServer;

beforeAll(async () => {
  [gazette, server] = await Promise.all([createInstallation(), startDnsServer()]);
});
afterAll(() => Promise.all([gazette.remove(), server.close()]));

describe('gazette dns', () => {
  const env = { DKIM: 'own', DKIM_KEY: testPem, SMTP_URL: 'smtp://smtp.gmail.com:587' };

  test('prints the records of each sender domain once, and a check tells what is there', async () => {
    expect(await gazette.done('dns')).toContain('nothing is needed');
    for (const slug of ['weekly', 'daily'])
      await gazette.done(`newsletters add ${slug} --name ${slug} --sender ${slug}@bücher.example --postal-address "Street 1"`);
    const text = await gazette.done('dns', env);
    expect(text.match(/^DMARC of xn--bcher-kva\.example/gm)).toHaveLength(1);
    expect(text).toContain('"v=spf1 include:_spf.google.com ~all"');
    const records = JSON.parse(await gazette.done('dns --json', env)) as unknown[];
    expect(records).toContainEqual({
      purpose: 'dkim',
      domain: 'xn--bcher-kva.example',
      detail: expect.any(String),
      record: { type: 'TXT', name: 'gazette._domainkey.xn--bcher-kva.example', value: dkimRecord(testKey) },
      zoneLine: expect.stringMatching(/^gazette\._domainkey\.xn--bcher-kva\.example\. IN TXT "[^"]{255}" "[^"]+"$/),
    });
    const missing = await gazette.run(`dns check --server ${server.address}`, env);
    expect(missing.exitCode).toBe(1);
    expect(missing.stdout).toMatch(/^missing +spf +xn--bcher-kva\.example +there is no SPF record$/m);
    server.zone.set('xn--bcher-kva.example', { txt: ['v=spf1 include:_spf.google.com -all'] });
    server.zone.set('gazette._domainkey.xn--bcher-kva.example', {
      txt: [[dkimRecord(testKey).slice(0, 200), dkimRecord(testKey).slice(200)]],
    });
    server.zone.set('_dmarc.xn--bcher-kva.example', { txt: ['v=DMARC1; p=none; rua=mailto:a@example.org'] });
    const { exitCode, stdout } = await gazette.run(`dns check --json --server ${server.address}`, env);
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout) as { check: string; state: string }[]).map(({ check, state }) => `${check} ${state}`)).toEqual([
      'spf ok',
      'dkim ok',
      'dmarc ok',
      'alignment ok',
    ]);
  });

  test('a server that is no address is used wrongly', async () => {
    const { exitCode, stderr } = await gazette.run('dns check --server example.org');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/expected --server as an IP address/);
  });
});

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/app/config.ts';
import { openSigner } from '../../../src/app/domains/open-signer.ts';
import { uncoveredSenders } from '../../../src/app/domains/uncovered-senders.ts';
import { openMailers } from '../../../src/app/open-mailers.ts';
import { ConfigError } from '../../../src/kernel/errors.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import { digestBody, testPem, verdictOf } from '../../mail/dkim/signed-message.ts';

const configOf = (env: Readonly<Record<string, string>>, file = '') => loadConfig(env, () => file);
const message = { headers: Buffer.from('From: a@news.example.org\r\n'), body: [Buffer.from(digestBody)], from: 'a@news.example.org' };

describe('with DKIM=own', () => {
  test.each([
    ['from a file', configOf({ DKIM: 'own', DKIM_KEY_FILE: '/key' }, testPem), 'news.example.org'],
    [
      'from a variable in one line',
      configOf({ DKIM: 'own', DKIM_KEY: testPem.trim().replaceAll('\n', String.raw`\n`) }),
      'news.example.org',
    ],
    ['for the configured domain', configOf({ DKIM: 'own', DKIM_KEY: testPem, DKIM_DOMAIN: 'example.org' }), 'example.org'],
  ])('the key %s signs', async (_, config, domain) => {
    const signature = await openSigner(config)!.sign(message);
    const signed = Buffer.concat([signature, message.headers, Buffer.from(`\r\n${digestBody}`)]).toString('latin1');
    expect(await verdictOf(signed)).toEqual({ result: 'pass', domain, selector: 'gazette', aligned: true });
  });

  test.each([
    ['no key', {}, 'got nothing'],
    ['a text', { DKIM_KEY: 'secret' }, 'a text that is no PEM'],
    ['a key that was cut', { DKIM_KEY: testPem.slice(0, 200) }, 'a PEM that cannot be read'],
  ])('%s stops every start with one line that names the variable, and nothing is opened', async (_, env, reason) => {
    const opening = openMailers(configOf({ DKIM: 'own', DATA_FOLDER: join(tmpdir(), 'gazette-never-made'), ...env }), silentLog);
    await expect(opening).rejects.toBeInstanceOf(ConfigError);
    await expect(opening).rejects.toThrow(
      /^DKIM_KEY: expected a private RSA key of 2048 to 4096 bits in PEM, got [^\n]*; DKIM=own signs with it$/,
    );
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toMatchObject({ remedy: { kind: 'make_dkim_key' } });
  });
});

test('with a relay that signs there is no signer, whatever the key', () => {
  expect(openSigner(configOf({ DKIM_KEY: 'secret' }))).toBeUndefined();
});

describe('settings of signing', () => {
  test.each([
    [{ DKIM: 'yes' }, 'DKIM: expected own or relay, got "yes"'],
    [{ DKIM_DOMAIN: 'org' }, 'DKIM_DOMAIN: expected a domain, such as example.org, got "org"'],
    [{ DKIM_SELECTOR: 'a b' }, 'DKIM_SELECTOR: expected letters, digits, hyphens and dots, got "a b"'],
  ])('%j is refused', (env, reason) => {
    expect(() => configOf(env)).toThrow(reason);
  });
});

describe('a sender is covered', () => {
  const senders = ['a@example.org', 'a@news.example.org', 'a@example.com', 'a@bücher.example'].map((senderAddress) => ({ senderAddress }));
  test.each([
    ['by a relay, whoever it is', {}, 0],
    ['by its own domain, whoever it is', { DKIM: 'own' }, 0],
    ['by the configured domain and above', { DKIM: 'own', DKIM_DOMAIN: 'Example.org' }, 2],
    ['by a domain in its own script', { DKIM: 'own', DKIM_DOMAIN: 'bücher.example' }, 3],
  ])('%s', (_, env, uncoveredCount) => {
    expect(uncoveredSenders(configOf(env), senders)).toHaveLength(uncoveredCount);
  });
});

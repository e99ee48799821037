import { describe, expect, test } from '@jest/globals';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { InvalidInputError } from '../../../src/kernel/errors.ts';
import { dkimRecord, parseDkimKey } from '../../../src/mail/dkim/dkim-key.ts';
import { testKey, testPem } from './signed-message.ts';

function rsaPem(bits: number, options: { type?: 'pkcs1' | 'pkcs8'; passphrase?: string } = {}): string {
  const { type = 'pkcs8', passphrase } = options;
  const locked = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return privateKey.export({ type, format: 'pem', ...locked } as never) as string;
}

describe('parseDkimKey', () => {
  test('reads PKCS#8 and PKCS#1, with blanks around', () => {
    expect(parseDkimKey(`\n ${testPem}\n`).bits).toBe(2048);
    const pkcs1 = testKey.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
    expect(pkcs1).toContain('BEGIN RSA PRIVATE KEY');
    expect(parseDkimKey(pkcs1).publicKey).toBe(testKey.publicKey);
  });

  test('takes a longer one', () => {
    expect(parseDkimKey(rsaPem(3072)).bits).toBe(3072);
  });

  test.each([
    ['nothing', () => '', 'got nothing'],
    ['blanks', () => ' \n', 'got nothing'],
    ['a text', () => 'secret', 'a text that is no PEM'],
    ['a PEM that was cut', () => testPem.slice(0, 300), 'a PEM that cannot be read'],
    ['a PEM with other letters', () => testPem.replace(/[a-m]/g, '#'), 'a PEM that cannot be read'],
    ['one with a passphrase', () => rsaPem(2048, { passphrase: 'x' }), 'a passphrase'],
    ['an old one with a passphrase', () => rsaPem(2048, { type: 'pkcs1', passphrase: 'x' }), 'a passphrase'],
    ['the public half', () => createPublicKey(testPem).export({ type: 'spki', format: 'pem' }) as string, 'its public half alone'],
    [
      'a key of Ed25519',
      () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      'of the kind ed25519',
    ],
    ['a key that is too short', () => rsaPem(1024), 'one of 1024 bits'],
    ['a key of an odd length just below', () => rsaPem(2040), 'one of 2040 bits'],
  ])('refuses %s, and says nothing of the key', (_, pem, reason) => {
    const given = pem();
    const error = thrownBy(() => parseDkimKey(given));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toContain('Expected a private RSA key of 2048 to 4096 bits in PEM');
    expect(error.message).toContain(reason);
    expect(given.length > 20 && error.message.includes(given.slice(40, 60))).toBe(false);
  });
});

test('the record publishes the public half, which reads what the private one signs', () => {
  const record = dkimRecord(testKey);
  expect(record).toMatch(/^v=DKIM1; k=rsa; p=MIIB[A-Za-z0-9+/=]{388}$/);
  const der = Buffer.from(record.split('p=')[1]!, 'base64');
  expect(createPublicKey({ key: der, format: 'der', type: 'spki' }).equals(createPublicKey(testPem))).toBe(true);
});

function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { confirmUrl, decisionUrl, unsubscribeUrl } from '../../src/subscribers/tokens/signed-links.ts';
import { createKeyRing, makeToken, readToken, type TokenPurpose } from '../../src/subscribers/tokens/token.ts';

const now = new Date('2026-03-01T12:00:00Z');
const oldKey = 'an old key of at least 32 characters';
const newKey = 'a new key of at least 32 characters.';
const keys = createKeyRing([oldKey]);
const purposes: TokenPurpose[] = ['confirm', 'unsubscribe', 'preferences', 'fresh', 'address', 'undo', 'approve', 'skip'];

describe('A token', () => {
  test('says back what was put into it', () => {
    const token = makeToken(keys, { purpose: 'unsubscribe', subjectId: '9223372036854775807', version: '3' });
    expect(readToken(keys, token, 'unsubscribe', now)).toEqual({ kind: 'valid', subjectId: '9223372036854775807', version: '3' });
  });

  test('is made of characters that stand in a URL path as they are', () => {
    const token = makeToken(keys, { purpose: 'confirm', subjectId: '12', version: '34', expiresAt: now });
    expect(encodeURIComponent(token)).toBe(token);
  });

  test('is worthless for any other purpose', () => {
    for (const made of purposes) {
      const token = makeToken(keys, { purpose: made, subjectId: '1', version: '1' });
      const readable = purposes.filter((purpose) => readToken(keys, token, purpose, now).kind === 'valid');
      expect(readable).toEqual([made]);
    }
  });

  test('is worthless once any of its characters is changed, added or taken away', () => {
    const token = makeToken(keys, { purpose: 'confirm', subjectId: '12', version: '34', expiresAt: new Date('2027-01-01T00:00:00Z') });
    for (let at = 0; at < token.length; at += 1) {
      for (const character of ['0', '9', 'a', 'B', '-', '_', '']) {
        const forged = token.slice(0, at) + character + token.slice(at + 1);
        if (forged !== token) expect(readToken(keys, forged, 'confirm', now)).toEqual({ kind: 'invalid' });
        if (character !== '')
          expect(readToken(keys, token.slice(0, at) + character + token.slice(at), 'confirm', now).kind).toBe('invalid');
      }
    }
  });

  test('expires when it says so, not a moment earlier', () => {
    const expiresAt = new Date(now.getTime() + 1500);
    const token = makeToken(keys, { purpose: 'approve', subjectId: '1', version: '1', expiresAt });
    expect(readToken(keys, token, 'approve', expiresAt).kind).toBe('valid');
    expect(readToken(keys, token, 'approve', new Date(now.getTime() + 2000))).toEqual({ kind: 'expired' });
  });

  test('of an older key is read as long as the key is in the ring, and new ones are signed with the first', () => {
    const old = makeToken(keys, { purpose: 'unsubscribe', subjectId: '1', version: '1' });
    const both = createKeyRing([newKey, oldKey]);
    expect(readToken(both, old, 'unsubscribe', now).kind).toBe('valid');
    const fresh = makeToken(both, { purpose: 'unsubscribe', subjectId: '1', version: '1' });
    expect(readToken(createKeyRing([newKey]), fresh, 'unsubscribe', now).kind).toBe('valid');
    expect(readToken(createKeyRing([newKey]), old, 'unsubscribe', now)).toEqual({ kind: 'invalid' });
  });

  test('is read without an error whatever text comes in its place', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[cupas]-\d+-\d+-[\w-]{22}$/)), (text) => {
        expect(readToken(keys, text, 'confirm', now)).toEqual({ kind: 'invalid' });
      }),
    );
  });
});

describe('Links', () => {
  const ports = { publicUrl: 'https://news.example.org', tokenKeys: keys };

  test('hold ids and never an address', () => {
    expect(unsubscribeUrl(ports, { subscriptionId: '7', tokenVersion: 1 })).toMatch(
      /^https:\/\/news\.example\.org\/unsubscribe\/u-7-1-[\w-]{22}$/,
    );
    expect(confirmUrl(ports, '7', '99')).toMatch(/^https:\/\/news\.example\.org\/confirm\/c-7-99-[\w-]{22}$/);
    expect(decisionUrl(ports, { id: '5', action: 'skip', expiresAt: now })).toMatch(
      /^https:\/\/news\.example\.org\/decide\/s-5-1-\d+-[\w-]{22}$/,
    );
  });

  test('to unsubscribe never stop working', () => {
    const token = unsubscribeUrl(ports, { subscriptionId: '7', tokenVersion: 1 }).split('/').at(-1)!;
    expect(readToken(keys, token, 'unsubscribe', new Date('2126-01-01T00:00:00Z')).kind).toBe('valid');
  });
});

import { expect, test } from '@jest/globals';
import { tlsFaultOf } from '../../src/kernel/tls-fault.ts';

test.each([
  ['CERT_HAS_EXPIRED', /expired/],
  ['CERT_NOT_YET_VALID', /not valid yet/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /another name/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /signed by itself/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /issuer that this machine does not know/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /issuer that this machine does not know/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /issuer that this machine does not know/],
  ['CERT_REVOKED', /revoked/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /no TLS/],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', /no TLS/],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', /too old/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /too old/],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /no cipher in common/],
  ['ERR_SSL_DH_KEY_TOO_SMALL', /no cipher in common/],
  ['ERR_SSL_SOMETHING_NEW', /handshake failed/],
  ['EPROTO', /handshake failed/],
])('a failed handshake (%s) is told in words', (code, words) => {
  expect(tlsFaultOf(code)).toMatch(words);
});

test.each(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', ''])('%j is no fault of a handshake', (code) => {
  expect(tlsFaultOf(code)).toBeUndefined();
});

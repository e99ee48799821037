/** What is wrong with a TLS handshake, by node's code of the error, in words for staff; undefined for an error that is about something else. */
export function tlsFaultOf(code: string): string | undefined {
  return faults.get(code) ?? (isAboutTls(code) ? 'the handshake failed' : undefined);
}

function isAboutTls(code: string): boolean {
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|EPROTO|ALTNAME/.test(code);
}

// OpenSSL's X509 codes as node names them, and ERR_SSL_ with OpenSSL's reason.
const faults: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'the certificate has expired': 'CERT_HAS_EXPIRED',
    'the certificate is not valid yet: is the clock right?': 'CERT_NOT_YET_VALID',
    'the certificate is for another name': 'ERR_TLS_CERT_ALTNAME_INVALID HOSTNAME_MISMATCH ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
    'the certificate is signed by itself': 'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN',
    'the certificate is from an issuer that this machine does not know, or comes without its chain':
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY CERT_UNTRUSTED INVALID_CA',
    'the certificate was revoked': 'CERT_REVOKED',
    'the certificate is too weak': 'CERT_SIGNATURE_FAILURE ERR_SSL_EE_KEY_TOO_SMALL ERR_SSL_CA_KEY_TOO_SMALL ERR_SSL_CA_MD_TOO_WEAK',
    'the server speaks only a protocol version that is too old':
      'ERR_SSL_UNSUPPORTED_PROTOCOL ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION ERR_SSL_VERSION_TOO_LOW ERR_SSL_WRONG_SSL_VERSION ERR_SSL_NO_PROTOCOLS_AVAILABLE',
    'the server speaks no TLS there':
      'ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_PACKET_LENGTH_TOO_LONG ERR_SSL_HTTP_REQUEST ERR_SSL_UNKNOWN_PROTOCOL',
    'the server and this machine have no cipher in common':
      'ERR_SSL_NO_SHARED_CIPHER ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE ERR_SSL_DH_KEY_TOO_SMALL ERR_SSL_NO_CIPHERS_AVAILABLE',
    'the server asks for a certificate of ours': 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  }).flatMap(([words, codes]) => codes.split(' ').map((code) => [code, words] as const)),
);

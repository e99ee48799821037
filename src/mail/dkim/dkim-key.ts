import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { InvalidInputError } from '../../kernel/errors.ts';

/** A private key that signs mail, and the public half as DNS holds it. */
export interface DkimKey {
  readonly privateKey: KeyObject;
  /** Length of the modulus. */
  readonly bits: number;
  /** What stands after `p=`: the SubjectPublicKeyInfo in base64, as every verifier reads it (RFC 6376 3.6.1, appendix C). */
  readonly publicKey: string;
}

/** RFC 8301 3.2: signers use at least 2,048 bits; verifiers need not take more than 4,096. */
const dkimKeyBits = { least: 2048, most: 4096 } as const;

/** Reads a private key of RSA, PKCS#8 or PKCS#1, in PEM. @throws InvalidInputError that says what is wrong with it, and nothing of the key. */
export function parseDkimKey(pem: string): DkimKey {
  const privateKey = privateKeyOf(pem.trim());
  if (privateKey.asymmetricKeyType !== 'rsa') throw refused(`one of the kind ${privateKey.asymmetricKeyType ?? 'unknown'}`);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < dkimKeyBits.least || bits > dkimKeyBits.most) throw refused(`one of ${bits} bits`);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
  return { privateKey, bits, publicKey };
}

function privateKeyOf(pem: string): KeyObject {
  if (pem === '') throw refused('nothing');
  if (/-----BEGIN ENCRYPTED|^Proc-Type: ?4,ENCRYPTED/m.test(pem)) throw refused('one that a passphrase locks; store it without');
  if (/-----BEGIN (?:RSA )?PUBLIC KEY/.test(pem)) throw refused('its public half alone');
  if (!pem.startsWith('-----BEGIN ')) throw refused('a text that is no PEM');
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    // The cause's text is OpenSSL's and quotes nothing of the key.
    throw refused('a PEM that cannot be read', cause);
  }
}

function refused(came: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`Expected a private RSA key of ${dkimKeyBits.least} to ${dkimKeyBits.most} bits in PEM, got ${came}`, {
    cause,
  });
}

/** The record that publishes a key (RFC 6376 3.6.1). */
export function dkimRecord({ publicKey }: Pick<DkimKey, 'publicKey'>): string {
  return `v=DKIM1; k=rsa; p=${publicKey}`;
}

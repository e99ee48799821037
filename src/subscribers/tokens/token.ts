import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a link may do. A token of one purpose is worthless for any other. */
export type TokenPurpose =
  'confirm' | 'unsubscribe' | 'preferences' | 'fresh' | 'address' | 'undo' | 'approve' | 'skip' | 'form' | 'form_again';

/** The keys that tokens are checked with: the first one signs, all verify, so that a key can be replaced without killing old links. */
export type KeyRing = readonly [Buffer, ...Buffer[]];

/** What a token says. It names rows by id; it never holds an address. */
export interface TokenContent {
  readonly purpose: TokenPurpose;
  /** Id of the subscription, of the person for `fresh` and `address`, of the staff link for `approve` and `skip`, or of the newsletter for `form` and `form_again`. */
  readonly subjectId: string;
  /** A number that must match the row's own: raising that one takes back every link with an older one. */
  readonly version: string;
  readonly expiresAt?: Date;
}

/** What reading a token gives. `invalid` covers forged, mangled and foreign ones alike. */
export type TokenReading =
  | { readonly kind: 'valid'; readonly subjectId: string; readonly version: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' };

const letters: Readonly<Record<TokenPurpose, string>> = {
  confirm: 'c',
  unsubscribe: 'u',
  preferences: 'p',
  fresh: 'f',
  address: 'd',
  undo: 'b',
  approve: 'a',
  skip: 's',
  form: 'n',
  form_again: 'g',
};

// 128 bits: far beyond guessing, and the whole link still fits one line of a text mail.
const macBytes = 16;
const tokenPattern = /^(?<claims>(?<letter>[a-z])-(?<subjectId>\d{1,19})-(?<version>\d{1,19})(?:-(?<expiry>\d{1,12}))?)-(?<mac>[\w-]{22})$/;

/** The keys as configured, the signing one first. @throws RangeError on an empty list, which the settings already refuse */
export function createKeyRing(secrets: readonly string[]): KeyRing {
  const [first, ...others] = secrets.map((secret) => Buffer.from(secret, 'utf8'));
  if (!first) throw new RangeError('Expected at least one token key, got none');
  return [first, ...others];
}

/** A token that is safe in a URL path: letters, digits, hyphens and underscores. */
export function makeToken(keys: KeyRing, content: TokenContent): string {
  const parts = [letters[content.purpose], content.subjectId, content.version];
  // Rounded up, so that a token never expires earlier than it says.
  if (content.expiresAt) parts.push(String(Math.ceil(content.expiresAt.getTime() / 1000)));
  const claims = parts.join('-');
  return `${claims}-${sign(keys[0], claims)}`;
}

/** Reads a token for one purpose. Every key is tried and each comparison takes the same time wherever the texts differ. */
export function readToken(keys: KeyRing, token: string, purpose: TokenPurpose, now: Date): TokenReading {
  const groups = tokenPattern.exec(token)?.groups;
  if (!groups) return { kind: 'invalid' };
  const { claims = '', letter, subjectId = '', version = '', expiry, mac = '' } = groups;
  if (letter !== letters[purpose]) return { kind: 'invalid' };
  const given = Buffer.from(mac);
  const matches = keys.filter((key) => timingSafeEqual(given, Buffer.from(sign(key, claims))));
  if (matches.length === 0) return { kind: 'invalid' };
  if (expiry !== undefined && Number(expiry) * 1000 <= now.getTime()) return { kind: 'expired' };
  return { kind: 'valid', subjectId, version };
}

function sign(key: Buffer, claims: string): string {
  // The prefix keeps these MACs apart from any other use of the same key.
  return createHmac('sha256', key).update(`gazette token 1\n${claims}`).digest().subarray(0, macBytes).toString('base64url');
}

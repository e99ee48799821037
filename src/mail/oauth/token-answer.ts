import { cutAtWord } from '../../kernel/cut-text.ts';
import { redactAddresses } from '../../kernel/text/any-address.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';

/** A token that logs in. */
export interface AccessToken {
  readonly value: string;
  /** Until then it is used: some time before it ends, since a login takes its time. */
  readonly freshUntil: Date;
  /** The next refresh token, where the server gave one. */
  readonly refreshToken?: string;
}

/** No token came. `login`: somebody has to mend something. */
export interface TokenFailure {
  readonly trouble: 'unreachable' | 'login';
  readonly reason: string;
}

/** What a token server said: all of it, as it came. */
export interface TokenReply {
  readonly status: number;
  readonly text: string;
}

const second = 1_000;
const spareMs = 60 * second;
/** RFC 6749 5.1 only recommends `expires_in`: short enough for any server, and what ends earlier all the same is renewed when it is refused. */
const unstatedLifeMs = 300 * second;
const longestLifeMs = 24 * 3_600 * second;
/** With the name of the user it has to fit into a line of 12,288 octets in base64 (RFC 4954 4). */
const longestToken = 8_000;
const longestWords = 200;

/** Makes a token or a reason of what the server said. `askedAt`: a token is no younger. `secrets`: what was sent, which no reason repeats. */
export function readTokenReply({ status, text }: TokenReply, askedAt: Date, secrets: readonly string[]): AccessToken | TokenFailure {
  const answer = fieldsOf(text);
  if (status >= 300 && status < 400)
    return { trouble: 'unreachable', reason: `token server redirects (HTTP ${status}): its address is another` };
  if (typeof answer['error'] === 'string') return refusal(answer['error'], answer['error_description'], secrets);
  if (status === 408 || status === 429 || status >= 500)
    return { trouble: 'unreachable', reason: `token server is out of order (HTTP ${status})` };
  if (status >= 400) return { trouble: 'login', reason: `token server refused the login (HTTP ${status})` };
  const { access_token: value, token_type: type = 'bearer', expires_in: lifeSeconds, refresh_token: refreshToken } = answer;
  if (status !== 200 || !isToken(value)) return { trouble: 'unreachable', reason: 'token server answered without a token' };
  if (String(type).toLowerCase() !== 'bearer') return { trouble: 'login', reason: 'token server gave a token that is no bearer token' };
  return {
    value,
    freshUntil: new Date(askedAt.getTime() + usedForMs(lifeSeconds)),
    ...(isToken(refreshToken) ? { refreshToken } : {}),
  };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** RFC 6749 A.12 and A.17: what can be seen, and blanks. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestToken && /^[\x21-\x7E]+$/.test(value);
}

/** A minute before its end; of what lives for less than two minutes half of it, or it would never be used. Some servers state the seconds as a text. */
function usedForMs(lifeSeconds: unknown): number {
  const isStated = typeof lifeSeconds === 'number' || (typeof lifeSeconds === 'string' && /^\d{1,9}$/.test(lifeSeconds));
  const statedMs = isStated ? Number(lifeSeconds) * second : NaN;
  const lifeMs = statedMs > 0 ? Math.min(statedMs, longestLifeMs) : unstatedLifeMs;
  return Math.max(lifeMs - spareMs, lifeMs / 2);
}

// RFC 6749 5.2 has no such errors for tokens; servers say them all the same, as 4.1.2.1 has them.
const passing: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

function refusal(error: string, description: unknown, secrets: readonly string[]): TokenFailure {
  const shown = shownWords(error, secrets);
  const details = typeof description === 'string' ? shownWords(description, secrets) : '';
  return {
    trouble: passing.has(error) ? 'unreachable' : 'login',
    reason: `token server refused the login: ${shown}${details === '' ? '' : ` (${details})`}`,
  };
}

/** Words of a server on one line, without addresses and whatever may be a secret: what was sent, pieces of it, and long words. */
function shownWords(text: string, secrets: readonly string[]): string {
  const line = secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((rest, secret) => rest.replaceAll(secret, hidden), cleanLine(text.slice(0, 10 * longestWords)));
  const mayBeSecret = (word: string): boolean => word.length >= longestWord || secrets.some((secret) => secret.includes(word));
  return cutAtWord(
    redactAddresses(line).replaceAll(/[\w~+/=%-]{6,}/g, (word) => (mayBeSecret(word) ? hidden : word)),
    longestWords,
  );
}

const hidden = '[…]';
/** A shorter one would be found in every sentence. */
const shortestSecret = 4;
/** Longer ones are tokens and ids. */
const longestWord = 24;

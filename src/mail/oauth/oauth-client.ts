/*
 * OAuth 2: logging in with tokens that a token server gives (RFC 6749), where a server takes no password.
 * Invariant: what a token server does ends in a token or in a reason; no reason holds a secret, a token or more of its words than a line.
 */
import { InvalidInputError } from '../../kernel/errors.ts';
import { isLoopbackHost } from '../loopback.ts';

/** With what an account asks for tokens. */
export interface OAuthClient {
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Undefined: a public client, which has a refresh token. */
  readonly clientSecret?: string | undefined;
  /** What a person allowed once (RFC 6749 6); undefined: the client asks in its own name (4.4). */
  readonly refreshToken?: string | undefined;
  readonly scope?: string | undefined;
}

/** Checks where secrets are sent. @throws InvalidInputError that repeats nothing of it */
export function parseTokenUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname.replaceAll(/^\[|\]$/g, '')));
  if (!url || !isSafe || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new InvalidInputError('Expected the address of a token server, https://host/path (http:// only on this machine)');
  return url;
}

/** The form that asks for a token. The client is named in it (RFC 6749 2.3.1), which Microsoft, Google and others document first. */
export function tokenForm({ clientId, clientSecret, scope }: OAuthClient, refreshToken: string | undefined): URLSearchParams {
  const fields = {
    ...(refreshToken === undefined ? { grant_type: 'client_credentials' } : { grant_type: 'refresh_token', refresh_token: refreshToken }),
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...(scope === undefined ? {} : { scope }),
  };
  return new URLSearchParams(fields);
}

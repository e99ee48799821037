import { createHash } from 'node:crypto';
import { InvalidInputError } from '../../kernel/errors.ts';
import { isLoopbackHost } from '../loopback.ts';
import type { DomainLimits, SendingLimits } from '../sending-limits.ts';
import { readSmtpOptions, type TlsMode } from './smtp-options.ts';

/** With what an account logs in: a password, or a token that is asked for when it is needed (oauth/). */
export type SmtpCredentials =
  { readonly kind: 'password'; readonly user: string; readonly password: string } | { readonly kind: 'oauth2'; readonly user: string };

/** Where and how to hand over mail, read from an SMTP URL. */
export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps). */
  readonly isSecure: boolean;
  readonly tls: TlsMode;
  readonly credentials?: SmtpCredentials;
  /** What we call ourselves in EHLO; undefined: the machine's name. */
  readonly clientName?: string;
  readonly isLoopback: boolean;
  /** What the URL states; what it does not, a preset may. */
  readonly limits: SendingLimits;
  /** Its server hands over to the hosts of the readers while we wait: what each of these may be given. Undefined for a relay, which hides them. */
  readonly direct?: DomainLimits;
}

/**
 * Reads `smtp://` or `smtps://user:password@host:port?tls=…&name=…&per-second=…`; `smtp-options.ts` has all options.
 * A password is never sent in clear to another machine unless `tls=off` says so, and a token not even then; a certificate is checked except on loopback and
 * with `tls=unverified`.
 * @throws InvalidInputError without the password.
 */
export function parseSmtpUrl(text: string): SmtpAccount {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    throw new InvalidInputError('Expected smtp://host:port or smtps://user:password@host:port');
  }
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'smtps:';
  const isLoopback = isLoopbackHost(host);
  const { tls, isOAuth, clientName, limits, direct } = readSmtpOptions(url);
  const credentials = isOAuth ? tokenLoginOf(url) : passwordLoginOf(url);
  if (tls === 'off' && isSecure) throw new InvalidInputError('Expected smtp:// with tls=off, got smtps://');
  // RFC 7628 4: who overhears a token has the account.
  if (isOAuth && !isLoopback && (tls === 'off' || tls === 'optional'))
    throw new InvalidInputError('Expected tls=required or tls=unverified with auth=oauth2');
  // Where the server, or whoever stands between, offers no TLS, the password would be said in clear; who wants that says so.
  if (credentials && !isLoopback && !isSecure && tls === 'optional')
    throw new InvalidInputError('Expected tls=required, tls=unverified or tls=off with a password in the SMTP URL, got tls=optional');
  return {
    host,
    port: url.port === '' ? defaultPort(isSecure) : Number(url.port),
    isSecure,
    tls: tls ?? (!isLoopback && credentials !== undefined ? 'required' : 'optional'),
    ...(credentials ? { credentials } : {}),
    ...(clientName === undefined ? {} : { clientName }),
    isLoopback,
    limits,
    ...(direct ? { direct } : {}),
  };
}

/** A stable name for an account: its server, and a short hash of the login where it has one, which tells two logins apart and shows neither. */
export function accountName({ host, port, credentials }: SmtpAccount): string {
  const server = `${host.includes(':') ? `[${host}]` : host}:${port}`.toLowerCase();
  if (!credentials) return server;
  return `${server}#${createHash('sha256').update(credentials.user).digest('hex').slice(0, 8)}`;
}

// RFC 8314: submission with implicit TLS on 465, with STARTTLS on 587.
function defaultPort(isSecure: boolean): number {
  return isSecure ? 465 : 587;
}

function passwordLoginOf(url: URL): SmtpCredentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return { kind: 'password', user: decoded(url.username), password: decoded(url.password) };
}

function tokenLoginOf(url: URL): SmtpCredentials {
  const user = decoded(url.username);
  // oxlint-disable-next-line no-control-regex -- they end the fields of what is said to the server
  if (user === '' || url.password !== '' || /[\x00-\x1F\x7F]/.test(user))
    throw new InvalidInputError('Expected a user and no password in the SMTP URL with auth=oauth2');
  return { kind: 'oauth2', user };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new InvalidInputError('Expected user and password of the SMTP URL percent-encoded (% as %25, @ as %40)', { cause });
  }
}

import { createHash } from 'node:crypto';
import { InvalidInputError } from '../../kernel/errors.ts';

/** How a connection is protected. `optional`: STARTTLS where it is offered. `unverified`: encrypted, whatever the certificate says. */
export type TlsMode = 'optional' | 'required' | 'unverified' | 'off';

/** Where and how to hand over mail, read from an SMTP URL. */
export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps). */
  readonly isSecure: boolean;
  readonly tls: TlsMode;
  readonly credentials?: { readonly user: string; readonly password: string };
  /** What we call ourselves in EHLO; undefined: the machine's name. */
  readonly clientName?: string;
  readonly isLoopback: boolean;
}

const tlsModes: readonly string[] = ['optional', 'required', 'unverified', 'off'] satisfies TlsMode[];

/**
 * Reads `smtp://` or `smtps://user:password@host:port?tls=…&name=…`.
 * A password is never sent in clear to another machine unless `tls=off` says so; a certificate is checked except on loopback and with `tls=unverified`.
 * @throws InvalidInputError without the password.
 */
export function parseSmtpUrl(text: string): SmtpAccount {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    throw new InvalidInputError('Expected smtp://host:port or smtps://user:password@host:port');
  }
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'smtps:';
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
  const credentials = credentialsOf(url);
  const clientName = optionOf(url, 'name');
  if (clientName !== undefined && !/^[A-Za-z0-9.-]{1,253}$/.test(clientName))
    throw new InvalidInputError('Expected name= in the SMTP URL as a host name');
  return {
    host,
    port: url.port === '' ? defaultPort(isSecure) : Number(url.port),
    isSecure,
    tls: tlsModeOf(url, !isLoopback && credentials !== undefined),
    ...(credentials ? { credentials } : {}),
    ...(clientName === undefined ? {} : { clientName }),
    isLoopback,
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

function credentialsOf(url: URL): SmtpAccount['credentials'] {
  if (url.username === '' && url.password === '') return undefined;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch (cause) {
    throw new InvalidInputError('Expected user and password of the SMTP URL percent-encoded (% as %25, @ as %40)', { cause });
  }
}

function tlsModeOf(url: URL, needsTls: boolean): TlsMode {
  const stated = optionOf(url, 'tls') ?? (needsTls ? 'required' : 'optional');
  if (!tlsModes.includes(stated)) throw new InvalidInputError(`Expected tls= in the SMTP URL as one of ${tlsModes.join(', ')}`);
  if (stated === 'off' && url.protocol === 'smtps:') throw new InvalidInputError('Expected smtp:// with tls=off, got smtps://');
  return stated as TlsMode;
}

function optionOf(url: URL, name: string): string | undefined {
  const unknown = [...url.searchParams.keys()].find((key) => key !== 'tls' && key !== 'name');
  if (unknown !== undefined) throw new InvalidInputError('Expected no option in the SMTP URL but tls= and name=');
  return url.searchParams.get(name) ?? undefined;
}

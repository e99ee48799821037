/*
 * The app: what an operator has set, and everything to the left opened, wired and closed by it, for whoever calls: a command, the server, a test.
 * Invariant: which implementation a port gets in a running process is chosen here, and whoever opens something closes it.
 * Order: variables/ · config · installation/ · finding · checks/, domains/, outgoing/ · the rest · demo/, metrics/.
 *
 * This file is the settings from the environment. `loadConfig` is pure: it takes the variables and a way to read secret files, and returns a Config or
 * throws one ConfigError that lists every problem with its variable, what came and what is expected. Secrets are never quoted in a message.
 * A test ties this schema to .env.example.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { ConfigError } from '../kernel/errors.ts';
import { asciiDomainOf, isDnsName } from '../mail/domain-name.ts';
import {
  accountFaults,
  accountOfVariable,
  accountVariables,
  isAccountVariable,
  type MailAccount,
  oauthSettingsOf,
  tokenLoginVariables,
} from './variables/mail-accounts.ts';
import { isSecretOAuthVariable } from './variables/oauth-settings.ts';
import { parseListenAddress } from './variables/listen-address.ts';

/** Everything an operator can set, with defaults applied. */
export type Config = Readonly<z.infer<typeof schema>> & {
  /** Every account that mail may go through, SMTP_URL first where it is set. */
  readonly mailAccounts: readonly MailAccount[];
};

/** Reads a file named by a `…_FILE` variable; throws when it cannot. */
export type ReadSecretFile = (path: string) => string;

const secretNames = ['DATABASE_URL', 'SMTP_URL', 'ADDRESS_KEY_SECRET', 'TOKEN_KEYS', 'HEARTBEAT_URL', 'DKIM_KEY'] as const;

/**
 * For how many days deliveries may be kept. Fewer would forget what rules look back at: an address that refused five digests in a row, be it over months; whether
 * somebody has a post that is corrected.
 */
export const keepBounds = { atLeast: 90, atMost: 36_500 } as const;

const publicUrl = z
  .string()
  .refine((text) => isOrigin(text), 'expected an http(s) URL without a path, such as https://news.example.org')
  .transform((text) => new URL(text).origin);

const tokenKey = z.string().regex(/^\S{32,}$/, 'expected comma-separated keys of 32 characters or more');

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'expected postgres://user:password@host:5432/database' }).optional(),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, hostname: /./, error: 'expected smtp://user:password@host:587 or smtps://user:password@host:465' })
    .optional(),
  PUBLIC_URL: publicUrl.optional(),
  HOST: z
    .string()
    .refine((text) => isHost(text), 'expected an IP address or a host name')
    .default('127.0.0.1'),
  PORT: integer(0, 65_535).default(8080),
  DATA_FOLDER: z.string().min(1).default('data'),
  ADDRESS_KEY_SECRET: z.string().min(32, 'expected 32 characters or more').optional(),
  TOKEN_KEYS: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .pipe(z.array(tokenKey).min(1))
    .optional(),
  TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .refine((proxies) => proxies.every(isNetwork), 'expected comma-separated IP addresses or networks, such as 127.0.0.1,10.0.0.0/8')
    .optional(),
  CONSENT_IP: z.stringbool({ error: 'expected true or false' }).default(false),
  STAFF_ADDRESS: z
    .string()
    .regex(/^[^@\s]+@[^@\s]+$/, 'expected a mail address')
    .optional(),
  USER_AGENT_CONTACT: z
    .string()
    .regex(/^(https?:\/\/\S+|[^@\s]+@[^@\s]+)$/, 'expected a URL or a mail address')
    .optional(),
  TAG_AUTHORITY: z
    .string()
    .refine((text) => isTagAuthority(text), 'expected a domain of yours and a day, such as example.org,2026-01-01')
    .optional(),
  ALLOW_PRIVATE_SOURCES: z.stringbool({ error: 'expected true or false' }).default(false),
  SMTP_CONNECTIONS: integer(1, 100).default(4),
  SMTP_TIMEOUT_FACTOR: decimal(0.01, 10).default(1),
  INBOUND_ADDRESS: z
    .string()
    .refine((text) => isAddressOfHost(text), 'expected a mail address with an ASCII domain')
    .optional(),
  BOUNCE_DOMAIN: z
    .string()
    .refine((text) => isDomain(text), 'expected a domain, such as bounce.example.org')
    .optional(),
  DKIM: z.enum(['own', 'relay'], { error: 'expected own or relay' }).default('relay'),
  DKIM_DOMAIN: z
    .string()
    .refine((text) => asciiDomainOf(text) !== undefined, 'expected a domain, such as example.org')
    .optional(),
  DKIM_SELECTOR: z.string().refine(isDnsName, 'expected letters, digits, hyphens and dots').default('gazette'),
  // Where a variable can have no line breaks they are written as \n. What is wrong with it is said where it is needed: no command but those that mail does.
  DKIM_KEY: z
    .string()
    .transform((text) => text.replaceAll(String.raw`\n`, '\n'))
    .optional(),
  NOTICE_ACCOUNT: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,40}$/, 'expected the name of an account, such as default, or news of SMTP_NEWS_URL')
    .optional(),
  IN_DOUBT: z.enum(['resend', 'hold'], { error: 'expected resend or hold' }).default('resend'),
  DELIVERY_RETRY_HOURS: integer(1, 336).default(48),
  CATCH_UP_HOURS: integer(0, 168).default(6),
  JOIN_REACH_DAYS: integer(0, 3_650).default(35),
  KEEP_DELIVERIES: z
    .string()
    .refine(
      (text) => keepDaysOf(text) !== undefined,
      `expected forever, or a number of days from ${keepBounds.atLeast} to ${keepBounds.atMost}`,
    )
    .transform((text) => keepDaysOf(text) ?? 'forever')
    .default(730),
  HEARTBEAT_URL: z.url({ protocol: /^https?$/, hostname: /./, error: 'expected https://host/path of the outside watch' }).optional(),
  METRICS_LISTEN: z
    .string()
    .refine((text) => parseListenAddress(text) !== undefined, 'expected a port, or host:port, such as 9464 or 10.0.0.5:9464')
    .optional(),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug'], { error: 'expected error, warn, info or debug' }).default('info'),
});

/** How long deliveries are kept; `forever` is 0, too. */
function keepDaysOf(text: string): number | 'forever' | undefined {
  if (text === 'forever' || text === '0') return 'forever';
  const days = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return days >= keepBounds.atLeast && days <= keepBounds.atMost ? days : undefined;
}

/** Whether a text is an IP address or a host name, and nothing more. */
function isHost(text: string): boolean {
  return isIP(text) !== 0 || (/^[\w.-]+$/.test(text) && URL.canParse(`http://${text}`));
}

/** Whether a text is a domain as it stands in an address. */
function isDomain(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i.test(text) && text.length <= 180;
}

/** Whether a text is an address as it may stand in a header and in a mailto link. */
function isAddressOfHost(text: string): boolean {
  const [local = '', domain = '', ...rest] = text.split('@');
  return rest.length === 0 && /^[a-z0-9._+-]{1,64}$/i.test(local) && isDomain(domain);
}

/** Whether a text is an IP address, or one with the length of a network's prefix. */
function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits));
}

/** Whether a text is the authority of a tag: URI (RFC 4151, 2.1): a domain, and a day that there was, in full or its month or year. */
function isTagAuthority(text: string): boolean {
  const day = /^[a-z0-9][a-z0-9.-]*,(\d{4}(?:-\d{2}){0,2})$/.exec(text)?.[1];
  const date = new Date(day ?? '');
  return day !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** Whether a text names a web server and nothing on it. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === '';
}

function integer(minimum: number, maximum: number) {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, error)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, error);
}

function decimal(minimum: number, maximum: number) {
  const error = `expected a number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,6}(?:\.\d{1,6})?$/, error)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, error);
}

/** `…_FILE` twins included. */
const variableNames: readonly string[] = [...Object.keys(schema.shape), ...secretNames.map((name) => `${name}_FILE`)];

/** The names of all variables, those of further accounts among what is set included. */
export function variableNamesAmong(set: Iterable<string>): readonly string[] {
  const all = [...set];
  return [...variableNames, ...[...accountVariables(all), ...tokenLoginVariables(all)].flatMap((name) => [name, `${name}_FILE`])];
}

/** Whether the value of a variable must not be shown. */
export function isSecretVariable(name: string): boolean {
  return isAccountVariable(name) || isSecretOAuthVariable(name) || (secretNames as readonly string[]).includes(name);
}

/** @throws ConfigError listing all problems, one line each. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, readSecretFile: ReadSecretFile): Config {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    // An empty variable is how env files spell "not set".
    if (env[name]) values[name] = env[name];
  }
  for (const name of secretNames) readTwin(name, env, values, readSecretFile, problems);
  const parsed = schema.safeParse(values);
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => describe(issue, values)));
  const mailAccounts = readAccounts(env, values, readSecretFile, problems);
  const notices = parsed.data?.NOTICE_ACCOUNT;
  if (notices !== undefined && !mailAccounts.some(({ name }) => name === notices)) {
    const known = mailAccounts.map(({ name }) => name).join(', ');
    problems.push(`NOTICE_ACCOUNT: expected an account that is configured (${known || 'there is none'}), got "${notices}"`);
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)].join('\n'));
  return { ...parsed.data, mailAccounts };
}

/** SMTP_URL, as it was read, and every account that has a name. What is no URL at all the schema has said of SMTP_URL. */
function readAccounts(
  env: Readonly<Record<string, string | undefined>>,
  read: Readonly<Record<string, string>>,
  readSecretFile: ReadSecretFile,
  problems: string[],
): MailAccount[] {
  const urls: Record<string, string> = read['SMTP_URL'] ? { SMTP_URL: read['SMTP_URL'] } : {};
  for (const name of accountVariables(Object.keys(env))) {
    if (env[name]) urls[name] = env[name];
    readTwin(name, env, urls, readSecretFile, problems);
  }
  const texts: Record<string, string> = {};
  for (const name of tokenLoginVariables(Object.keys(env))) {
    if (env[name]) texts[name] = env[name];
    readTwin(name, env, texts, readSecretFile, problems);
  }
  const accounts = Object.entries(urls).map(([variable, url]): MailAccount => ({
    name: accountOfVariable(variable),
    variable,
    url,
    ...oauthSettingsOf(variable, texts),
  }));
  if (problems.some((problem) => problem.startsWith('SMTP_URL:'))) return accounts;
  problems.push(...accounts.flatMap(accountFaults));
  return accounts;
}

function readTwin(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  values: Record<string, string>,
  read: ReadSecretFile,
  problems: string[],
) {
  const path = env[`${name}_FILE`];
  if (!path) return;
  if (values[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: expected one of them`);
  try {
    values[name] = read(path).trim();
  } catch (error) {
    problems.push(`${name}_FILE: expected a readable file, got "${path}" (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`);
  }
}

function describe(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  const came = isSecretVariable(name) ? masked(name, values[name] ?? '') : `"${values[name] ?? ''}"`;
  const expected = issue.message.startsWith('expected') ? issue.message : issue.message.replace(/^Invalid input: /, '');
  return `${name}: ${expected}, got ${came}`;
}

/** URLs whose path is the secret. */
const secretPaths: ReadonlySet<string> = new Set(['HEARTBEAT_URL']);

/** A secret as a message or `doctor` may show it: of a URL what is no secret in it, else only its length. */
export function masked(name: string, value: string): string {
  if (name.endsWith('_URL') && URL.canParse(value) && new URL(value).host !== '') {
    const url = new URL(value);
    return `"${url.protocol}//${url.username ? '***@' : ''}${url.host}${secretPaths.has(name) ? '/***' : url.pathname}"`;
  }
  return `a text of ${value.length} characters (not shown)`;
}

/** Where readers reach our web server, without a trailing slash. */
export function publicUrlOf(config: Pick<Config, 'PUBLIC_URL' | 'PORT'>): string {
  return config.PUBLIC_URL ?? `http://localhost:${config.PORT}`;
}

/** Where this machine reaches its own web server, whatever the world calls it: the sample's sources lie there. */
export function localUrlOf({ HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>): string {
  const isAnyOrLoopback = ['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(HOST);
  return `http://${isAnyOrLoopback ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST}:${PORT}`;
}

/*
 * Settings from the environment. `loadConfig` is pure: it takes the variables and a way to read secret files, and returns a Config or
 * throws one ConfigError that lists every problem with its variable, what came and what is expected. Secrets are never quoted in a message.
 * A test ties this schema to .env.example.
 */
import { z } from 'zod';
import { ConfigError } from '../kernel/errors.ts';

/** Everything an operator can set, with defaults applied. */
export type Config = Readonly<z.infer<typeof schema>>;

/** Reads a file named by a `…_FILE` variable; throws when it cannot. */
export type ReadSecretFile = (path: string) => string;

const secretNames = ['DATABASE_URL', 'SMTP_URL', 'ADDRESS_KEY_SECRET', 'TOKEN_KEYS'] as const;

const secretText = z.string().min(32, 'expected at least 32 characters of random text');

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'expected postgres://user:password@host:5432/database' }).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'expected smtp://user:password@host:587 or smtps://user:password@host:465' }).optional(),
  SMTP_CONNECTIONS: z.coerce.number({ error: 'expected a number from 1 to 100' }).int().min(1).max(100).default(5),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'expected a port from 0 to 65535' }).int().min(0).max(65_535).default(8025),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'expected an http(s) URL such as https://news.example.org' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  DATA_FOLDER: z.string().min(1).default('data'),
  ADDRESS_KEY_SECRET: secretText.optional(),
  TOKEN_KEYS: z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .pipe(z.array(secretText).min(1))
    .optional(),
  TAG_AUTHORITY: z
    .string()
    .regex(/^[a-z0-9.-]+$/, 'expected a domain name of yours such as example.org')
    .optional(),
  STAFF_ADDRESS: z.string().min(3).optional(),
  CONTACT_URL: z.url({ protocol: /^https?$/, error: 'expected an http(s) URL' }).optional(),
  ALLOW_PRIVATE_SOURCES: z.stringbool({ error: 'expected true or false' }).default(false),
  IN_DOUBT: z.enum(['resend', 'hold'], { error: 'expected resend or hold' }).default('resend'),
  CATCH_UP_HOURS: z.coerce.number({ error: 'expected a number of hours' }).min(0).max(168).default(6),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug'], { error: 'expected error, warn, info or debug' }).default('warn'),
});

/** The names of all variables, `…_FILE` twins included. */
export const variableNames: readonly string[] = [...Object.keys(schema.shape), ...secretNames.map((name) => `${name}_FILE`)];

/** The names whose values must not be shown. */
export const secretVariables: ReadonlySet<string> = new Set(secretNames);

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
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)].join('\n'));
  return parsed.data;
}

function readTwin(name: string, env: Readonly<Record<string, string | undefined>>, values: Record<string, string>, read: ReadSecretFile, problems: string[]) {
  const path = env[`${name}_FILE`];
  if (!path) return;
  if (values[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: expected one of them`);
  try {
    values[name] = read(path).trim();
  } catch {
    problems.push(`${name}_FILE: expected a readable file, got "${path}"`);
  }
}

function describe(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string {
  const name = String(issue.path[0]);
  const came = secretVariables.has(name) ? masked(name, values[name] ?? '') : `"${values[name] ?? ''}"`;
  const expected = issue.message.startsWith('expected') ? issue.message : issue.message.replace(/^Invalid input: /, '');
  return `${name}: ${expected}, got ${came}`;
}

/** A secret as a message or `doctor` may show it: the scheme and host of a URL, else only its length. */
export function masked(name: string, value: string): string {
  if (name.endsWith('_URL') && URL.canParse(value) && new URL(value).host !== '') {
    const url = new URL(value);
    return `"${url.protocol}//${url.username ? '***@' : ''}${url.host}${url.pathname}"`;
  }
  return `a text of ${value.length} characters (not shown)`;
}

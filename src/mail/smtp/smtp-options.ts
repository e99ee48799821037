import { InvalidInputError } from '../../kernel/errors.ts';
import type { DomainLimits, SendingLimits } from '../sending-limits.ts';

/** How a connection is protected. `optional`: STARTTLS where it is offered. `unverified`: encrypted, whatever the certificate says. */
export type TlsMode = 'optional' | 'required' | 'unverified' | 'off';

/** What may be said behind the `?` of an SMTP URL; what is not said is not there. */
export interface SmtpOptions {
  readonly tls?: TlsMode;
  /** Logs in with a token instead of a password. */
  readonly isOAuth: boolean;
  readonly clientName?: string;
  readonly limits: SendingLimits;
  /** Its server hands over to the hosts of the readers while we wait, and says what they say. */
  readonly direct?: DomainLimits;
}

/** One option: what it expects, in words that follow "as", and how it is read; undefined where the text is no such thing. */
interface Option {
  readonly expected: string;
  readonly read: (text: string) => string | number | undefined;
}

const tlsModes: readonly string[] = ['optional', 'required', 'unverified', 'off'] satisfies TlsMode[];
const mostMessages = 1_000_000;
/** Large hosts count connections of one sender, and small ones have few. */
const usualDomainConnections = 2;

/** Every option by its name in the URL. */
const options = {
  tls: { expected: `one of ${tlsModes.join(', ')}`, read: (text) => (tlsModes.includes(text) ? text : undefined) },
  name: { expected: 'a host name', read: (text) => (/^[A-Za-z0-9.-]{1,253}$/.test(text) ? text : undefined) },
  auth: { expected: 'oauth2', read: (text) => (text === 'oauth2' ? text : undefined) },
  connections: wholeNumber(1, 100),
  'per-second': wholeNumber(1, mostMessages),
  'per-minute': wholeNumber(1, mostMessages),
  'per-hour': wholeNumber(1, mostMessages),
  'per-day': wholeNumber(1, mostMessages),
  'messages-per-connection': wholeNumber(1, mostMessages),
  'idle-seconds': wholeNumber(1, 3_600),
  direct: { expected: 'yes or no', read: (text) => (text === 'yes' || text === 'no' ? text : undefined) },
  'domain-connections': wholeNumber(1, 100),
  'domain-per-minute': wholeNumber(1, mostMessages),
} as const satisfies Readonly<Record<string, Option>>;

/** Which limit each option of a number sets. */
const limitOptions = {
  connections: 'connections',
  'per-second': 'perSecond',
  'per-minute': 'perMinute',
  'per-hour': 'perHour',
  'per-day': 'perDay',
  'messages-per-connection': 'messagesPerConnection',
  'idle-seconds': 'idleSeconds',
} as const satisfies Readonly<Partial<Record<keyof typeof options, keyof SendingLimits>>>;

function wholeNumber(least: number, most: number): Option {
  return {
    expected: `a whole number from ${least} to ${most}`,
    read(text) {
      const value = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** Reads the options of an SMTP URL. @throws InvalidInputError that names the option and never what came: a password with a bare `?` would stand there. */
export function readSmtpOptions({ searchParams }: URL): SmtpOptions {
  const values = new Map<string, string | number>();
  for (const [name, text] of searchParams) {
    if (!Object.hasOwn(options, name))
      throw new InvalidInputError(`Expected no option in the SMTP URL but ${listed(Object.keys(options))}`);
    if (values.has(name)) throw new InvalidInputError(`Expected ${name}= in the SMTP URL once`);
    const { expected, read } = options[name as keyof typeof options];
    const value = read(text);
    if (value === undefined) throw new InvalidInputError(`Expected ${name}= in the SMTP URL as ${expected}`);
    values.set(name, value);
  }
  const limits = Object.entries(limitOptions).flatMap(([name, limit]) => (values.has(name) ? [[limit, values.get(name)]] : []));
  return {
    ...(values.has('tls') ? { tls: values.get('tls') as TlsMode } : {}),
    isOAuth: values.has('auth'),
    ...(values.has('name') ? { clientName: String(values.get('name')) } : {}),
    limits: Object.fromEntries(limits) as SendingLimits,
    ...directOf(values),
  };
}

/** @throws InvalidInputError where a domain is given limits that nobody would keep */
function directOf(values: ReadonlyMap<string, string | number>): Pick<SmtpOptions, 'direct'> {
  const [connections, perMinute] = [values.get('domain-connections'), values.get('domain-per-minute')];
  if (values.get('direct') === 'yes') {
    const limits = { connections: Number(connections ?? usualDomainConnections) };
    return { direct: perMinute === undefined ? limits : { ...limits, perMinute: Number(perMinute) } };
  }
  if (connections === undefined && perMinute === undefined) return {};
  throw new InvalidInputError('Expected domain-connections= and domain-per-minute= in the SMTP URL with direct=yes only');
}

function listed(names: readonly string[]): string {
  const all = names.map((name) => `${name}=`);
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

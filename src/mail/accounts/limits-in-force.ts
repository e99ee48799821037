import { rateNames, type SendingLimits } from '../sending-limits.ts';
import type { SmtpAccount } from '../smtp/smtp-account.ts';
import { type RelayPreset, relayPresets } from './relay-presets.ts';

/** Where a limit comes from: the URL, what is known of the relay, that nothing is known of it, or what holds for every account. */
export type LimitOrigin = 'stated' | 'preset' | 'unknown_relay' | 'default';

/** Limits of which some hold for every account. */
export type WholeLimits = SendingLimits & Required<Pick<SendingLimits, 'connections' | 'messagesPerConnection' | 'idleSeconds'>>;

/** What an account may be given, and who says so. */
export interface LimitsInForce {
  readonly limits: WholeLimits;
  /** Of each limit that there is. */
  readonly origins: Readonly<Partial<Record<keyof SendingLimits, LimitOrigin>>>;
  /** What is known of its relay. */
  readonly preset: RelayPreset | undefined;
}

/** Servers close sessions that stay silent; ours end first, well before the usual minutes. Some count messages per session. */
const messagesPerConnection = 100;
const idleSeconds = 20;

/** Slow enough for any relay that lets one send at all: a mailbox at a host counts by the hour. */
const unknownRelay: SendingLimits = { perSecond: 1 };

/**
 * The limits of an account: what its URL states wins over what is known of its relay, limit by limit. A relay of which nothing is known starts slowly,
 * where the URL states no rate. What lies on this machine has no limit of its own.
 */
export function limitsInForce(account: SmtpAccount, mostConnections: number): LimitsInForce {
  const preset = account.isLoopback ? undefined : findPreset(account);
  const isUnknown = !account.isLoopback && preset === undefined && !rateNames.some((name) => account.limits[name] !== undefined);
  const { connections: presetConnections = mostConnections, ...presetLimits } = preset?.limits ?? {};
  const layers: readonly (readonly [LimitOrigin, SendingLimits])[] = [
    ['default', { connections: mostConnections, messagesPerConnection, idleSeconds }],
    ['unknown_relay', isUnknown ? unknownRelay : {}],
    ['preset', { ...presetLimits, ...(presetConnections < mostConnections ? { connections: presetConnections } : {}) }],
    ['stated', account.limits],
  ];
  return {
    limits: Object.assign({}, ...layers.map(([, limits]) => limits)) as WholeLimits,
    origins: Object.assign({}, ...layers.map(([origin, limits]) => fill(limits, origin))) as LimitsInForce['origins'],
    preset,
  };
}

function fill(limits: SendingLimits, origin: LimitOrigin): Partial<Record<keyof SendingLimits, LimitOrigin>> {
  return Object.fromEntries(Object.keys(limits).map((name) => [name, origin]));
}

function findPreset({ host, credentials }: SmtpAccount): RelayPreset | undefined {
  const name = host.toLowerCase();
  const loginDomain = credentials?.user.split('@').at(1)?.toLowerCase();
  return relayPresets.find(
    ({ hosts, loginDomains }) =>
      hosts.some((known) => name === known || name.endsWith(`.${known}`)) &&
      (loginDomains === undefined || (loginDomain !== undefined && loginDomains.includes(loginDomain))),
  );
}

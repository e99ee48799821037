/** Messages that an account may be given in a span of time; what is not there has no limit. */
export interface SendingRates {
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perHour?: number;
  readonly perDay?: number;
}

/** What an account may be given: its rates, and how its connections are used. */
export interface SendingLimits extends SendingRates {
  /** Connections of one worker at most. */
  readonly connections?: number;
  /** After so many messages a connection ends and another takes its place. */
  readonly messagesPerConnection?: number;
  /** A connection that carries nothing for so long ends. */
  readonly idleSeconds?: number;
}

/** What each receiving domain may be given, of an account whose server hands over to the hosts of the readers while we wait. */
export interface DomainLimits {
  /** Messages of one worker on their way there at once. */
  readonly connections: number;
  /** Of all workers together; undefined: whatever comes. */
  readonly perMinute?: number;
}

/** The names of all rates, those of the shortest span first. */
export const rateNames = ['perSecond', 'perMinute', 'perHour', 'perDay'] as const satisfies readonly (keyof SendingRates)[];

/** The rates alone, without names that are undefined. */
export function ratesOf(limits: SendingRates): SendingRates {
  return Object.fromEntries(rateNames.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]])));
}

/** Of two sets of rates of one account whichever is less, span by span: two names of one login do not add up. */
export function lesserRates(one: SendingRates, other: SendingRates): SendingRates {
  const lesser = rateNames.map((name) => [name, Math.min(one[name] ?? Infinity, other[name] ?? Infinity)] as const);
  return Object.fromEntries(lesser.filter(([, rate]) => rate < Infinity));
}

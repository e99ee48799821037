import type { SendingRates } from '../sending-limits.ts';

const hourSeconds = 3_600;
const daySeconds = 24 * hourSeconds;

/** How long so many messages take. */
export interface SendingTime {
  /** From the first to the last. */
  readonly seconds: number;
  /** On how many days in a row: more than one where the limit by the day bites. */
  readonly dayCount: number;
}

/** How long an account takes for so many messages by its rates, where nothing else goes through it; undefined where it has none: as fast as the wire. */
export function sendingTime(messageCount: number, rates: SendingRates): SendingTime | undefined {
  if (Object.values(rates).every((rate) => rate === undefined)) return undefined;
  if (messageCount === 0) return { seconds: 0, dayCount: 0 };
  const perDay = rates.perDay ?? Infinity;
  const dayCount = Math.max(1, Math.ceil(messageCount / perDay));
  const onLastDay = dayCount === 1 ? messageCount : messageCount - (dayCount - 1) * perDay;
  return { dayCount, seconds: (dayCount - 1) * daySeconds + secondsWithinDay(onLastDay, rates) };
}

/** A limit by the hour lets as many go at once; seconds and minutes are spread out. */
function secondsWithinDay(messageCount: number, { perSecond = Infinity, perMinute = Infinity, perHour = Infinity }: SendingRates): number {
  const rate = Math.min(perSecond, perMinute / 60);
  const hours = Math.ceil(messageCount / perHour) - 1;
  const spread = (count: number): number => (rate === Infinity ? 0 : count / rate);
  if (hours < 1) return spread(messageCount);
  return Math.max(hours * hourSeconds + spread(messageCount - hours * perHour), spread(messageCount));
}

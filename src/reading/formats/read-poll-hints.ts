import { weekdays } from '../../kernel/clock.ts';
import type { SourceDocument } from '../entry.ts';
import { positiveInteger } from './field-values.ts';
import { childNamed, childrenNamed, childText, textOf, type XmlElement } from '../xml/xml-tree.ts';

const minutesByPeriod: ReadonlyMap<string, number> = new Map(
  Object.entries({ hourly: 60, daily: 1_440, weekly: 10_080, monthly: 43_200, yearly: 525_600 }),
);

/** What a channel says about when to read it again: ttl, else the syndication module; the hours and days (GMT) to leave out. */
export function readPollHints(channel: XmlElement): SourceDocument['pollHints'] {
  const ttl = positiveInteger(childText(channel, 'ttl')) ?? updatePeriod(channel);
  const hours = listOf(channel, 'skiphours', 'hour').flatMap((text) =>
    /^\d{1,2}$/.test(text) && Number(text) <= 24 ? [Number(text) % 24] : [],
  );
  const days = listOf(channel, 'skipdays', 'day').flatMap((text) => weekdays.indexOf(text.toLowerCase()));
  return {
    ...(ttl !== undefined && { ttlMinutes: ttl }),
    skipHoursUtc: [...new Set(hours)].sort((a, b) => a - b),
    skipDaysUtc: [...new Set(days.filter((day) => day !== -1))].sort((a, b) => a - b),
  };
}

/** The hints of a format that has none. */
export const noPollHints: SourceDocument['pollHints'] = { skipHoursUtc: [], skipDaysUtc: [] };

function updatePeriod(channel: XmlElement): number | undefined {
  const period = minutesByPeriod.get(childText(channel, 'sy:updateperiod')?.toLowerCase() ?? '');
  const frequency = positiveInteger(childText(channel, 'sy:updatefrequency')) ?? 1;
  return period === undefined ? undefined : Math.max(1, Math.round(period / frequency));
}

function listOf(channel: XmlElement, list: string, item: string): string[] {
  const parent = childNamed(channel, list);
  return parent === undefined ? [] : childrenNamed(parent, item).map((element) => textOf(element).trim());
}

import { DateTime, IANAZone } from 'luxon';

/*
 * Ways of writing a date that are few in the wild, turned into those that parseDate reads by itself.
 */

/** A date's text without the name of its zone, and that zone as the IANA calls it, where it states one. */
export function withoutZoneName(text: string): { readonly text: string; readonly zone: string | undefined } {
  const [whole, zone] = /\[?\b([a-z]+(?:\/[a-z][\w+-]*){1,2})\]?/i.exec(text) ?? [];
  if (whole !== undefined && zone !== undefined && IANAZone.isValidZone(zone)) return { text: text.replace(whole, ' ').trim(), zone };
  const name = /\b(?:[a-z]+ ){1,3}time\b/i.exec(text)?.[0];
  const offset = name === undefined ? undefined : longNames.get(name.toLowerCase());
  // "GMT-0800 (Pacific Standard Time)", as JavaScript writes it, states the offset before.
  if (name === undefined || offset === undefined || /[+-]\d{2}:?\d{2}\s*\(/.test(text)) return { text, zone: undefined };
  return { text: text.replace(name, offset), zone: undefined };
}

/** Zones by their long names, as an abbreviation or an offset. */
const longNames: ReadonlyMap<string, string> = new Map([
  ...['Pacific', 'Mountain', 'Central', 'Eastern', 'Atlantic'].flatMap((place) =>
    ['Standard', 'Daylight'].map((kind) => [`${place} ${kind} time`.toLowerCase(), `${place[0]}${kind[0]}T`] as const),
  ),
  ['alaska standard time', 'AKST'],
  ['alaska daylight time', 'AKDT'],
  ['alaskan standard time', 'AKST'],
  ['hawaii standard time', 'HST'],
  ['hawaiian standard time', 'HST'],
  ['greenwich mean time', 'GMT'],
  ['coordinated universal time', 'UTC'],
  ['universal time', 'UTC'],
  ['british summer time', 'BST'],
  ['western european time', 'WET'],
  ['western european summer time', 'WEST'],
  ['central european time', 'CET'],
  ['central european standard time', 'CET'],
  ['central european summer time', 'CEST'],
  ['eastern european time', 'EET'],
  ['eastern european standard time', 'EET'],
  ['eastern european summer time', 'EEST'],
  ['moscow standard time', 'MSK'],
  ['india standard time', 'IST'],
  ['china standard time', '+0800'],
  ['singapore standard time', 'SGT'],
  ['japan standard time', 'JST'],
  ['korea standard time', 'KST'],
  ['australian eastern standard time', 'AEST'],
  ['australian eastern daylight time', 'AEDT'],
  ['australian central standard time', 'ACST'],
  ['australian central daylight time', 'ACDT'],
  ['australian western standard time', 'AWST'],
  ['new zealand standard time', 'NZST'],
  ['new zealand daylight time', 'NZDT'],
]);

/** Weeks of ISO 8601 as days, and times such as `T10Z`, `10.00.00`, `1000 GMT`, `10h30` and `3pm` with their colons. */
export function usualForm(text: string): string {
  return text
    .replace(/^(\d{4})-?W(\d{2})(?:-?([1-7]))?(?=$|[T ])/i, (whole: string, year: string, week: string, day?: string) => {
      const date = DateTime.fromISO(`${year}-W${week}-${day ?? 1}`, { zone: 'utc' });
      return date.isValid ? date.toISODate() : whole;
    })
    .replace(/(?<=\d)T(\d{2})(?=$|Z|[+-])/i, 'T$1:00')
    .replace(/\b(\d{1,2}) ?h ?(\d{2})\b/i, '$1:$2')
    .replace(/\b(\d{1,2}) ?h(?![\p{L}\d])/iu, '$1:00')
    .replace(
      /(?<=\d(?:T|,? ))(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?![\d.])/i,
      (_whole, hour: string, minute: string, second?: string) => `${hour}:${minute}:${second ?? '00'}`,
    )
    .replace(/(?<=\d{4},? )([01]\d|2[0-3])([0-5]\d)(?= (?:[A-Z]{2,5}\b|[+-]\d))/, '$1:$2')
    .replace(/(?<![:.\d])(\d{1,2}) ?([ap])\.? ?m\b/i, '$1:00 $2m');
}

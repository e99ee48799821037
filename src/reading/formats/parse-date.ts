import { DateTime } from 'luxon';
import { usualForm, withoutZoneName } from './date-forms.ts';

/*
 * Dates as feeds write them. RFC 3339 and its relatives are read by position, everything else by its parts: a time, a zone, a month by
 * name in the languages that sites use, and the numbers that are left. A date without a zone is in the source's own.
 */

/** The fields of a date before it is an instant. `month` from 1. */
interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** Minutes east of UTC; undefined where the text says none. */
  readonly offsetMinutes: number | undefined;
}

/** No date is longer; what is longer is prose. */
const maxDateLength = 80;

/**
 * Reads a date of any kind; undefined where none can be made out. `timeZone` (IANA) counts where the text states no zone, `language` says
 * whether 12/03 is a day in March: everywhere but in America's English, which an unknown language is taken for.
 */
export function parseDate(raw: string, timeZone?: string, language?: string): Date | undefined {
  const stated = statedText(raw);
  if (stated === '') return undefined;
  const read = readParts(stated, language);
  return read === undefined ? epochDate(stated) : instantOf(read.parts, read.zone ?? timeZone);
}

/**
 * When an event is, as far as it is stated: a day (`2026-12-12`), a time whose zone nobody states (`2026-12-12T10:00`), or an instant
 * (`2026-12-12T09:00:00Z`). Midnight stands for a day without a time, but that of UTC may be the evening before in America. `timeZone` and `language` as
 * for `parseDate`; undefined for what is no date, or one of a year that no event is in.
 */
export function parseMoment(raw: string, timeZone?: string, language?: string): string | undefined {
  const stated = statedText(raw);
  // Of a year or a month nobody knows the day, and people go by it.
  if (stated === '' || /^\d{4}(?:[-/]\d{1,2})?$/.test(stated)) return undefined;
  const read = readParts(stated, language);
  if (read === undefined) return writtenMoment(epochDate(stated), 'instant');
  const { parts } = read;
  // Here a day that is off is worse than none.
  if (parts.day > new Date(Date.UTC(2000 + (parts.year % 400), parts.month, 0)).getUTCDate()) return undefined;
  const zone = read.zone ?? timeZone;
  const isMidnight = parts.hour % 24 === 0 && parts.minute === 0 && parts.second === 0;
  if (isMidnight && parts.offsetMinutes !== 0) return writtenMoment(instantOf({ ...parts, offsetMinutes: 0 }, undefined), 'day');
  const isLocal = parts.offsetMinutes === undefined && zone === undefined;
  return writtenMoment(instantOf(parts, zone), isLocal ? 'local' : 'instant');
}

const momentLengths = { day: 10, local: 16, instant: 19 } as const;

function writtenMoment(date: Date | undefined, form: keyof typeof momentLengths): string | undefined {
  if (date === undefined || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1900 || date.getUTCFullYear() > 2999) return undefined;
  return `${date.toISOString().slice(0, momentLengths[form])}${form === 'instant' ? 'Z' : ''}`;
}

/** The text of a date on one line; empty for what is none by its length. */
function statedText(raw: string): string {
  const stated = raw.replace(/\s+/g, ' ').trim();
  return stated.length > maxDateLength ? '' : stated;
}

function readParts(
  stated: string,
  language: string | undefined,
): { readonly parts: DateParts; readonly zone?: string | undefined } | undefined {
  const usual = rfc822Parts(stated);
  if (usual !== undefined) return { parts: usual };
  const { text, zone } = withoutZoneName(stated);
  const plain = usualForm(text);
  const parts = isoParts(plain) ?? spokenParts(plain, isMonthFirst(language));
  return parts === undefined ? undefined : { parts, zone };
}

function isMonthFirst(language: string | undefined): boolean {
  return language === undefined || /^en(?:[-_]us)?$/i.test(language);
}

/** The 31st of June is the first of July, as nearly every reader has it: a date that is a day off is better than none. */
function instantOf(parts: DateParts, timeZone: string | undefined): Date | undefined {
  const { year, month, day, hour, minute, second, millisecond } = parts;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined;
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute, second, millisecond);
  if (parts.offsetMinutes !== undefined) return new Date(utc.getTime() - parts.offsetMinutes * 60_000);
  if (timeZone === undefined || timeZone === 'UTC') return utc;
  const local = DateTime.fromObject(
    {
      year: utc.getUTCFullYear(),
      month: utc.getUTCMonth() + 1,
      day: utc.getUTCDate(),
      hour: utc.getUTCHours(),
      minute: utc.getUTCMinutes(),
      second: utc.getUTCSeconds(),
    },
    { zone: timeZone },
  );
  return local.isValid ? local.toJSDate() : utc;
}

const rfc822 = /^(?:[A-Z][a-z]{2}, ?)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}|GMT)$/;

/** The date as it should be and mostly is; reading it so takes a tenth of the time. */
function rfc822Parts(text: string): DateParts | undefined {
  const match = rfc822.exec(text);
  if (match === null) return undefined;
  const month = 'JanFebMarAprMayJunJulAugSepOctNovDec'.indexOf(match[2] ?? '') / 3 + 1;
  if (!Number.isInteger(month) || month < 1) return undefined;
  const time = timeOf(match[4], match[5], match[6]);
  return { year: Number(match[3]), month, day: Number(match[1]), ...time, offsetMinutes: offsetOf(match[7] ?? '') };
}

const isoTime = /^[T ]?\s*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,:](\d{1,9})\d*)?)?\s*([ap]m)?\s*(.*)$/i;

/** `2004-05-30T20:23:54Z` and what W3CDTF, ISO 8601 and databases make of it. */
function isoParts(text: string): DateParts | undefined {
  const match =
    /^(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?=$|[T ])(.*)$/i.exec(text) ??
    /^(\d{4})()(\d{2})(\d{2})(?=$|T)(.*)$/i.exec(text) ??
    /^(\d{4})()(?:-?(\d{3}))?(?=$|T)(.*)$/i.exec(text) ??
    /^(\d{2})(-)(\d{2})-(\d{2})(?=$|[T ])(.*)$/i.exec(text);
  if (match === null) return undefined;
  const isOrdinal = match.length === 5;
  const year = fullYear(match[1] ?? '');
  const date = isOrdinal ? ordinalDate(year, match[3]) : { month: Number(match[3]), day: Number(match[4] ?? 1) };
  const rest = (match[isOrdinal ? 4 : 5] ?? '').trim();
  if (rest === '') return { year, ...date, ...midnight };
  const time = isoTime.exec(rest);
  if (time === null) return undefined;
  return { year, ...date, ...timeOf(time[1], time[2], time[3], time[4], time[5]), offsetMinutes: offsetOf(time[6] ?? '') };
}

const midnight = { hour: 0, minute: 0, second: 0, millisecond: 0, offsetMinutes: undefined };

function ordinalDate(year: number, dayOfYear: string | undefined): { month: number; day: number } {
  if (dayOfYear === undefined) return { month: 1, day: 1 };
  const date = new Date(Date.UTC(year, 0, Number(dayOfYear)));
  return { month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function timeOf(
  hour?: string,
  minute?: string,
  second?: string,
  fraction?: string,
  half?: string,
): Omit<DateParts, 'year' | 'month' | 'day' | 'offsetMinutes'> {
  const isAfternoon = half !== undefined && /^(p|오후|下午|午後)/i.test(half);
  const isMorning = half !== undefined && !isAfternoon;
  const stated = Number(hour);
  return {
    hour: isAfternoon && stated < 12 ? stated + 12 : isMorning && stated === 12 ? 0 : stated,
    minute: Number(minute),
    second: Number(second ?? 0),
    millisecond: Number((fraction ?? '').padEnd(3, '0').slice(0, 3)),
  };
}

/** RFC 822 in every state of repair, asctime, and dates with the month's name in some language. */
function spokenParts(text: string, monthFirst: boolean): DateParts | undefined {
  const clock = /(오전|오후|上午|下午|午前|午後)? ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap]\.?\s?m\b\.?)?/i.exec(text);
  const time = clock === null ? midnight : timeOf(clock[2], clock[3], clock[4], clock[5], clock[6] ?? clock[1]);
  const before = clock === null ? text : text.slice(0, clock.index);
  const after = clock === null ? '' : text.slice(clock.index + clock[0].length);
  const zone = /^ ?(?:([A-Za-z]{1,5})? ?\(?([+-]\s?\d{1,2}:?\d{0,2})|\(?([A-Za-z]{1,5}))\b/.exec(after);
  const offsetMinutes = zone === null ? undefined : (offsetOf(zone[2] ?? '') ?? offsetOf(zone[3] ?? ''));
  const left = offsetMinutes === undefined ? after : after.slice(zone?.[0].length ?? 0);
  const date = dateOf(`${before} ${left.replace(/\([^()]*\)|[+-]\d{4}\b/g, ' ')}`, monthFirst);
  return date === undefined ? undefined : { ...date, ...time, offsetMinutes };
}

/** Year, month and day from what is left when time and zone are gone. */
function dateOf(text: string, monthFirst: boolean): { year: number; month: number; day: number } | undefined {
  const eastern = /(\d{4})\s*[년年]\s*(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日]/.exec(text);
  if (eastern !== null) return { year: Number(eastern[1]), month: Number(eastern[2]), day: Number(eastern[3]) };
  const numbers = (text.match(/\d+/g) ?? []).filter((digits) => digits.length <= 4);
  const words = (text.match(/[\p{L}\p{M}]+/gu) ?? []).map((word) => monthOf(word));
  const month = words.findLast((found) => found !== undefined);
  const [first, second, third] = numbers;
  if (month !== undefined) {
    if (first === undefined) return undefined;
    if (second === undefined) return first.length === 4 ? { year: Number(first), month, day: 1 } : undefined;
    return first.length >= 3 ? { year: Number(first), month, day: Number(second) } : { year: fullYear(second), month, day: Number(first) };
  }
  if (first === undefined || second === undefined || third === undefined) return undefined;
  if (first.length === 4) return { year: Number(first), month: Number(second), day: Number(third) };
  const isFirst = Number(second) > 12 || (monthFirst && text.includes('/') && Number(first) <= 12);
  return { year: fullYear(third), month: Number(isFirst ? first : second), day: Number(isFirst ? second : first) };
}

/** Two digits mean this century up to 68, as POSIX has it; three are the mark of a program that counts from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length >= 4) return year;
  return year < 69 ? 2000 + year : 1900 + year;
}

// prettier-ignore
const namedOffsets: ReadonlyMap<string, number> = new Map(Object.entries({
  utc: 0, ut: 0, gmt: 0, z: 0, wet: 0, west: 60, bst: 60, ist: 330, cet: 60, met: 60, mez: 60, cest: 120, mest: 120, mesz: 120, eet: 120, eest: 180, msk: 180, msd: 240,
  acdt: 630, acwst: 525, wib: 420, wita: 480, wit: 540, ict: 420, myt: 480, pht: 480, pkt: 300, npt: 345, gst: 240, trt: 180, eat: 180, cat: 120, wat: 60,
  jst: 540, kst: 540, hkt: 480, sgt: 480, awst: 480, aest: 600, aedt: 660, acst: 570, nzst: 720, nzdt: 780, sast: 120,
  est: -300, edt: -240, et: -300, cst: -360, cdt: -300, ct: -360, mst: -420, mdt: -360, mt: -420, pst: -480, pdt: -420, pt: -480,
  akst: -540, akdt: -480, hst: -600, ast: -240, adt: -180, nst: -210, ndt: -150, brt: -180, art: -180, clt: -240,
}));

/** Minutes east of UTC that a zone text states. RFC 822's military letters were printed with the wrong sign and mean nothing (RFC 5322). */
function offsetOf(raw: string): number | undefined {
  const zone = raw
    .trim()
    .toLowerCase()
    .replace(/^(?:gmt|utc)\s?(?=[+-])/, '');
  const numeric = /^([+-])\s?(\d{1,2}):?(\d{2})?/.exec(zone);
  if (numeric !== null) return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3] ?? 0));
  const name = /^[a-z]+/.exec(zone)?.[0];
  if (name === undefined) return undefined;
  return name.length === 1 ? 0 : namedOffsets.get(name);
}

/** Beginnings of the months' names, most languages sharing most of them; marks are removed before comparing, the longest that fits counts. */
// prettier-ignore
const monthBeginnings: readonly (readonly [string, number])[] = [
  'jan gen ene янв ιαν sty oca led ian tammi січ', 'feb fev фев φεβ lut sub uno helmi лют', 'mar maer mrt мар μαρ brez maalis бер', 'apr avr abr апр απρ kwi nis dub huhti кві',
  'may mai mag mei maj май мая μαι kvet touko тра', 'jun juin giu июн ιουν cze haz cerven cervn iun kesa чер', 'jul juil lug июл ιουλ lip tem cervenec cervenc iul heina лип',
  'aug aou ago авг αυγ sie agu srp elo сер', 'sep set szep сен σεπ wrz eyl zari syys вер', 'oct okt out ott окт οκτ paz eki rij loka жов',
  'nov ноя νοε lis kas noi marras лис', 'dec dez dic des дек δεκ gru ara pros joulu гру',
].flatMap((names, index) => names.split(' ').map((name) => [plainWord(name), index + 1] as const)).toSorted(([a], [b]) => b.length - a.length);

function monthOf(word: string): number | undefined {
  const plain = plainWord(word);
  if (plain.length < 3) return undefined;
  return monthBeginnings.find(([beginning]) => plain.startsWith(beginning))?.[1];
}

function plainWord(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

/** Seconds or milliseconds since 1970, as JSON APIs give them. */
function epochDate(text: string): Date | undefined {
  const whole = /^(\d{9,13})(?:\.\d{1,9})?$/.exec(text)?.[1];
  if (whole === undefined) return undefined;
  return new Date(whole.length > 11 ? Number(text) : Number(text) * 1000);
}

/** Before the web, or more than a day ahead: the clock of the machine that wrote it was wrong. */
export function isImplausibleDate(date: Date, now: Date): boolean {
  return date.getTime() < Date.UTC(1990, 0, 1) || date.getTime() > now.getTime() + 86_400_000;
}

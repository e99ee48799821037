/*
 * When and where something takes place, in a language. A day and a time without a zone are shown as they were stated, an instant in the zone of those who
 * read it.
 */
import type { PostEvent } from '../content.ts';
import { dateFormat, dateLocale } from './intl.ts';

/** For whom an event is written down: a language that Intl knows, and an IANA zone. */
export interface EventReader {
  readonly language: string;
  readonly timeZone: string;
}

/** "Saturday, 12 December 2026, 10:00–12:00", and the place where one is stated. */
export function eventText({ start, end, place }: PostEvent, reader: EventReader): string {
  const from = readMoment(start, reader.timeZone);
  const to = end === undefined || !areOfOneClock(start, end) ? undefined : readMoment(end, reader.timeZone);
  const text = to === undefined || to.at <= from.at ? momentText(from, reader) : rangeText(from, to, reader);
  // Old mail programs show a box for the narrow spaces of Intl.
  const plain = text.replaceAll('\u2009', ' ').replaceAll('\u202F', '\u00A0');
  return place === undefined ? plain : `${plain}\u00A0· ${place}`;
}

/** Whether two moments can stand in one line: of a time and of an instant nobody knows how far they are apart. */
function areOfOneClock(start: string, end: string): boolean {
  return start.endsWith('Z') === end.endsWith('Z') || start.length === lengthOfDay || end.length === lengthOfDay;
}

/** A moment as a date and the zone in which it is shown. */
interface Moment {
  readonly at: Date;
  readonly zone: string;
  readonly hasTime: boolean;
}

const lengthOfDay = '2026-12-12'.length;

function readMoment(text: string, timeZone: string): Moment {
  if (text.length === lengthOfDay) return { at: new Date(text), zone: 'UTC', hasTime: false };
  if (!text.endsWith('Z')) return { at: new Date(`${text}Z`), zone: 'UTC', hasTime: true };
  const at = new Date(text);
  // Midnight of UTC is what programs make of a day without a time, unless that is an evening or a morning where it is read.
  const isDay = text.endsWith('T00:00:00Z') && hourIn(at, timeZone) < 6;
  return isDay ? { at, zone: 'UTC', hasTime: false } : { at, zone: timeZone, hasTime: true };
}

function hourIn(at: Date, timeZone: string): number {
  return Number(dateFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(at));
}

function momentText(moment: Moment, { language }: EventReader): string {
  const day = dayFormat(language, moment.zone).format(moment.at);
  return moment.hasTime ? inLine(day, timeFormat(language, moment.zone).format(moment.at), language) : day;
}

function rangeText(from: Moment, to: Moment, reader: EventReader): string {
  const { language } = reader;
  const isSameDay = dayFormat('en', from.zone).format(from.at) === dayFormat('en', to.zone).format(to.at);
  if (!from.hasTime && !to.hasTime) return dayFormat(language, 'UTC').formatRange(from.at, to.at);
  if (!isSameDay) return `${momentText(from, reader)} – ${momentText(to, reader)}`;
  if (!from.hasTime || !to.hasTime) return momentText(from, reader);
  const day = dayFormat(language, from.zone).format(from.at);
  const times = timeFormat(language, from.zone);
  const range = times.formatRange(from.at, to.at);
  return inLine(day, range, language);
}

/** Two parts of a line with the comma of their script. */
function inLine(day: string, time: string, language: string): string {
  return `${day}${/^(?:ar|fa|ur|ckb|ps)\b/.test(language) ? '،' : ','} ${time}`;
}

function dayFormat(language: string, timeZone: string): Intl.DateTimeFormat {
  return dateFormat(dateLocale(language), { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone });
}

function timeFormat(language: string, timeZone: string): Intl.DateTimeFormat {
  return dateFormat(dateLocale(language), { hour: 'numeric', minute: '2-digit', timeZone });
}

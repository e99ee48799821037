import { asList, asObject, asText, type JsonObject } from '../json/json-value.ts';
import { textOf, type XmlElement } from './xml-tree.ts';

/*
 * What the fields of an item say of an event. Calendars of churches, schools, libraries and towns have a vocabulary each, and mostly the same few names in
 * it: so the names count, whatever stands before them.
 */

/** An event as it is stated, its dates not read yet. */
export interface StatedEvent {
  readonly start: string;
  readonly end?: string | undefined;
  readonly place?: string | undefined;
  /** An end that is only a day is the day after the last one, as iCalendar has it. */
  readonly isEndExclusive?: boolean;
}

/** The parts of an event that a field may state; a date and its time may stand apart. */
type EventPart = 'start' | 'end' | 'startTime' | 'endTime' | 'dates' | 'times' | 'place';

const namesOfParts: Readonly<Record<EventPart, string>> = {
  // What is stated in the time of the place stands first: it is what the site shows.
  start: 'localstartdate localstart startdatelocal dtstart startdate startdatetime eventstart eventstartdate starts startsat eventdate',
  end: 'localenddate localend enddatelocal dtend enddate enddatetime eventend eventenddate ends endsat',
  startTime: 'starttime starthour eventstarttime',
  endTime: 'endtime endhour eventendtime',
  dates: 'eventdates',
  times: 'eventtimes eventtime',
  place: 'location eventlocation venue place',
};

const partByName: ReadonlyMap<string, { readonly part: EventPart; readonly rank: number }> = new Map(
  Object.entries(namesOfParts).flatMap(([part, names]) =>
    names.split(' ').map((name, rank) => [name, { part: part as EventPart, rank }] as const),
  ),
);

/** Values by their parts, each from the name that stands first in its list. */
class EventFields {
  readonly #found = new Map<EventPart, { readonly rank: number; readonly value: string }>();
  #isEndExclusive = false;

  /** Takes a field, if it is one of an event; its name may be written with any prefix, case and dashes. */
  add(name: string, read: () => string): void {
    const known = partByName.get(localName(name));
    if (known === undefined) return;
    const before = this.#found.get(known.part);
    const value = read().trim();
    if (value === '' || (before !== undefined && before.rank <= known.rank)) return;
    this.#found.set(known.part, { rank: known.rank, value });
    if (known.part === 'end') this.#isEndExclusive = localName(name) === 'dtend';
  }

  /** The event, if when it begins was stated. */
  event(): StatedEvent | undefined {
    const [firstDay, lastDay] = partsOf(this.#valueOf('dates'));
    const [firstTime, lastTime] = partsOf(this.#valueOf('times'));
    const day = this.#valueOf('start') ?? firstDay;
    if (day === undefined) return undefined;
    const startTime = this.#valueOf('startTime') ?? firstTime;
    const endTime = this.#valueOf('endTime') ?? lastTime;
    const endDay = this.#valueOf('end') ?? lastDay ?? (endTime === undefined || hasTime(day) ? undefined : day);
    return {
      start: withTime(day, startTime),
      end: endDay === undefined ? undefined : withTime(endDay, endTime),
      place: this.#valueOf('place'),
      isEndExclusive: this.#isEndExclusive,
    };
  }

  #valueOf(part: EventPart): string | undefined {
    return this.#found.get(part)?.value;
  }
}

function localName(name: string): string {
  return name
    .slice(name.indexOf(':') + 1)
    .toLowerCase()
    .replaceAll(/[_-]/g, '');
}

function hasTime(date: string): boolean {
  return /\d:\d|T\d|\d ?[ap]\.?m\b/i.test(date);
}

function withTime(day: string, time: string | undefined): string {
  return time === undefined || hasTime(day) || !/\d/.test(time) ? day : `${day} ${time}`;
}

/** "May 14, 2026 - May 16, 2026", "10:30 AM - 02:00 PM". */
function partsOf(range: string | undefined): (string | undefined)[] {
  return range?.split(/ [-–—] /).map((part) => part.trim()) ?? [];
}

// An event of iCalendar lies in a calendar in a document: icalendar, vcalendar, components, vevent, properties.
const deepest = 5;
const nests = new Set(['icalendar', 'vcalendar', 'components', 'vevent', 'properties']);

/** The event that an item states in fields of its own. */
export function statedEvent(item: XmlElement): StatedEvent | undefined {
  const fields = new EventFields();
  addFields(fields, item, deepest);
  return fields.event();
}

function addFields(fields: EventFields, parent: XmlElement, depth: number): void {
  for (const child of parent.children) {
    if (typeof child === 'string') continue;
    if (child.name === 'gd:when') addGoogleTime(fields, child);
    else if (child.name === 'gd:where') fields.add('location', () => child.attributes['valuestring'] ?? '');
    else fields.add(child.name, () => textOfField(child));
    const name = child.name.slice(child.name.indexOf(':') + 1);
    if (depth > 1 && (nests.has(name) || name.includes('event'))) addFields(fields, child, depth - 1);
  }
}

function addGoogleTime(fields: EventFields, { attributes }: XmlElement): void {
  fields.add('startdate', () => attributes['starttime'] ?? '');
  fields.add('enddate', () => attributes['endtime'] ?? '');
}

const nameOfPlace = /(?:^|:)name$/;

/** Its text; of a place with parts its name, else its parts one after the other. */
function textOfField(element: XmlElement): string {
  const parts = element.children.filter((child) => typeof child !== 'string');
  const name = parts.find((child) => nameOfPlace.test(child.name));
  if (name !== undefined) return textOf(name);
  return parts.length === 0
    ? textOf(element)
    : element.children
        .map((child) => (typeof child === 'string' ? child : textOf(child)).trim())
        .filter((text) => text !== '')
        .join(', ');
}

/** The event that an item of JSON states: in fields of its own, or in those that extensions and plug-ins keep below one. */
export function statedEventOf(item: JsonObject): StatedEvent | undefined {
  const fields = new EventFields();
  for (const [key, value] of Object.entries(item)) {
    const below = key.startsWith('_') || holders.has(key) ? asObject(value) : undefined;
    for (const [name, inner] of below === undefined ? [[key, value] as const] : Object.entries(below))
      fields.add(name, () => jsonValue(inner));
  }
  return fields.event();
}

const holders = new Set(['event', 'meta', 'acf']);

function jsonValue(value: unknown): string {
  const [single] = asList(value);
  return asText(value) ?? asText(asObject(value)?.['name']) ?? asText(single) ?? '';
}

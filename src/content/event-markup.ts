/*
 * Events in the markup of a text: JSON for search engines, microdata and RDFa of schema.org, the classes of hCalendar and h-event. Only what is the one
 * event of a text is taken: a list of several says of each when it is.
 */
import type { EntryEvent } from '../reading/entry.ts';
import { parseMoment } from '../reading/formats/parse-date.ts';
import { walkElements, type HtmlElement } from './html/html-tree.ts';
import { parseHtml } from './html/parse-html.ts';
import { visibleLine } from './html/visible-text.ts';

const signs = /startDate|dt-?start/i;

/** The event that a text is about by its markup; undefined where it marks none up, or several. */
export function eventInMarkup(html: string, language: string | undefined): EntryEvent | undefined {
  if (!signs.test(html)) return undefined;
  const found: FoundEvent = { starts: new Set(), ends: [], places: [] };
  for (const each of walkElements(parseHtml(html))) {
    if (each.tag === 'script') addScript(found, each);
    else addElement(found, each);
  }
  return onlyEvent(found, language);
}

/** Texts as they are marked up. */
interface FoundEvent {
  readonly starts: Set<string>;
  readonly ends: string[];
  readonly places: string[];
}

function onlyEvent({ starts, ends, places }: FoundEvent, language: string | undefined): EntryEvent | undefined {
  const moments = new Set([...starts].flatMap((text) => parseMoment(text, undefined, language) ?? []));
  const [start, ...others] = moments;
  if (start === undefined || others.length > 0) return undefined;
  const end = ends.map((text) => parseMoment(text, undefined, language)).find((moment) => moment !== undefined);
  const place = places.find((text) => text !== '');
  return { start, ...(end !== undefined && end > start && { end }), ...(place !== undefined && { place }) };
}

const namesOfParts: ReadonlyMap<string, 'start' | 'end' | 'place'> = new Map([
  ['startdate', 'start'],
  ['dtstart', 'start'],
  ['dt-start', 'start'],
  ['enddate', 'end'],
  ['dtend', 'end'],
  ['dt-end', 'end'],
  ['location', 'place'],
  ['p-location', 'place'],
]);

function addElement(found: FoundEvent, node: HtmlElement): void {
  const { itemprop, property, class: classes } = node.attributes;
  if (itemprop === undefined && property === undefined && classes === undefined) return;
  const isLabelled = itemprop !== undefined || property !== undefined;
  for (const name of `${itemprop ?? ''} ${property ?? ''} ${isLabelled ? '' : (classes ?? '')}`.split(/\s+/)) {
    const part = namesOfParts.get(name.slice(name.indexOf(':') + 1).toLowerCase());
    if (part === 'start') found.starts.add(valueOf(node));
    else if (part === 'end') found.ends.push(valueOf(node));
    // A class that is called "location" may be anything; of an event it follows its date.
    else if (part === 'place' && (isLabelled || found.starts.size > 0)) found.places.push(placeOf(node));
  }
}

/** What stands for machines, else what stands for people. */
function valueOf({ attributes, children }: HtmlElement): string {
  const stated = attributes['content'] ?? attributes['datetime'] ?? attributes['title'];
  if (stated !== undefined) return stated;
  for (const each of walkElements(children)) {
    const inner = each.attributes['datetime'] ?? each.attributes['title'];
    if (inner !== undefined) return inner;
  }
  return visibleLine(children);
}

function placeOf({ attributes, children }: HtmlElement): string {
  if (attributes['content'] !== undefined) return attributes['content'].trim();
  for (const each of walkElements(children)) {
    const name = each.attributes['itemprop'] ?? each.attributes['property'] ?? each.attributes['class'] ?? '';
    if (/(?:^|[\s:])(?:p-)?name(?:$|\s)/.test(name)) return each.attributes['content']?.trim() ?? visibleLine(each.children);
  }
  return visibleLine(children);
}

// What describes an event takes some hundred characters, with its organiser and tickets some thousand.
const maxScriptLength = 50_000;
const mostObjects = 200;

function addScript(found: FoundEvent, { attributes, children }: HtmlElement): void {
  const [script] = children;
  if (!/ld\+json/i.test(attributes['type'] ?? '') || script?.kind !== 'text' || script.text.length > maxScriptLength) return;
  const open = [parsed(script.text)];
  for (let count = 0; open.length > 0 && count < mostObjects; count += 1) {
    const value = open.pop();
    if (Array.isArray(value)) open.push(...(value.slice(0, mostObjects) as unknown[]));
    else if (typeof value === 'object' && value !== null) addObject(found, value as Readonly<Record<string, unknown>>, open);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function addObject(found: FoundEvent, value: Readonly<Record<string, unknown>>, open: unknown[]): void {
  open.push(value['@graph'], value['mainEntity']);
  const { startDate, endDate, location } = value;
  const types = [value['@type']].flat().join(' ');
  if (!/Event\b|Festival\b|Hackathon\b/.test(types) || typeof startDate !== 'string') return;
  found.starts.add(startDate);
  if (typeof endDate === 'string') found.ends.push(endDate);
  const [place] = [location].flat();
  const name = typeof place === 'object' && place !== null ? (place as Readonly<Record<string, unknown>>)['name'] : place;
  if (typeof name === 'string') found.places.push(name.trim());
}

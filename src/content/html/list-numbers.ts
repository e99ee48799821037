/*
 * The numbers of ordered lists (HTML, section 4.4.5: `start`, `reversed`, `type`, `li value`). What a text says of "point 5" holds in html, text and
 * feed alike, also where an item before it is left out.
 */
import type { HtmlElement } from './html-tree.ts';

/** How an ordered list writes its numbers: 1, a, A, i, I. */
export type NumberType = '1' | 'a' | 'A' | 'i' | 'I';

/** The items of a list. */
function itemsOf(list: HtmlElement): HtmlElement[] {
  return list.children.filter((child): child is HtmlElement => child.kind === 'element' && child.tag === 'li');
}

/** The number of each item of an ordered list. */
export function itemNumbers(list: HtmlElement): Map<HtmlElement, number> {
  const items = itemsOf(list);
  const step = isReversed(list) ? -1 : 1;
  const numbers = new Map<HtmlElement, number>();
  let next = integerOf(list.attributes['start']) ?? defaultStart(list);
  for (const item of items) {
    const number = integerOf(item.attributes['value']) ?? next;
    numbers.set(item, number);
    next = number + step;
  }
  return numbers;
}

/** Gives the items of an ordered list these numbers, with as few attributes as that takes. Items that are not named count on. */
export function numberItems(list: HtmlElement, numbers: ReadonlyMap<HtmlElement, number>): void {
  const items = itemsOf(list);
  delete list.attributes['start'];
  for (const item of items) delete item.attributes['value'];
  const first = items[0] === undefined ? undefined : numbers.get(items[0]);
  if (first !== undefined && first !== defaultStart(list)) list.attributes['start'] = String(first);
  const step = isReversed(list) ? -1 : 1;
  let next = first ?? defaultStart(list);
  for (const item of items) {
    const number = numbers.get(item) ?? next;
    if (number !== next) item.attributes['value'] = String(number);
    next = number + step;
  }
}

/** How a list writes its numbers; undefined where it does not say, which is in digits. */
export function numberTypeOf(list: HtmlElement): NumberType | undefined {
  const type = list.attributes['type']?.trim();
  return type !== undefined && /^[1aAiI]$/.test(type) ? (type as NumberType) : undefined;
}

/** What a list writes before each of its items: "4. "; nothing for items of a list without numbers. */
export function itemMarkers(list: HtmlElement): Map<HtmlElement, string> {
  if (list.tag !== 'ol') return new Map();
  const type = numberTypeOf(list);
  return new Map([...itemNumbers(list)].map(([item, number]) => [item, `${markerOf(number, type)}. `]));
}

/** A number as a list writes it, without the full stop; in digits where letters or Roman numerals do not reach. */
function markerOf(number: number, type: NumberType = '1'): string {
  if (type === '1' || number < 1) return String(number);
  const lower = type === 'a' || type === 'A' ? letters(number) : roman(number);
  return type === 'A' || type === 'I' ? lower.toUpperCase() : lower;
}

function letters(number: number): string {
  let rest = number;
  let result = '';
  while (rest > 0) {
    rest -= 1;
    result = String.fromCharCode(97 + (rest % 26)) + result;
    rest = Math.floor(rest / 26);
  }
  return result;
}

const romanDigits: readonly (readonly [value: number, digits: string])[] = [
  [1000, 'm'],
  [900, 'cm'],
  [500, 'd'],
  [400, 'cd'],
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
];

function roman(number: number): string {
  if (number > 3999) return String(number);
  let rest = number;
  let result = '';
  for (const [value, digits] of romanDigits) {
    for (; rest >= value; rest -= value) result += digits;
  }
  return result;
}

function isReversed(list: HtmlElement): boolean {
  return 'reversed' in list.attributes;
}

function defaultStart(list: HtmlElement): number {
  return isReversed(list) ? itemsOf(list).length : 1;
}

/** An integer as HTML reads one (section 2.3.4.1); numbers that nobody counts to are none. */
function integerOf(value: string | undefined): number | undefined {
  const digits = /^\s*([+-]?\d{1,6})(?!\d)/.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

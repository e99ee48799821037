import { expect, test } from '@jest/globals';
import { eventText } from '../../src/content/text/event-date.ts';

const madrid = { language: 'en', timeZone: 'Europe/Madrid' };

test.each([
  ['an instant, in the zone of its readers', { start: '2026-12-12T09:00:00Z' }, 'Saturday, 12 December 2026, 10:00'],
  ['a time without a zone, as it is stated', { start: '2026-12-12T10:00' }, 'Saturday, 12 December 2026, 10:00'],
  ['a day', { start: '2026-12-12' }, 'Saturday, 12 December 2026'],
  ['an end on the same day', { start: '2026-12-12T10:00', end: '2026-12-12T12:30' }, 'Saturday, 12 December 2026, 10:00–12:30'],
  ['an end that is only that day', { start: '2026-12-12T10:00', end: '2026-12-12' }, 'Saturday, 12 December 2026, 10:00'],
  [
    'an end on another day',
    { start: '2026-12-12T20:00', end: '2026-12-13T02:00' },
    'Saturday, 12 December 2026, 20:00 – Sunday, 13 December 2026, 2:00',
  ],
  [
    'an end before its start, which is left out',
    { start: '2026-12-12T10:00', end: '2026-12-12T09:00' },
    'Saturday, 12 December 2026, 10:00',
  ],
  ['several days', { start: '2026-12-12', end: '2026-12-13' }, 'Saturday 12 December – Sunday 13 December 2026'],
  [
    'an end by another clock, which is left out',
    { start: '2026-12-12T10:00', end: '2026-12-12T17:00:00Z' },
    'Saturday, 12 December 2026, 10:00',
  ],
  ['a place', { start: '2026-12-12', place: 'Great hall' }, 'Saturday, 12 December 2026\u00A0· Great hall'],
  ['midnight of UTC, which stands for a day', { start: '2026-12-12T00:00:00Z' }, 'Saturday, 12 December 2026'],
])('%s', (_, event, shown) => {
  expect(eventText(event, madrid)).toBe(shown);
});

test.each([
  ['es', 'sábado, 12 de diciembre de 2026, 10:00'],
  ['fr', 'samedi 12 décembre 2026, 10:00'],
  ['de', 'Samstag, 12. Dezember 2026, 10:00'],
  ['ar', 'السبت، 12 ديسمبر 2026، 10:00 ص'],
])('in the language of the newsletter: %s', (language, shown) => {
  expect(eventText({ start: '2026-12-12T10:00' }, { language, timeZone: 'UTC' })).toBe(shown);
});

test('midnight of UTC is an evening in America', () => {
  expect(eventText({ start: '2026-12-12T00:00:00Z' }, { language: 'en', timeZone: 'America/New_York' })).toBe(
    'Friday, 11 December 2026, 19:00',
  );
});

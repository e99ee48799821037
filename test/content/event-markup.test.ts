import { expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { eventInMarkup } from '../../src/content/event-markup.ts';
import { entryOf } from '../support/entry-of.ts';

test.each([
  [
    'microdata',
    '<div itemscope itemtype="https://schema.org/Event"><time itemprop="startDate" datetime="2026-12-12T10:00">Saturday</time><p itemprop="location" itemscope><b itemprop="name">Old mill</b>, 1 Mill Lane</p></div>',
    { start: '2026-12-12T10:00', place: 'Old mill' },
  ],
  [
    'microdata of a meta',
    '<meta itemprop="startDate" content="2026-12-12"><meta itemprop="endDate" content="2026-12-13">',
    { start: '2026-12-12', end: '2026-12-13' },
  ],
  [
    'RDFa',
    '<p typeof="s:Event"><span property="s:startDate" content="2026-12-12T10:00+01:00">Saturday</span></p>',
    { start: '2026-12-12T09:00:00Z' },
  ],
  [
    'JSON for search engines',
    '<script type="application/ld+json">{"@graph":[{"@type":"WebPage"},{"@type":"EducationEvent","startDate":"2026-12-12T10:00:00Z","location":{"@type":"Place","name":"Aula"}}]}</script><p>Come.</p>',
    { start: '2026-12-12T10:00:00Z', place: 'Aula' },
  ],
  [
    'h-event',
    '<div class="h-event"><time class="dt-start" datetime="2026-12-12 18:00">x</time><span class="p-location">Barn</span></div>',
    { start: '2026-12-12T18:00', place: 'Barn' },
  ],
  ['a leap day', '<time itemprop="startDate" datetime="2028-02-29">a</time>', { start: '2028-02-29' }],
  ['hCalendar', '<div class="vevent"><abbr class="dtstart" title="2026-12-12T18:00:00Z">x</abbr></div>', { start: '2026-12-12T18:00:00Z' }],
])('an event is found in %s', (_, html, event) => {
  expect(eventInMarkup(html, 'en')).toEqual(event);
});

test.each([
  ['several of them', '<time itemprop="startDate" datetime="2026-12-12">a</time><time itemprop="startDate" datetime="2026-12-19">b</time>'],
  ['another thing with such a date', '<script type="application/ld+json">{"@type":"JobPosting","startDate":"2026-12-12"}</script>'],
  ['what is no JSON', '<script type="application/ld+json">{"@type":"Event","startDate":</script>'],
  ['a day that no month has', '<time itemprop="startDate" datetime="2026-02-30">a</time>'],
  ['a year alone', '<time itemprop="startDate" datetime="2026">a</time>'],
  ['a month alone', '<time itemprop="startDate" datetime="2026-12">a</time>'],
  ['no markup at all', '<p>The startDate is a field.</p>'],
])('no event is found in %s', (_, html) => {
  expect(eventInMarkup(html, 'en')).toBeUndefined();
});

test('what fields of the feed say counts before the markup of the text, and that before the date of publication', () => {
  const html = '<time itemprop="startDate" datetime="2026-12-12">a</time>';
  const eventOf = (more: Parameters<typeof entryOf>[0]) => contentFromEntry(entryOf(more)).content.event;
  expect(eventOf({ html, event: { start: '2026-12-13', place: 'The  hall' } })).toEqual({ start: '2026-12-13', place: 'The hall' });
  expect(eventOf({ html, datedAhead: '2026-12-14' })).toEqual({ start: '2026-12-12', isPublication: true });
  expect(eventOf({ datedAhead: '2026-12-14' })).toEqual({ start: '2026-12-14', isPublication: true });
  expect(eventOf({})).toBeNull();
});

test('the page that a post is about is linked below it, unless the text links it', () => {
  const of = (html: string) => contentFromEntry(entryOf({ html, externalUrl: 'https://www.paper.example/story' })).content;
  expect(of('<p>A story.</p>').html).toBe('<p>A story.</p><p><a href="https://www.paper.example/story">→ paper.example</a></p>');
  expect(of('<p>A story.</p>').summary).toBe('A story.');
  // It is none of the post's words, by which posts are told apart.
  const said = (externalUrl?: string) =>
    contentFromEntry(entryOf({ html: '<p>A story.</p>', ...(externalUrl !== undefined && { externalUrl }) })).saidHash;
  expect(said('https://www.paper.example/story')).toBe(said());
  expect(of('<p><a href="https://paper.example/story/">This</a>.</p>').html).not.toContain('→');
});

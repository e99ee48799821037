/*
 * What a template sees. Everything is decided here (levels, dates, links, phrases that count), so that a template only places it.
 * Every field is always there, null or empty where there is nothing: a misspelt name is then an error, not a gap.
 * Post html is handed over as a content mark and spliced in after MJML has run, so that no post is ever read as markup of the template.
 */
import { accentFrom } from '../templates/colour.ts';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine, cleanText } from '../../kernel/text/clean-text.ts';
import type { DigestCorrection, DigestModel } from '../digest.ts';
import { maxTitles } from './fit-size.ts';
import { directionOf, formatFullDay, servedTag } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { placeholderMark, placeholderNames } from '../../content/text/placeholder.ts';
import { minutesOfWords, wholeMinutes } from '../../content/text/reading-time.ts';
import { httpUrl } from '../parts/clean-content.ts';
import { foreignLanguage } from './passage.ts';
import { postViews } from './post-view.ts';
import { sectionsOf, titleGroups } from './sections.ts';
import { isRecording, titleView } from './title-view.ts';
import type { ViewInput } from './post-view.ts';
import { maxTitleLength, shownWords } from '../parts/prepared-post.ts';

const contentsFromPosts = 6;

/** A title's length in subject and preheader: leaves room for what follows it. */
const headTitleLength = 110;

/** A view and the html that its content marks stand for. */
export interface BuiltView {
  readonly view: Readonly<Record<string, unknown>>;
  readonly contents: readonly string[];
}

/** The names of the variables that a digest's templates may use; placeholders come on top. */
export const digestVariables: readonly string[] = (
  'newsletter language direction start end accent edition title preheader preheaderPadding intro note posts sections contents others ' +
  'alsoPublished titleGroups restCount restUrl corrections showsPreferences columnWidth reader links'
).split(' ');

/** Builds the view of a digest whose subject and preheader are known. */
export function buildView(input: ViewInput, subject: string, preheader: string): BuiltView {
  const { model, language, settings } = input;
  const accent = accentFrom(model.newsletter.colour, settings.grounds.light, settings.grounds.dark);
  const contents: string[] = [];
  const posts = postViews(input, accent, contents);
  const titled = [...input.posts.filter((_post, index) => input.levels[index] === 'title'), ...input.alsoPublished];
  const sections = sectionsOf(posts, model.sectionOrder, language);
  const direction = directionOf(language);
  const view = {
    ...commonView(model, language),
    direction,
    start: direction === 'rtl' ? 'right' : 'left',
    end: direction === 'rtl' ? 'left' : 'right',
    accent,
    columnWidth: settings.columnWidth,
    title: subject,
    preheader,
    preheaderPadding: '\u2007\u034F\u00AD'.repeat(Math.max(0, 140 - preheader.length)),
    posts,
    sections,
    contents: showsContents(model, sections.length, posts.length) ? sections : [],
    others: othersCount(model),
    edition: { ...editionView(model, language), ...shownFigures(input) },
    alsoPublished: titled.slice(0, maxTitles).map((post) => titleView(post, model, language)),
    titleGroups: titled.length > 0 ? titleGroups(titled.slice(0, maxTitles), input) : [],
    restCount: Math.max(0, titled.length - maxTitles),
    restUrl: model.restUrl,
    ...placeholderScope(),
  };
  return { view, contents };
}

/** Puts the html of posts where their content marks stand. */
export function spliceContents(html: string, contents: readonly string[]): string {
  return html.replaceAll(/\uFDD2(\d+)\uFDD3/g, (_mark, index: string) => contents[Number(index)] ?? '');
}

/** The view that subject and preheader are rendered with: what does not depend on levels. */
export function headView(input: Omit<ViewInput, 'levels'>): Readonly<Record<string, unknown>> {
  const { model, language } = input;
  const posts = [...input.posts, ...input.alsoPublished].map((post) => ({
    ...titleView(post, model, language),
    title: cutAtWord(post.title, headTitleLength),
    summary: post.summary,
  }));
  return { ...commonView(model, language), posts, others: othersCount(model) };
}

/** The names of the variables that subject and preheader may use. */
export const headVariables: readonly string[] = 'newsletter language edition intro note corrections showsPreferences posts others'.split(
  ' ',
);

/** How many posts are shown with more than their title, and how long that takes to read; 0 minutes where there is nothing to read, or nobody wants to know. */
function shownFigures({ model, posts, levels }: ViewInput): { postCount: number; minutes: number } {
  const shown = posts.map((post, index) => ({ post, level: levels[index] ?? 'title' })).filter(({ level }) => level !== 'title');
  const words = shown.map(({ post, level }) => (isRecording(post.post) ? 0 : shownWords(post, level)));
  return { postCount: shown.length, minutes: minutesToShow(minutesOfWords(words.reduce((sum, count) => sum + count, 0)), model) };
}

function minutesToShow(minutes: number, { newsletter }: DigestModel): number {
  return newsletter.sections?.readingTime !== false && minutes >= 1 ? wholeMinutes(minutes) : 0;
}

function editionView(model: DigestModel, language: Language) {
  const minutes = model.posts.reduce((sum, post) => sum + (isRecording(post) ? 0 : post.readingMinutes), 0);
  return {
    day: formatFullDay(model.editionDate, language, model.timeZone),
    postCount: othersCount(model) + 1,
    minutes: minutesToShow(minutes, model),
    url: model.archiveUrl,
  };
}

function commonView(model: DigestModel, language: Language): Record<string, unknown> {
  const { newsletter } = model;
  return {
    newsletter: {
      name: cleanLine(newsletter.name),
      senderName: cleanLine(newsletter.senderName),
      address: addressLine(cleanLine(newsletter.senderName), cleanLine(newsletter.postalAddress)),
      logoUrl: httpUrl(newsletter.logoUrl) ?? null,
      siteUrl: httpUrl(newsletter.siteUrl) ?? null,
      feedUrl: model.feedUrl,
    },
    language: servedTag(language, model.language),
    edition: editionView(model, language),
    intro: paragraphsOf(newsletter.intro),
    note: paragraphsOf(model.note),
    corrections: model.corrections.map((correction) => correctionView(correction, model, language)),
    showsPreferences: model.showsPreferences === true,
  };
}

/** A list of contents helps where there are several topics and many posts; with one topic it would only repeat the page. */
function showsContents(model: DigestModel, sectionCount: number, postCount: number): boolean {
  const isWanted = model.newsletter.sections?.contents ?? postCount >= contentsFromPosts;
  return isWanted && sectionCount > 1;
}

/** How many posts there are besides the first, in full or by title. */
function othersCount(model: DigestModel): number {
  return model.posts.length + model.alsoPublished.length - 1;
}

function correctionView(correction: DigestCorrection, model: DigestModel, language: Language) {
  return {
    title: cutAtWord(cleanLine(correction.title), maxTitleLength),
    url: httpUrl(correction.url) ?? null,
    language: foreignLanguage(correction, { model, language }),
    note: correction.note === undefined ? null : cleanLine(correction.note),
  };
}

function placeholderScope(): Record<string, Record<string, string>> {
  const scope: Record<string, Record<string, string>> = {};
  for (const name of placeholderNames) {
    const [root = '', field = ''] = name.split('.');
    (scope[root] ??= {})[field] = placeholderMark(name);
  }
  return scope;
}

/** The postal address with the sender before it, unless it begins with that name anyway. */
function addressLine(sender: string, address: string): string {
  return address.toLocaleLowerCase().startsWith(sender.toLocaleLowerCase()) ? address : `${sender}, ${address}`;
}

function paragraphsOf(text: string | undefined): string[] {
  return cleanText(text ?? '')
    .split(/\n\s*\n/)
    .map((paragraph) => cleanLine(paragraph))
    .filter((paragraph) => paragraph !== '');
}

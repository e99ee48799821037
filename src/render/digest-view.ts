/*
 * What a template sees. Everything is decided here (levels, dates, links, phrases that count), so that a template only places it.
 * Every field is always there, null or empty where there is nothing: a misspelt name is then an error, not a gap.
 * Post html is handed over as a content mark and spliced in after MJML has run, so that no post is ever read as markup of the template.
 */
import { accentFrom } from './colour.ts';
import type { Accent } from './colour.ts';
import { cleanLine, cleanText, cutAtWord, isRightToLeft } from './clean-text.ts';
import type { DigestCorrection, DigestModel, DigestPost } from './digest.ts';
import { emailHtml } from './email-html.ts';
import { textOf } from './html-tree.ts';
import { formatDay, formatFullDay, formatNames, phrase } from './language.ts';
import type { Language } from './language.ts';
import { documentView } from './document-view.ts';
import type { DocumentView } from './document-view.ts';
import type { TemplateSettings } from './mail-template.ts';
import { placeholderMark, placeholderNames } from './placeholder.ts';
import { createFootnotes, plainText } from './plain-text.ts';
import { httpUrl } from './post-content.ts';
import { partsOf } from './prepared-post.ts';
import type { DisplayLevel, PostPart, PreparedPost } from './prepared-post.ts';

/** Text columns of the plain part. */
export const textColumns = 74;

const mostTitles = 40;
const contentsFromPosts = 6;

/** A title's length in subject and preheader: leaves room for what follows it. */
const headTitleLength = 110;

/** What a view is built from. */
export interface ViewInput {
  readonly model: DigestModel;
  readonly language: Language;
  readonly settings: TemplateSettings;
  readonly posts: readonly PreparedPost[];
  readonly alsoPublished: readonly PreparedPost[];
  readonly levels: readonly DisplayLevel[];
}

/** A view and the html that its content marks stand for. */
export interface BuiltView {
  readonly view: Readonly<Record<string, unknown>>;
  readonly contents: readonly string[];
}

interface PartView {
  readonly html: string | null;
  readonly text: string | null;
  readonly document: DocumentView | null;
}

interface PostView {
  readonly title: string;
  readonly url: string | null;
  readonly readOnUrl: string;
  readonly anchor: string;
  readonly anchorUrl: string;
  readonly authors: string | null;
  readonly date: string | null;
  readonly minutes: number | null;
  readonly meta: string;
  readonly topic: string | null;
  readonly image: { readonly url: string; readonly alt: string; readonly width: number } | null;
  readonly parts: readonly PartView[];
  readonly footnotes: readonly { readonly number: number; readonly url: string }[];
  readonly isShortened: boolean;
  readonly isQuotation: boolean;
  readonly hasOwnTitle: boolean;
  readonly isRightToLeft: boolean;
}

/** The names of the variables that a digest's templates may use; placeholders come on top. */
export const digestVariables: readonly string[] = (
  'newsletter language direction start end accent issue title preheader preheaderPadding intro note posts sections contents others ' +
  'alsoPublished restCount restUrl corrections showsPreferences columnWidth reader links'
).split(' ');

/** Builds the view of a digest whose subject and preheader are known. */
export function buildView(input: ViewInput, subject: string, preheader: string): BuiltView {
  const { model, language, settings } = input;
  const accent = accentFrom(model.newsletter.colour, settings.grounds.light, settings.grounds.dark);
  const contents: string[] = [];
  const posts = postViews(input, accent, contents);
  const titled = [...input.posts.filter((_post, index) => input.levels[index] === 'title'), ...input.alsoPublished];
  const sections = sectionsOf(posts, language);
  const direction = isRightToLeftLanguage(model.language) ? 'rtl' : 'ltr';
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
    contents: sections.length > 1 && posts.length >= contentsFromPosts ? sections : [],
    others: othersCount(model),
    alsoPublished: titled.slice(0, mostTitles).map((post) => titleView(post, model, language)),
    restCount: Math.max(0, titled.length - mostTitles),
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
export const headVariables: readonly string[] = 'newsletter language issue intro note corrections showsPreferences posts others'.split(' ');

function commonView(model: DigestModel, language: Language): Record<string, unknown> {
  const { newsletter } = model;
  const minutes = model.posts.reduce((sum, post) => sum + post.readingMinutes, 0);
  return {
    newsletter: {
      name: cleanLine(newsletter.name),
      senderName: cleanLine(newsletter.senderName),
      address: addressLine(cleanLine(newsletter.senderName), cleanLine(newsletter.postalAddress)),
      logoUrl: httpUrl(newsletter.logoUrl) ?? null,
      siteUrl: httpUrl(newsletter.siteUrl) ?? null,
      feedUrl: model.feedUrl,
    },
    language: model.language,
    issue: {
      day: formatFullDay(model.issueDate, language, model.timeZone),
      postCount: othersCount(model) + 1,
      minutes,
      url: model.archiveUrl,
    },
    intro: paragraphsOf(newsletter.intro),
    note: paragraphsOf(model.note),
    corrections: model.corrections.map((correction) => correctionView(correction)),
    showsPreferences: model.showsPreferences === true,
  };
}

/** How many posts there are besides the first, in full or by title. */
function othersCount(model: DigestModel): number {
  return model.posts.length + model.alsoPublished.length - 1;
}

function postViews(input: ViewInput, accent: Accent, contents: string[]): PostView[] {
  let footnoteCount = 0;
  return input.posts.flatMap((prepared, index) => {
    const level = input.levels[index] ?? 'title';
    if (level === 'title') return [];
    const footnotes = createFootnotes(footnoteCount + 1);
    const parts = partsOf(prepared, level).map((part) => partView(part, prepared, input, accent, contents, footnotes));
    footnoteCount += footnotes.list.length;
    return [postView(prepared, level, parts, footnotes.list, input)];
  });
}

function partView(
  part: PostPart,
  prepared: PreparedPost,
  input: ViewInput,
  accent: Accent,
  contents: string[],
  footnotes: ReturnType<typeof createFootnotes>,
): PartView {
  if (part.kind === 'document') return { html: null, text: null, document: documentView(part.document, input.language) };
  const style = { elements: input.settings.content, accent: accent.light, columnWidthPx: input.settings.columnWidth };
  const html = emailHtml(part.nodes, style, prepared.isQuotation);
  contents.push(isRightToLeft(textOf(part.nodes)) ? `<div dir="rtl" style="text-align:right">${html}</div>` : html);
  return { html: `\uFDD2${contents.length - 1}\uFDD3`, text: plainText(part.nodes, footnotes, textColumns), document: null };
}

function postView(
  prepared: PreparedPost,
  level: DisplayLevel,
  parts: readonly PartView[],
  footnotes: PostView['footnotes'],
  { model, language, settings }: ViewInput,
): PostView {
  const { post } = prepared;
  const titled = titleView(prepared, model, language);
  const imageUrl = httpUrl(post.image?.url);
  const anchor = `p${post.position}`;
  return {
    ...titled,
    readOnUrl: prepared.url ?? model.archiveUrl,
    anchor,
    anchorUrl: `${model.archiveUrl.replace(/#.*$/, '')}#${anchor}`,
    topic: post.topic ? cleanLine(post.topic.name) : null,
    image:
      post.image && imageUrl !== undefined
        ? {
            url: imageUrl,
            alt: cleanLine(post.image.alt) || (prepared.url === null ? '' : prepared.title),
            width: Math.min(post.image.width ?? settings.columnWidth, settings.columnWidth),
          }
        : null,
    parts,
    footnotes,
    isShortened: level !== 'full',
    isQuotation: prepared.isQuotation,
    hasOwnTitle: prepared.hasOwnTitle || parts.every((part) => part.html === null),
    isRightToLeft: isRightToLeft(prepared.title),
  };
}

function titleView(prepared: PreparedPost, model: DigestModel, language: Language) {
  const { post } = prepared;
  const names = post.authors.map((author) => cleanLine(author)).filter((author) => author !== '');
  const authors = names.length > 0 ? cutAtWord(formatNames(names, language), 120) : null;
  const date = post.publishedAt ? formatDay(post.publishedAt, model.issueDate, language, model.timeZone) : null;
  const minutes = post.readingMinutes >= 2 ? post.readingMinutes : null;
  const parts = [
    authors === null ? null : phrase(language, 'post.by', { authors }),
    date,
    minutes === null ? null : phrase(language, 'post.minutes', { count: minutes }),
  ];
  return {
    title: prepared.title,
    url: prepared.url,
    authors,
    date,
    minutes,
    meta: parts.filter((part) => part !== null).join('\u00A0· '),
    isRightToLeft: isRightToLeft(prepared.title),
  };
}

/** Posts by topic, in the order in which topics first appear; those without one last. One heading only: then it stands by itself. */
function sectionsOf(posts: readonly PostView[], language: Language): { name: string | null; posts: readonly PostView[] }[] {
  const names = [...new Set(posts.map((post) => post.topic))].sort((a, b) => Number(a === null) - Number(b === null));
  return names.map((name) => ({
    name: name ?? (names.length > 1 ? phrase(language, 'digest.otherPosts') : null),
    posts: posts.filter((post) => post.topic === name),
  }));
}

function correctionView(correction: DigestCorrection) {
  return {
    title: cutAtWord(cleanLine(correction.title), 300),
    url: httpUrl(correction.url) ?? null,
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

function isRightToLeftLanguage(tag: string): boolean {
  return /^(?:ar|he|iw|fa|ur|yi|ps|sd|ug|dv|ckb)\b/i.test(tag);
}

/** Whether a model has anything to show. */
export function isEmptyDigest(posts: readonly DigestPost[], corrections: readonly DigestCorrection[]): boolean {
  return posts.length === 0 && corrections.length === 0;
}

/*
 * A post as templates see it: every field is there, null or empty where there is nothing.
 * Html and text are made from the same parts in the same order, so that both sides of a message carry the same.
 */
import type { Accent } from '../templates/colour.ts';
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { isolatedIn, isRightToLeft, isRightToLeftLanguage, withoutOpenDirections } from '../../kernel/text/direction.ts';
import type { DigestModel, DigestPost } from '../digest.ts';
import { documentView } from './document-view.ts';
import type { DocumentView } from './document-view.ts';
import { emailHtml } from './email-html.ts';
import { toldText, visibleLine } from '../../content/html/visible-text.ts';
import { elementsOf } from '../../content/html/html-tree.ts';
import type { HtmlNode } from '../../content/html/html-tree.ts';
import { formatDay, formatNames, phrase } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import type { TemplateSettings } from '../templates/mail-template.ts';
import { createFootnotes, noteNumbers, plainText } from './plain-text.ts';
import { httpUrl } from './clean-content.ts';
import { inPassage, isolated, postLanguage, titlePassage } from './passage.ts';
import { partsOf } from './prepared-post.ts';
import { eventText } from '../../content/text/event-date.ts';
import { countWords, wholeMinutes } from '../../content/text/reading-time.ts';
import type { DisplayLevel, PostPart, PreparedPost, PreparedTitle } from './prepared-post.ts';
import { firstSentence } from '../../content/title.ts';

/** Text columns of the plain part. */
const textColumns = 74;

/** What a view is built from. */
export interface ViewInput {
  readonly model: DigestModel;
  readonly language: Language;
  readonly settings: TemplateSettings;
  readonly posts: readonly PreparedPost[];
  readonly alsoPublished: readonly PreparedTitle[];
  readonly levels: readonly DisplayLevel[];
}

/** A piece of a post: its html (as a content mark) and its text, or a document. */
export interface PartView {
  readonly html: string | null;
  readonly text: string | null;
  readonly document: DocumentView | null;
}

/** A post as templates see it. */
export interface PostView {
  readonly title: string;
  readonly url: string | null;
  readonly readOnUrl: string;
  readonly anchor: string;
  /** Leads to the post within the mail: the archive page need not show it, for other readers may have had it before. */
  readonly anchorUrl: string;
  readonly authors: string | null;
  readonly date: string | null;
  /** The date is that of an event, with its place: it may take more than a line. */
  readonly isEvent: boolean;
  readonly minutes: number | null;
  readonly meta: string;
  readonly topic: string | null;
  readonly image: { readonly url: string; readonly alt: string; readonly width: number } | null;
  readonly parts: readonly PartView[];
  readonly footnotes: readonly { readonly number: number; readonly url: string }[];
  readonly isShortened: boolean;
  readonly isQuotation: boolean;
  /** False where what is shown begins with the title: it was taken from the text. */
  readonly hasOwnTitle: boolean;
  readonly isRightToLeft: boolean;
  /** The language and the direction of title and text where they are not those of the frame, for `lang` and `dir`. */
  readonly language: string | null;
  readonly direction: 'ltr' | 'rtl' | null;
}

/**
 * The posts that are shown with more than their title; their html is added to `contents`. Footnotes are numbered through in the order in which
 * a reader meets them: by sections.
 */
export function postViews(input: ViewInput, accent: Accent, contents: string[]): PostView[] {
  const shown = input.posts.flatMap((prepared, index) => {
    const level = input.levels[index] ?? 'title';
    return level === 'title' ? [] : [{ prepared, level, topic: topicName(prepared.post) }];
  });
  const views = new Map<(typeof shown)[number], PostView>();
  const taken = new Set(shown.flatMap(({ prepared, level }) => noteNumbers(shownNodes(prepared, level))));
  const covers = new Set<string>();
  let first = 1;
  for (const each of groupByTopic(shown, input.model.sectionOrder).flatMap((group) => group.posts)) {
    const footnotes = createFootnotes(first, taken);
    const parts = partsOf(each.prepared, each.level).map((part) => partView(part, each.prepared, input, accent, contents, footnotes));
    first = (footnotes.list.at(-1)?.number ?? first - 1) + 1;
    views.set(each, withoutRepeatedCover(postView(each.prepared, each.level, parts, footnotes.list, input), covers));
  }
  return shown.map((each) => views.get(each)!);
}

/** A show's cover that every post of it repeats stands once in a digest, above the first that a reader meets. */
function withoutRepeatedCover(view: PostView, covers: Set<string>): PostView {
  if (view.image === null) return view;
  const isRepeated = covers.has(view.image.url);
  covers.add(view.image.url);
  return isRepeated ? { ...view, image: null } : view;
}

function topicName(post: DigestPost): string | null {
  return post.topic ? cleanLine(post.topic.name) : null;
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
  const isRtl = isRightToLeft(visibleLine(part.nodes), postLanguage(prepared.post, input.model));
  const style = { elements: input.settings.content, accent: accent.light, columnWidthPx: input.settings.columnWidth, isRightToLeft: isRtl };
  const html = emailHtml(part.nodes, style, prepared.isQuotation);
  contents.push(inPassage(html, isRtl, prepared.post, input));
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
  const image = prepared.isImageInText && level === 'full' ? undefined : prepared.image;
  const imageUrl = httpUrl(image?.url);
  const anchor = anchorOf(post);
  return {
    ...titled,
    readOnUrl: prepared.url ?? model.archiveUrl,
    anchor,
    anchorUrl: `#${anchor}`,
    topic: topicName(post),
    image:
      image && imageUrl !== undefined
        ? {
            url: imageUrl,
            alt: cleanLine(image.alt) || (prepared.url === null ? '' : prepared.title),
            width: imageWidth(image.width, settings.columnWidth),
          }
        : null,
    parts,
    footnotes,
    isShortened: level !== 'full' && !showsAll(prepared, level),
    isQuotation: prepared.isQuotation,
    hasOwnTitle: !beginsWithTitle(prepared, level, postLanguage(prepared.post, model)),
  };
}

function shownNodes(prepared: PreparedPost, level: DisplayLevel): HtmlNode[] {
  return partsOf(prepared, level).flatMap((part) => (part.kind === 'content' ? part.nodes : []));
}

/** Whether a lower level leaves nothing out, as of a notice whose lead is all of it. */
function showsAll(prepared: PreparedPost, level: DisplayLevel): boolean {
  const shown = shownNodes(prepared, level);
  const all = prepared.blocks.flatMap((block) => block.nodes);
  const pictures = (nodes: readonly HtmlNode[]) => elementsOf(nodes).filter((element) => element.tag === 'img').length;
  return countWords(visibleLine(shown)) >= prepared.words && pictures(shown) === pictures(all);
}

/** The id of the element that a post begins with, where a list of contents leads to. */
export function anchorOf(post: Pick<DigestPost, 'position'>): string {
  return `p${post.position}`;
}

/** Whether what is shown begins with the title, which was then taken from the text and would stand twice. */
function beginsWithTitle(prepared: PreparedPost, level: DisplayLevel, language: string): boolean {
  const shown = shownNodes(prepared, level);
  return firstSentence(toldText(shown).slice(0, 1000), language) === prepared.title;
}

/** A date or a count as one word: no line ends after its number. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00A0');
}

/** A picture of three quarters of the column or more takes all of it: a gap that small would look like a mistake. */
function imageWidth(width: number | undefined, columnWidth: number): number {
  return width === undefined || width >= columnWidth * 0.75 ? columnWidth : width;
}

/** When what the post tells of takes place, and where; else its own day. */
function dateOf({ event, publishedAt }: DigestPost, { editionDate, timeZone }: DigestModel, language: Language): string | null {
  if (event) return eventText(event, { language: language.tag, timeZone }).replaceAll(/(?<=\d) (?=\p{L})/gu, '\u00A0');
  return publishedAt ? formatDay(publishedAt, editionDate, language, timeZone) : null;
}

/** What a list says of a post. */
export function titleView(prepared: PreparedTitle, model: DigestModel, language: Language) {
  const { post } = prepared;
  const names = post.authors.flatMap((author) => isolated(cleanLine(author), language) || []);
  const authors = names.length > 0 ? withoutOpenDirections(cutAtWord(formatNames(names, language), 120)) : null;
  const date = dateOf(post, model, language);
  const showsTime = model.newsletter.sections?.readingTime !== false;
  const wholes = wholeMinutes(post.readingMinutes);
  const minutes = showsTime && wholes >= 2 ? wholes : null;
  const parts = [
    // First, and where a line may end: what it tells of is to come, and may have a place.
    date !== null && post.event ? date : null,
    authors === null ? null : phrase(language, 'post.by', { authors }),
    date === null || post.event ? null : unbroken(date),
    minutes === null ? null : unbroken(phrase(language, 'post.minutes', { count: minutes })),
  ];
  return {
    title: prepared.title,
    url: prepared.url,
    authors,
    date,
    isEvent: post.event !== undefined,
    minutes,
    meta: parts.filter((part) => part !== null).join('\u00A0· '),
    ...titlePassage(prepared, { model, language }),
  };
}

/** Posts by topic, each group under its heading; those without one under a heading of their own, or under none where it would be the only one. */
export function sectionsOf(
  posts: readonly PostView[],
  order: DigestModel['sectionOrder'],
  language: Language,
): { name: string | null; posts: readonly PostView[] }[] {
  const groups = groupByTopic(posts, order);
  const isLeading = (index: number) => index === 0 && groups.some(({ topic }) => topic !== null);
  return groups.map(({ topic, posts: inGroup }, index) => ({
    name: topic ?? (groups.length > 1 && !isLeading(index) ? phrase(language, 'digest.otherPosts') : null),
    posts: inGroup,
  }));
}

/**
 * Posts by topic, in the order that the model wants, else as topics first appear; those without one last. First posts without one stand first all
 * the same, under no heading: the subject names them, and staff may have pinned them.
 */
function groupByTopic<P extends { readonly topic: string | null }>(
  posts: readonly P[],
  order: readonly string[] = [],
): { topic: string | null; posts: readonly P[] }[] {
  const firstTopical = posts.findIndex((post) => post.topic !== null);
  const leading = firstTopical > 0 ? posts.slice(0, firstTopical) : [];
  const following = posts.slice(leading.length);
  const wanted = order.map((name) => cleanLine(name));
  const place = (topic: string | null) =>
    topic === null ? wanted.length + 1 : wanted.includes(topic) ? wanted.indexOf(topic) : wanted.length;
  const topics = [...new Set(following.map((post) => post.topic))].sort((a, b) => place(a) - place(b));
  const groups = topics.map((topic) => ({ topic, posts: following.filter((post) => post.topic === topic) }));
  return leading.length > 0 ? [{ topic: null, posts: leading }, ...groups] : groups;
}

/*
 * A post as templates see it: every field is there, null or empty where there is nothing.
 * Html and text are made from the same parts in the same order, so that both sides of a message carry the same.
 */
import type { Accent } from '../templates/colour.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { isRightToLeft } from '../../kernel/text/direction.ts';
import type { DigestModel, DigestPost } from '../digest.ts';
import { documentView } from './document-view.ts';
import type { DocumentView } from './document-view.ts';
import { emailHtml } from '../parts/email-html.ts';
import { toldText, visibleLine } from '../../content/html/visible-text.ts';
import { elementsOf } from '../../content/html/html-tree.ts';
import type { HtmlNode } from '../../content/html/html-tree.ts';
import type { Language } from '../templates/language.ts';
import type { TemplateSettings } from '../templates/mail-template.ts';
import { createFootnotes, noteNumbers, plainText } from '../parts/plain-text.ts';
import { httpUrl } from '../parts/clean-content.ts';
import { inPassage, postLanguage } from './passage.ts';
import { partsOf } from '../parts/prepared-post.ts';
import { isSameText } from '../parts/without-repeats.ts';
import { headingsUnder } from '../parts/heading-order.ts';
import { countWords } from '../../content/text/reading-time.ts';
import { headingLevel, sectionsOf } from './sections.ts';
import { titleView, topicName } from './title-view.ts';
import type { DisplayLevel, PostPart, PreparedPost, PreparedTitle } from '../parts/prepared-post.ts';
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
  /** Where a post that is shown whole is on the web; null where a document's card or `readOnUrl` is the link to follow. */
  readonly openUrl: string | null;
  readonly anchor: string;
  readonly authors: string | null;
  readonly date: string | null;
  /** The date is that of an event, with its place: it may take more than a line. */
  readonly isEvent: boolean;
  /** "March 2026". */
  readonly month: string | null;
  readonly minutes: number | null;
  readonly meta: string;
  readonly topic: string | null;
  /** Without an alt text where it would only repeat the title: such a picture is decoration, and no link. */
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
  for (const { post: each, level } of placedPosts(shown, input)) {
    const footnotes = createFootnotes(first, taken);
    const inOrder = headingsUnder(hasOwnTitle(each.prepared, each.level, input) ? level : level - 1);
    const parts = partsOf(each.prepared, each.level).map((part) =>
      partView(inOrder(part), each.prepared, input, accent, contents, footnotes),
    );
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

/** Posts in the order in which they are read, with the level of the heading that each has: below its section's, if that has one. */
function placedPosts<P extends { readonly topic: string | null }>(
  shown: readonly P[],
  { model, language }: ViewInput,
): { post: P; level: number }[] {
  return sectionsOf(shown, model.sectionOrder, language).flatMap(({ name, posts }) =>
    posts.map((post) => ({ post, level: headingLevel(name) })),
  );
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
  input: ViewInput,
): PostView {
  const { model, language, settings } = input;
  const { post } = prepared;
  const titled = titleView(prepared, model, language);
  const hasText = parts.some((part) => part.text !== null && part.text !== '');
  const isShortened = hasText && (prepared.isCut || (level !== 'full' && !showsAll(prepared, level)));
  const image = prepared.isImageInText && level === 'full' ? undefined : prepared.image;
  const imageUrl = httpUrl(image?.url);
  return {
    ...titled,
    readOnUrl: prepared.url ?? model.archiveUrl,
    openUrl: isShortened || prepared.documents.length > 0 ? null : prepared.url,
    anchor: anchorOf(post),
    image:
      image && imageUrl !== undefined
        ? {
            url: imageUrl,
            alt: isSameText(image.alt, prepared.title) ? '' : cleanLine(image.alt),
            width: imageWidth(image.width, settings.columnWidth),
          }
        : null,
    parts,
    footnotes,
    isShortened,
    isQuotation: prepared.isQuotation,
    hasOwnTitle: hasOwnTitle(prepared, level, input),
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

/** The id of the element that a post begins with: whoever looks for the posts of a digest finds them by it. */
export function anchorOf(post: Pick<DigestPost, 'position'>): string {
  return `p${post.position}`;
}

/** False where what is shown begins with the title, which was then taken from the text and would stand twice. */
function hasOwnTitle(prepared: PreparedPost, level: DisplayLevel, { model }: ViewInput): boolean {
  const shown = shownNodes(prepared, level);
  return firstSentence(toldText(shown).slice(0, 1000), postLanguage(prepared.post, model)) !== prepared.title;
}

/** A picture of three quarters of the column or more takes all of it: a gap that small would look like a mistake. */
function imageWidth(width: number | undefined, columnWidth: number): number {
  return width === undefined || width >= columnWidth * 0.75 ? columnWidth : width;
}

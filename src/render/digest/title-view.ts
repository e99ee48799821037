/*
 * What a list says of a post: its title, who wrote it, and when; also the line below a post's title.
 */
import { cutAtWord } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { withoutOpenDirections } from '../../kernel/text/direction.ts';
import { eventText } from '../../content/text/event-date.ts';
import { isFilmPage } from '../../content/embeds/film-page.ts';
import { wholeMinutes } from '../../content/text/reading-time.ts';
import type { DigestModel, DigestPost } from '../digest.ts';
import type { PreparedTitle } from '../parts/prepared-post.ts';
import { formatDay, formatMonth, formatNames, phrase } from '../templates/language.ts';
import type { Language } from '../templates/language.ts';
import { isolated, titlePassage } from './passage.ts';

/** The name of the topic that a post stands under. */
export function topicName(post: DigestPost): string | null {
  return post.topic ? cleanLine(post.topic.name) : null;
}

/** A date or a count as one word: no line ends after its number. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00A0');
}

/** When what the post tells of takes place, and where; else its own day. */
function dateOf({ event, publishedAt }: DigestPost, { editionDate, timeZone }: DigestModel, language: Language): string | null {
  if (event) return eventText(event, { language: language.tag, timeZone }).replaceAll(/(?<=\d) (?=\p{L})/gu, '\u00A0');
  return publishedAt ? formatDay(publishedAt, editionDate, language, timeZone) : null;
}

/** Whether a post is there to be heard or watched: how long its notes take to read says nothing. */
export function isRecording(post: Pick<DigestPost, 'attachments' | 'url'>): boolean {
  return isFilmPage(post.url) || post.attachments.some(({ mediaType }) => /^(?:audio|video)\//i.test(mediaType));
}

/** What a list says of a post. */
export function titleView(prepared: PreparedTitle, model: DigestModel, language: Language) {
  const { post } = prepared;
  const names = post.authors.flatMap((author) => isolated(cleanLine(author), language) || []);
  const authors = names.length > 0 ? withoutOpenDirections(cutAtWord(formatNames(names, language), 120)) : null;
  const date = dateOf(post, model, language);
  const showsTime = model.newsletter.sections?.readingTime !== false;
  const wholes = wholeMinutes(post.readingMinutes);
  const minutes = showsTime && wholes >= 2 && !isRecording(post) ? wholes : null;
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
    month: post.publishedAt ? formatMonth(post.publishedAt, language, model.timeZone) : null,
    topic: topicName(post),
    minutes,
    meta: parts.filter((part) => part !== null).join('\u00A0· '),
    ...titlePassage(prepared, { model, language }),
  };
}

/*
 * The forms of a reader's preferences: what stands in them, and what they say back. Pure.
 */
import { InvalidInputError } from '../../kernel/errors.ts';
import { subscribeUrl } from '../../kernel/site-urls.ts';
import { maskedAddress } from '../../mail/address.ts';
import { parseTimeZone } from '../../newsletters/schedule.ts';
import type { PageModels, PreferencesForm } from '../../render/pages/pages.ts';
import type { Preferences, PreferenceSection } from '../../subscribers/choices/find-preferences.ts';
import { beginningOf, readerDayOf } from '../../subscribers/choices/reader-day.ts';
import type { Choices } from '../../subscribers/subscriber.ts';
import type { Form } from '../form.ts';
import { newsletterLink } from '../page-parts.ts';
import type { WebPorts } from '../web.ts';
import { cadenceOf } from './cadence.ts';

/** What cannot be in a form. */
export type SectionFault = NonNullable<PreferencesForm['fault']>;

/** A form that was refused: what was typed stays. */
export interface TypedSection {
  readonly section: PreferenceSection;
  readonly form: Form;
  readonly fault: SectionFault;
}

/** What a form chooses, or what of it cannot be. A topic that is not offered any more stays with who follows it. */
export function choicesIn(
  form: Form,
  { subscription, schedules, topics }: PreferenceSection,
  languages: readonly string[],
): Choices | { readonly fault: SectionFault } {
  const schedule = form.text('schedule');
  const scheduleId = schedule === undefined ? subscription.scheduleId : schedules.find(({ name }) => name === schedule)?.id;
  const language = form.text('language') ?? subscription.language;
  const format = form.text('format') ?? subscription.format;
  const hour = form.text('hour') ?? '';
  if (scheduleId === undefined || (language !== subscription.language && !languages.includes(language))) return { fault: 'gone' };
  if ((format !== 'html' && format !== 'text') || !/^(?:|\d|1\d|2[0-3])$/.test(hour)) return { fault: 'gone' };
  const topicIds = topicsIn(form, subscription.topicIds, topics);
  if (topicIds !== null && 'fault' in topicIds) return topicIds;
  const timeZone = zoneIn(form.text('zone') ?? '');
  if (hour !== '' && timeZone === undefined) return { fault: 'zone' };
  return {
    scheduleId,
    topicIds,
    language,
    format,
    localHour: hour === '' ? null : Number(hour),
    timeZone: timeZone ?? subscription.timeZone,
  };
}

function topicsIn(
  form: Form,
  followed: readonly string[] | null,
  offered: PreferenceSection['topics'],
): readonly string[] | null | { readonly fault: SectionFault } {
  const follows = form.text('follows');
  // A newsletter without topics shows no such choice.
  if (follows === undefined) return followed;
  if (follows === 'all') return null;
  const slugs = form.list('topic');
  const chosen = slugs.map((slug) => offered.find((topic) => topic.slug === slug)?.id);
  if (chosen.includes(undefined)) return { fault: 'gone' };
  if (chosen.length === 0) return { fault: 'topics' };
  const kept = followed?.filter((id) => !offered.some((topic) => topic.id === id)) ?? [];
  return [...new Set([...(chosen as string[]), ...kept])].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

function zoneIn(text: string): string | undefined {
  try {
    return parseTimeZone(text);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

const longestPauseMs = 5 * 366 * 86_400_000;

/** Until when a form pauses: the beginning of a day where the reader is, or until they come back; undefined for a day that cannot be. */
export function pauseIn(form: Form, { subscription }: PreferenceSection, now: Date): Date | 'indefinitely' | undefined {
  const text = (form.text('until') ?? '').trim();
  if (text === '') return 'indefinitely';
  const day = readerDayOf(text);
  const until = day && beginningOf(day, subscription.dayZone);
  return until && until > now && until.getTime() - now.getTime() < longestPauseMs ? until : undefined;
}

/** What the page shows; what was typed stands in its place. */
export function preferencesModel(
  { publicUrl, pages, signUps }: Pick<WebPorts, 'publicUrl' | 'pages' | 'signUps'>,
  { person, sections }: Preferences,
  said: { readonly actionUrl: string; readonly done?: string | undefined; readonly typed?: TypedSection },
): Omit<PageModels['preferences'], 'language' | 'homeUrl'> {
  const done = (['saved', 'link_sent', 'kept'] as const).find((each) => each === said.done);
  return {
    address: maskedAddress(person.address),
    actionUrl: said.actionUrl,
    ...(done === undefined ? {} : { done }),
    sections: sections.map((section) => sectionForm(publicUrl, pages.languages, section, said.typed)),
    zones: Intl.supportedValuesOf('timeZone'),
    canMailLink: signUps !== undefined && sections.some(({ subscription }) => subscription.state === 'active'),
  };
}

function sectionForm(
  publicUrl: string,
  languages: readonly string[],
  section: PreferenceSection,
  refused: TypedSection | undefined,
): PreferencesForm {
  const { subscription, newsletter, schedules } = section;
  const typed = refused?.section === section ? refused : undefined;
  const text = (name: string, stored: string): string => typed?.form.text(name) ?? stored;
  const hour = text('hour', subscription.localHour === null ? '' : String(subscription.localHour));
  const language = text('language', subscription.language);
  return {
    id: subscription.id,
    newsletter: newsletterLink(publicUrl, newsletter),
    hasLeft: subscription.state === 'left',
    subscribeUrl: subscribeUrl(publicUrl, newsletter.slug),
    ...topicFields(section, typed),
    schedules: schedules.map((schedule) => ({
      name: schedule.name,
      cadence: cadenceOf(schedule),
      isChosen: typed?.form.has('schedule') ? typed.form.text('schedule') === schedule.name : schedule.id === subscription.scheduleId,
    })),
    hours: Array.from({ length: 24 }, (_, each) => ({ value: String(each), isChosen: hour === String(each) })),
    timeZone: text('zone', subscription.dayZone),
    languages: [...new Set([...languages, subscription.language])].map((tag) => ({
      tag,
      name: nameOfLanguage(tag),
      isChosen: tag === language,
    })),
    format: text('format', subscription.format) === 'text' ? 'text' : 'html',
    isPaused: subscription.isPaused,
    ...(subscription.pausedUntil === null ? {} : { pausedUntil: subscription.pausedUntil }),
    pauseZone: subscription.dayZone,
    until: text('until', '').slice(0, 10),
    ...(typed ? { fault: typed.fault } : {}),
  };
}

function topicFields(
  { subscription, topics }: PreferenceSection,
  typed: TypedSection | undefined,
): Pick<PreferencesForm, 'followsAll' | 'topics'> {
  const isTyped = typed?.form.has('follows') === true;
  return {
    followsAll: isTyped ? typed.form.text('follows') === 'all' : subscription.topicIds === null,
    topics: topics.map(({ id, slug, name }) => ({
      slug,
      name,
      isChosen: isTyped ? typed.form.list('topic').includes(slug) : (subscription.topicIds?.includes(id) ?? false),
    })),
  };
}

/** As its own speakers call it. */
function nameOfLanguage(tag: string): string {
  return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;
}

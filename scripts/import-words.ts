/*
 * An import in plain words: what a file is, what would become of its people, what became of them.
 */
import { countOf } from '../src/kernel/count-of.ts';
import { withFullStop } from '../src/kernel/full-stop.ts';
import { countHere, type ImportCounts, type ImportPlan } from '../src/subscribers/importing/import-request.ts';
import { wordRemedy } from './remedies.ts';

const forms: Readonly<Record<string, string>> = {
  'mailchimp-subscribed': 'Mailchimp, subscribed',
  'mailchimp-unsubscribed': 'Mailchimp, unsubscribed',
  'mailchimp-cleaned': 'Mailchimp, cleaned',
  substack: 'Substack',
  ghost: 'Ghost',
  listmonk: 'listmonk',
  mailpoet: 'MailPoet',
  jetpack: 'Jetpack',
  'mailchimp-nonsubscribed': 'Mailchimp, contacts without subscription',
  gazette: 'Gazette',
  'gazette-suppressions': 'Gazette, suppressions',
  list: 'a list of addresses',
  other: 'a plain table',
};

const separators: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars', '': 'nothing' };

const mostListed = 20;

/** What the file is and how it is read. */
export function describeFile(plan: ImportPlan, name: string): string[] {
  const { file, contents, isMappingRemembered, doneUptoLine } = plan;
  const used = file.mapping.filter((each) => each.field !== undefined).map((each) => `${each.column} → ${each.field}`);
  const unused = file.mapping.filter((each) => each.field === undefined).map((each) => each.column);
  return [
    `${name}: ${forms[file.form] ?? file.form}; ${file.encoding}, parted by ${separators[file.separator] ?? `"${file.separator}"`}; ${countOf(contents.rows, 'row')}.`,
    ...(used.length > 0 ? [`Columns: ${used.join(', ')}${unused.length > 0 ? `; not used: ${listed(unused)}` : ''}.`] : []),
    ...(isMappingRemembered ? ['Using the mapping that was given for a file with the same columns before.'] : []),
    ...describeUnknownLabels(plan),
    ...(file.cannotTellWhoLeft
      ? ['This export cannot tell who left: leave out who did, or import their list with --as left before you send.']
      : []),
    ...(doneUptoLine === undefined ? [] : [`Goes on where an import of this file ended before: up to line ${doneUptoLine} it is done.`]),
  ];
}

function describeUnknownLabels({ contents: { unknownLabels: labels }, topics, counts }: ImportPlan): string[] {
  if (labels.length === 0) return [];
  const [example, topic] = [labels[0]!.label, topics[0]];
  const help =
    topic === undefined
      ? withFullStop(`There is no topic yet: ${wordRemedy({ kind: 'map_category' })}`)
      : `Where one of them means a topic (${listed(topics)}), say so: --map "${example}=${topic}".`;
  return [
    `Labels that are no topic here, and left out: ${listed(labels.map(({ label, count }) => `${label} (${count})`))}. ${help}`,
    ...(countNew(counts) > 0 ? ['Who is new gets their topics by this import; no later one gives them others.'] : []),
  ];
}

const countNew = ({ activated, asked, no_consent: unagreed }: ImportCounts): number => activated + asked + unagreed;

/** That who is here keeps their topics, where the file may seem to give them others. */
export function describeKept({ counts, contents }: ImportPlan): string[] {
  if (countHere(counts) === 0 || contents.labelled === 0) return [];
  return [
    'Who is already here keeps the topics that they have, whatever labels the file gives them; "gazette subscribers set" changes them.',
  ];
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, mostListed);
  return texts.length > shown.length ? `${shown.join(', ')} and ${texts.length - shown.length} more` : shown.join(', ');
}

const were = (count: number): string => (count === 1 ? 'was' : 'were');
const stay = (count: number): string => (count === 1 ? 'stays' : 'stay');

type Tense = 'would' | 'did';

/** What would become, or became, of everybody in one sentence. `errors`: the file of refused rows. */
export function describeOutcome(plan: ImportPlan, counts: ImportCounts, tense: Tense, errors: string | undefined): string {
  const { contents, firstPosts } = plan;
  const isDone = tense === 'did';
  const parts: [number, string][] = [
    [counts.activated, isDone ? 'new, active from now on' : 'new'],
    [counts.asked, isDone ? 'new and asked' : 'new, to be asked'],
    [counts.no_consent, 'new without any consent'],
    [countHere(counts), isDone ? `${were(countHere(counts))} already here` : 'already here'],
    [counts.came_back, `${isDone ? 'had come' : 'came'} back by their own confirmation and ${stay(counts.came_back)}`],
    [counts.stays_left, `${isDone ? 'had left' : 'left'} and ${stay(counts.stays_left)} so`],
    [counts.stays_suppressed, `${isDone ? `${were(counts.stays_suppressed)} ` : ''}suppressed and ${stay(counts.stays_suppressed)} so`],
    [counts.was_erased, `${isDone ? `${were(counts.was_erased)} ` : ''}erased and ${stay(counts.was_erased)} away`],
    [counts.has_moved, 'by an address that is theirs no more, left out'],
    [counts.recorded_left, isDone ? 'kept as having left elsewhere' : 'left elsewhere, to be kept as left'],
    [counts.lowered, isDone ? 'marked as left' : 'to be marked as left'],
    [counts.suppressed, isDone ? 'suppressed' : 'to be suppressed'],
    [counts.never_agreed, `agreed to nothing there and ${counts.never_agreed === 1 ? 'is' : 'are'} left out`],
    [contents.doubled, `${contents.doubled === 1 ? 'row' : 'rows'} double`],
    [contents.held, 'left out, because a row about them that was refused may say less'],
    ...Object.entries(contents.otherNewsletters).map(([slug, count]): [number, string] => [count, `of newsletter ${slug} left out`]),
    [
      contents.hinted,
      `with an address near a large mail host, taken as it is${contents.refused > 0 || errors === undefined ? '' : `: ${errors}`}`,
    ],
    [contents.flawed, `taken for the state alone${contents.refused + contents.hinted > 0 || errors === undefined ? '' : `: ${errors}`}`],
    [contents.refused, `refused${errors === undefined ? '' : `: ${errors}`}`],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  const first = isDone || counts.activated === 0 ? '' : `; the first edition would bring them ${countOf(firstPosts, 'post')}`;
  return `${said.join(', ') || 'Nobody in it'}${first}.`;
}

import { suppressionColumns, subscriptionColumns } from './own-export.ts';
import type { ImportedStatus, ImportForm } from '../import-row.ts';
import { plainWords } from './plain-words.ts';
import { findOptOutColumns, statusOfMark, type OptOutColumn } from './opt-out-columns.ts';
import { isLowering, isYes, lowestStatus, statusOfWords } from './status-words.ts';

/** What a row's cells say of its status; a fault where they say nothing that is understood. */
export type StatusCell =
  | { readonly status: ImportedStatus; readonly words?: string }
  | { readonly fault: string; /** There is nothing at all. */ readonly isEmpty?: boolean };

/** Whose export a file is, and how its statuses are read. */
export interface FormReading {
  readonly form: ImportForm;
  readonly cannotTellWhoLeft: boolean;
  /** Columns that say the status, for the mapping that people see. */
  readonly statusColumns: readonly number[];
  /** The column that says since when somebody has left or is suppressed. */
  readonly goneColumn?: number;
  readonly statusOf: (cells: readonly string[]) => StatusCell;
}

/** Tells whose export a file is by its header, in plain words, and where that does not say enough by the name that its maker gave it. */
export function recogniseForm(header: readonly string[], fileName: string, statusColumn: number | undefined): FormReading {
  const names = header.map(plainWords);
  const own = ownForm(header);
  if (own) return own;
  const marks = findOptOutColumns(header);
  // Said to be the status by whom it may: a yes in it is one to being gone.
  const words = marks.some(({ index, kind }) => index === statusColumn && kind !== 'permission') ? undefined : statusColumn;
  const form =
    mailchimpForm(names, plainWords(fileName), words) ??
    mailpoetForm(names) ??
    substackForm(names) ??
    ghostForm(names) ??
    listmonkForm(names) ??
    jetpackForm(names, words) ??
    otherForm(words);
  return withMarks(form, marks);
}

/** A form that knows of columns of opt-outs beside its own: each of them may lower, and none raises. */
function withMarks(form: FormReading, columns: readonly OptOutColumn[]): FormReading {
  const marks = columns.filter(({ index }) => !form.statusColumns.includes(index));
  if (marks.length === 0) return form;
  return {
    ...form,
    statusColumns: [...form.statusColumns, ...marks.map(({ index }) => index)],
    statusOf: (cells) => {
      const stated = form.statusOf(cells);
      const said = marks.flatMap((mark) => saidBy(mark, cells[mark.index] ?? ''));
      // Where nothing else says a status, the mark is what says it.
      const first = said.length > 0 && 'status' in stated && stated.status === 'absent' ? { status: 'active' as const } : stated;
      return lowestOf([first, ...said]);
    },
  };
}

/** What a mark says; of a permission only that it is denied: that it is given makes nobody anything. */
function saidBy(mark: OptOutColumn, cell: string): StatusCell[] {
  const said = markStatus(cell, mark);
  return mark.kind === 'permission' && 'status' in said && said.status === 'active' ? [] : [said];
}

function markStatus(cell: string, mark: OptOutColumn): StatusCell {
  const status = statusOfMark(cell, mark);
  if (status !== undefined) return { status, ...(status === 'active' ? {} : { words: cell.trim() }) };
  return { fault: `Expected yes, no or a date for "${mark.name.slice(0, 40)}", got "${cell.trim().slice(0, 60)}"` };
}

function ownForm(header: readonly string[]): FormReading | undefined {
  const names = new Set(header.map((name) => name.trim().toLowerCase()));
  const own = { cannotTellWhoLeft: false, statusOf: (): StatusCell => ({ status: 'absent' }) };
  const columnsOf = (wanted: readonly string[]): number[] =>
    wanted.map((name) => header.findIndex((each) => each.trim().toLowerCase() === name));
  if (['address', 'newsletter', 'state', 'suppression', 'consent_source'].every((name) => names.has(name)))
    return {
      form: 'gazette',
      ...own,
      statusColumns: columnsOf(subscriptionColumns.filter((name) => /^(?:state|suppression)$/.test(name))),
    };
  if (suppressionColumns.every((name) => names.has(name)))
    return { form: 'gazette-suppressions', ...own, statusColumns: columnsOf(['reason']) };
  return undefined;
}

// What Mailchimp adds to the columns of a list, in every language of its pages.
const mailchimpColumns = [
  'member rating',
  'optin time',
  'optin ip',
  'confirm time',
  'confirm ip',
  'leid',
  'euid',
  'last changed',
  'gmtoff',
  'dstoff',
];

function mailchimpForm(names: readonly string[], fileName: string, statusColumn: number | undefined): FormReading | undefined {
  const find = (name: string): number => names.indexOf(name);
  const [unsubscribed, cleaned] = [find('unsub time'), find('clean time')];
  const known = mailchimpColumns.filter((name) => names.includes(name)).length;
  if (known < (unsubscribed !== -1 || cleaned !== -1 ? 1 : 2)) return undefined;
  const shape = { cannotTellWhoLeft: false };
  if (cleaned !== -1 || /^cleaned\b/.test(fileName))
    return {
      ...shape,
      form: 'mailchimp-cleaned',
      statusColumns: present([cleaned]),
      ...(cleaned === -1 ? {} : { goneColumn: cleaned }),
      statusOf: () => ({ status: 'bounced', words: 'cleaned' }),
    };
  if (unsubscribed !== -1 || /^unsubscribed\b/.test(fileName)) {
    const reasons = present([find('unsub reason'), find('unsub reason other')]);
    return {
      ...shape,
      form: 'mailchimp-unsubscribed',
      statusColumns: present([unsubscribed, ...reasons]),
      ...(unsubscribed === -1 ? {} : { goneColumn: unsubscribed }),
      statusOf: (cells) => leftBecause(reasons.map((index) => cells[index] ?? '').join(' ')),
    };
  }
  if (/^non ?subscribed\b|^transactional\b/.test(fileName))
    return {
      ...shape,
      form: 'mailchimp-nonsubscribed',
      statusColumns: [],
      statusOf: () => ({ status: 'not_a_subscriber', words: 'non-subscribed' }),
    };
  const isSaid = /^subscribed\b/.test(fileName);
  return { ...shape, form: 'mailchimp-subscribed', ...mailchimpSubscribed(names, statusColumn, isSaid) };
}

/**
 * In the file that is called so each contact is subscribed, with the time of a confirmation, or without one where somebody brought them in. In a file of
 * another name who has no time may as well be a customer's address.
 */
function mailchimpSubscribed(
  names: readonly string[],
  statusColumn: number | undefined,
  isSaid: boolean,
): Pick<FormReading, 'statusColumns' | 'statusOf'> {
  const times = present([names.indexOf('confirm time'), names.indexOf('optin time')]);
  return {
    statusColumns: present([statusColumn ?? -1]),
    statusOf: (cells) => {
      if (statusColumn !== undefined) return wordStatus(cells[statusColumn]);
      return isSaid || times.some((index) => (cells[index] ?? '').trim() !== '') || times.length === 0
        ? { status: 'active', words: 'subscribed' }
        : { status: 'not_a_subscriber', words: 'no time of a confirmation' };
    },
  };
}

/** Who left may have said why: that it was spam is a complaint. */
function leftBecause(reason: string): StatusCell {
  const isComplaint = /\b(?:spam|abuse|junk)\b/.test(plainWords(reason));
  return isComplaint ? { status: 'complained', words: `unsubscribed: ${reason.slice(0, 60)}` } : { status: 'left', words: 'unsubscribed' };
}

const aStatus = /\b(?:status|statut|estado|stato|etat|statuut|situacao)\b|status$|الحالة|حالة/;
const ofTheList = /list|elenco|قائمة/;
const ofAll = /global|globaal|algemeen|general|عام/;

function mailpoetForm(names: readonly string[]): FormReading | undefined {
  const statuses = names.flatMap((name, index) => (aStatus.test(name) ? [{ name, index }] : []));
  const list = statuses.find(({ name }) => ofTheList.test(name));
  const all = statuses.find(({ name }) => ofAll.test(name) && name !== list?.name);
  if (!list || !all) return undefined;
  return {
    form: 'mailpoet',
    cannotTellWhoLeft: false,
    statusColumns: [list.index, all.index],
    statusOf: (cells) => lowestOf([mailpoetStatus(cells[list.index]), mailpoetStatus(cells[all.index])]),
  };
}

const mailpoetInactive = new Set(
  ['inactive', 'inaktiv', 'inactif', 'inactivo', 'inattivo', 'inativo', 'inactief', 'غير نشط'].map(plainWords),
);

/** Inactive is who opened nothing for months and is mailed no more: they did not leave, and do not become active here either. */
function mailpoetStatus(cell: string | undefined): StatusCell {
  return mailpoetInactive.has(plainWords(cell ?? '')) ? { status: 'not_a_subscriber', words: cell?.trim() ?? '' } : wordStatus(cell);
}

/** One that lowers holds even beside one that is not understood. */
function lowestOf(readings: readonly StatusCell[]): StatusCell {
  const statuses = readings.flatMap((reading) => ('status' in reading ? [reading.status] : []));
  const status = lowestStatus(statuses);
  const faults = readings.filter((reading) => 'fault' in reading);
  if (faults.length > 0 && !isLowering(status)) return faults.find(({ isEmpty }) => isEmpty !== true) ?? faults[0]!;
  return readings.find((reading) => 'status' in reading && reading.status === status)!;
}

function substackForm(names: readonly string[]): FormReading | undefined {
  const disabled = names.indexOf('email disabled');
  const isList = names.includes('active subscription') && (disabled !== -1 || names.includes('expiry'));
  const type = names.indexOf('subscription type');
  const isDashboard = type !== -1 && names.includes('email') && names.includes('name') && !names.includes('email subscription');
  const isPaid = names.some((name) => /^stripe plan$|^paid upgrade date$|^first paid date$/.test(name)) && names.includes('email');
  if (!isList && !isDashboard && !isPaid) return undefined;
  return {
    form: 'substack',
    cannotTellWhoLeft: isList && disabled === -1,
    statusColumns: present([disabled, type]),
    statusOf: (cells) => {
      if (disabled !== -1) return yesOr(cells[disabled], { yes: 'left', no: 'active' }, 'email disabled');
      // A plan is no status; one that is called like a status is believed where it lowers.
      const status = type === -1 ? undefined : statusOfWords(cells[type] ?? '');
      return {
        status: status === undefined || status === 'active' ? (isList ? 'unsure' : 'active') : status,
        words: cells[type]?.trim() ?? '',
      };
    },
  };
}

function ghostForm(names: readonly string[]): FormReading | undefined {
  const subscribed = names.indexOf('subscribed to emails');
  if (subscribed === -1) return undefined;
  const deleted = names.indexOf('deleted at');
  return {
    form: 'ghost',
    cannotTellWhoLeft: false,
    statusColumns: present([subscribed, deleted]),
    statusOf: (cells) => {
      if (deleted !== -1 && (cells[deleted] ?? '').trim() !== '') return { status: 'left', words: 'deleted' };
      return yesOr(cells[subscribed], { yes: 'active', no: 'left' }, 'subscribed to emails');
    },
  };
}

/** The status is of the contact, whatever lists they left; only a column of the subscription says that. */
function listmonkForm(names: readonly string[]): FormReading | undefined {
  const status = names.indexOf('status');
  if (!['uuid', 'email', 'status'].every((name) => names.includes(name)) || !(names.includes('attributes') || names.includes('attribs')))
    return undefined;
  const subscription = names.findIndex((name) => /^subscription status(?:es)?$|^list status$/.test(name));
  const contact = (cells: readonly string[]): StatusCell => {
    const reading = wordStatus(cells[status]);
    return 'status' in reading && reading.status === 'active' && subscription === -1 ? { ...reading, status: 'unsure' } : reading;
  };
  return {
    form: 'listmonk',
    cannotTellWhoLeft: subscription === -1,
    statusColumns: present([status, subscription]),
    statusOf: (cells) => (subscription === -1 ? contact(cells) : lowestOf([contact(cells), wordStatus(cells[subscription])])),
  };
}

function jetpackForm(names: readonly string[], statusColumn: number | undefined): FormReading | undefined {
  const isJetpack =
    names.some((name) => /^(?:email subscription|subscription id|wpcom user id|blog id|user login)$/.test(name)) &&
    names.some((name) => /^(?:email|email address|subscriber email|e mail)$/.test(name));
  if (!isJetpack) return undefined;
  const statusOf =
    statusColumn === undefined ? (): StatusCell => ({ status: 'unsure' }) : (cells: readonly string[]) => wordStatus(cells[statusColumn]);
  return { form: 'jetpack', cannotTellWhoLeft: statusColumn === undefined, statusColumns: present([statusColumn ?? -1]), statusOf };
}

function otherForm(statusColumn: number | undefined): FormReading {
  return {
    form: 'other',
    cannotTellWhoLeft: false,
    statusColumns: present([statusColumn ?? -1]),
    statusOf: (cells) => (statusColumn === undefined ? { status: 'absent' } : wordStatus(cells[statusColumn])),
  };
}

/** What the words of a cell mean; a fault for words that nobody knows, so that nobody becomes active by them. */
function wordStatus(cell: string | undefined): StatusCell {
  const words = cell?.trim() ?? '';
  const status = statusOfWords(words);
  if (status !== undefined) return { status, words };
  if (words === '') return { fault: 'Expected a status, got an empty cell', isEmpty: true };
  return { fault: `Expected a status such as subscribed or unsubscribed, got "${words.slice(0, 60)}"` };
}

function yesOr(cell: string | undefined, means: { readonly yes: ImportedStatus; readonly no: ImportedStatus }, name: string): StatusCell {
  const words = cell?.trim() ?? '';
  const answer = words === '' ? undefined : isYes(words);
  if (answer === undefined)
    return { fault: `Expected true or false for "${name}", got "${words.slice(0, 60)}"`, ...(words === '' ? { isEmpty: true } : {}) };
  return { status: answer ? means.yes : means.no, words: `${name}: ${words}` };
}

const present = (indexes: readonly number[]): readonly number[] => indexes.filter((index) => index !== -1);

import type { ImportedStatus, ImportRow, OwnChoices, RowFault } from '../import-row.ts';

/*
 * What our own exports hold, one place for both ways: what is written here is what is read here.
 */

/** Columns of an export of subscriptions, in their order. */
export const subscriptionColumns = [
  'address',
  'name',
  'newsletter',
  'state',
  'suppression',
  'schedule',
  'topics',
  'language',
  'format',
  'hour',
  'zone',
  'paused_until',
  'created_at',
  'consent_at',
  'consent_source',
  'left_at',
  'suppressed_at',
] as const;

/** Columns of an export of suppressions. */
export const suppressionColumns = ['address', 'address_key', 'reason', 'at', 'source'] as const;

/** One subscription as it is exported: a text for each column. */
export type SubscriptionRecord = Readonly<Record<(typeof subscriptionColumns)[number], string>>;

/** One suppression as it is exported. */
export type SuppressionRecord = Readonly<Record<(typeof suppressionColumns)[number], string>>;

/** Topics in a cell: `all`, `none`, or slugs. A topic that is called so stands twice. */
export function topicsText(topics: readonly string[] | null): string {
  if (topics === null) return 'all';
  if (topics.length === 0) return 'none';
  return (topics.length === 1 && (topics[0] === 'all' || topics[0] === 'none') ? [...topics, ...topics] : topics).join(' ');
}

/** The topics of a cell; undefined when it is empty. */
function topicsOfText(text: string): readonly string[] | null | undefined {
  const slugs = text.split(/[\s,;]+/).filter((slug) => slug !== '');
  if (slugs.length === 0) return undefined;
  if (slugs.length === 1 && slugs[0] === 'all') return null;
  return slugs.length === 1 && slugs[0] === 'none' ? [] : [...new Set(slugs)];
}

/** An instant of an export, ISO 8601; undefined where there is none. */
function instantOf(text: string): Date | undefined {
  const at = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(text) ? new Date(text) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at : undefined;
}

type OwnRow = Omit<ImportRow, 'line' | 'cells'> | Pick<RowFault, 'fault' | 'subject'>;

/** A row of our export of subscriptions, or what is wrong with it. */
export function readSubscriptionRecord(record: Readonly<Partial<SubscriptionRecord>>): OwnRow {
  const cell = (name: keyof SubscriptionRecord): string => record[name]?.trim() ?? '';
  const state = cell('state');
  const suppression = cell('suppression');
  if (state !== 'active' && state !== 'pending' && state !== 'left')
    return {
      fault: `Expected the state active, pending or left, got "${state.slice(0, 40)}"`,
      subject: {
        address: cell('address'),
        own: ownChoices(cell),
        ...(suppression === '' ? {} : { status: suppressedAs(suppression), ...given('goneAt', instantOf(cell('suppressed_at'))) }),
      },
    };
  const format = cell('format');
  const consentAt = instantOf(cell('consent_at'));
  return {
    address: cell('address'),
    ...given('name', cell('name')),
    status: suppression === '' ? state : suppressedAs(suppression),
    statusWords: suppression === '' ? state : `${state}, suppressed (${suppression})`,
    ...given('consentAt', consentAt),
    ...given('goneAt', instantOf(cell(suppression === '' ? 'left_at' : 'suppressed_at'))),
    labels: [],
    ...given('language', cell('language')),
    ...(format === 'html' || format === 'text' ? { format } : {}),
    own: ownChoices(cell),
  };
}

function ownChoices(cell: (name: keyof SubscriptionRecord) => string): OwnChoices {
  const hour = cell('hour');
  const topics = topicsOfText(cell('topics'));
  const pausedUntil: Date | 'indefinitely' | undefined =
    cell('paused_until') === 'indefinitely' ? 'indefinitely' : instantOf(cell('paused_until'));
  return {
    ...given('newsletter', cell('newsletter')),
    ...given('schedule', cell('schedule')),
    ...(topics === undefined ? {} : { topics }),
    ...(/^\d{1,2}$/.test(hour) ? { localHour: Number(hour) } : {}),
    ...given('timeZone', cell('zone')),
    ...given('pausedUntil', pausedUntil),
    ...given('consentSource', cell('consent_source')),
    ...given('suppression', cell('suppression')),
  };
}

/** A row of our export of suppressions, or what is wrong with it. */
export function readSuppressionRecord(record: Readonly<Partial<SuppressionRecord>>): OwnRow {
  const cell = (name: keyof SuppressionRecord): string => record[name]?.trim() ?? '';
  const addressKey = cell('address_key').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(addressKey) && cell('address') === '') return { fault: 'Expected an address or the key of one, got neither' };
  const reason = cell('reason');
  const subject = {
    address: cell('address'),
    status: suppressedAs(reason),
    ...given('goneAt', instantOf(cell('at'))),
    own: {
      ...given('suppression', reason),
      ...(/^[0-9a-f]{64}$/.test(addressKey) ? { addressKey } : {}),
    },
  };
  if (reason === '') return { fault: 'Expected a reason, got none', subject };
  return { ...subject, statusWords: `suppressed (${reason})`, labels: [] };
}

function suppressedAs(reason: string): ImportedStatus {
  return reason === 'complained' ? 'complained' : 'bounced';
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { [Key in Name]?: Value };
}

/** What a row's status says, once understood. `unsure`: the export cannot tell who left. `absent`: the file has no statuses at all. */
export type ImportedStatus = 'active' | 'pending' | 'left' | 'bounced' | 'complained' | 'not_a_subscriber' | 'unsure' | 'absent';

/** What only our own export says of a person. */
export interface OwnChoices {
  /** Slug. */
  readonly newsletter?: string;
  /** By its name. */
  readonly schedule?: string;
  /** Slugs; null follows all. */
  readonly topics?: readonly string[] | null;
  readonly localHour?: number;
  readonly timeZone?: string;
  readonly pausedUntil?: Date | 'indefinitely';
  /** How they agreed, in the words of the log of consent. */
  readonly consentSource?: string;
  /** Why the address is never mailed, as our export words it: bounced, complained, unreachable, staff. */
  readonly suppression?: string;
  /** The keyed hash of an address that is known no more: it means something in the installation that wrote it, and nowhere else. */
  readonly addressKey?: string;
}

/** One person as a file states them, nothing checked yet but the form. */
export interface ImportRow {
  /** Line of the file at which the row begins, from 1, as an editor counts; of JSON which element it is. */
  readonly line: number;
  /** As typed; '' where the cell is empty. */
  readonly address: string;
  readonly name?: string;
  readonly status: ImportedStatus;
  /** The words of the file, for messages. */
  readonly statusWords?: string;
  /** When they confirmed or agreed, as the file says. */
  readonly consentAt?: Date;
  readonly consentIp?: string;
  /** Since when they have left or are suppressed, where the file says so: at the latest. */
  readonly goneAt?: Date;
  /** Tags, labels, groups, in the file's words. */
  readonly labels: readonly string[];
  readonly language?: string;
  /** `text` where the file says so. */
  readonly format?: 'html' | 'text';
  /** Of our own exports only. */
  readonly own?: OwnChoices;
  /** Cells of the row as read, for the file of errors. */
  readonly cells: readonly string[];
}

/**
 * Whom a row is about that cannot be read as a whole, and what it says of them all the same. The status is missing where there is one that is not understood:
 * it may be one that lowers.
 */
export type RowSubject = Pick<ImportRow, 'address' | 'goneAt' | 'own'> & { readonly status?: ImportedStatus };

/** A row that cannot be read, and why; reading goes on after it. */
export interface RowFault {
  readonly line: number;
  readonly fault: string;
  readonly cells: readonly string[];
  /** Undefined where even that cannot be told. */
  readonly subject?: RowSubject;
}

/** Whose export a file is, told by its header; `list` is one address a line, `other` is mapped by what its columns are called. */
export type ImportForm =
  | 'gazette'
  | 'gazette-suppressions'
  | 'mailchimp-subscribed'
  | 'mailchimp-unsubscribed'
  | 'mailchimp-cleaned'
  | 'mailchimp-nonsubscribed'
  | 'substack'
  | 'ghost'
  | 'listmonk'
  | 'mailpoet'
  | 'jetpack'
  | 'list'
  | 'other';

/** What a column of a file may be. */
export const importFields = [
  'address',
  'name',
  'first_name',
  'last_name',
  'status',
  'consent_at',
  'consent_ip',
  'labels',
  'language',
  'format',
] as const;

/** One of them. */
export type ImportField = (typeof importFields)[number];

/** What a person, or an import of the same form before, says about a file; everything that is not said is found out. */
export interface ImportFileOptions {
  /** Field → what its column is called, or its number from 1. */
  readonly columns?: Readonly<Partial<Record<ImportField, string>>>;
  /** The mapping of an earlier file: used for columns that this file has, below `columns`. */
  readonly remembered?: Readonly<Partial<Record<ImportField, string>>>;
  /** A label such as utf-8, windows-1252 or utf-16le. */
  readonly encoding?: string;
  /** One character. */
  readonly separator?: string;
  /** False: the first row is a person already. */
  readonly hasHeader?: boolean;
}

/** What opening a file tells before its rows are read. */
export interface ImportFile {
  readonly form: ImportForm;
  readonly encoding: string;
  /** Empty for JSON. */
  readonly separator: string;
  readonly header: readonly string[];
  /** Which column became what, in the order of the file; a column without a field is not used. */
  readonly mapping: readonly { readonly column: string; readonly field: string | undefined }[];
  /** The export cannot tell who left (listmonk without subscription status, Jetpack): the dry run says so. */
  readonly cannotTellWhoLeft: boolean;
  readonly bytes: number;
  /** SHA-256 of the whole file, in hex: resuming belongs to the same bytes. */
  readonly sha256: string;
  /**
   * Rows in the order of the file, of those that begin after the line `afterLine`; a row that cannot be read is yielded as a fault and reading goes on.
   * @throws InvalidInputError when the file is broken as a whole, or changed since it was opened
   */
  rows(from?: { readonly afterLine: number }): AsyncIterable<ImportRow | RowFault>;
}

/*
 * What a file states of people, whatever tool it is from: what reading hands to applying. Nothing in it is checked but its form.
 */

/** What a row's status says, once understood. `unsure`: the export cannot tell who left. `absent`: the file has no statuses at all. */
export type ImportedStatus = 'active' | 'pending' | 'left' | 'bounced' | 'complained' | 'not_a_subscriber' | 'unsure' | 'absent';

/** One person as a file states them, nothing checked yet but the form. */
export interface ImportRow {
  /** Line of the file at which the row begins, from 1, as an editor counts. */
  readonly line: number;
  /** As typed; '' where the cell is empty. */
  readonly address: string;
  readonly name?: string;
  readonly status: ImportedStatus;
  /** The words of the file, for messages. */
  readonly statusWords?: string;
  /** When they confirmed or agreed, as the file says (CONFIRM_TIME, else OPTIN_TIME …). */
  readonly consentAt?: Date;
  readonly consentIp?: string;
  /** Tags, labels, groups, in the file's words. */
  readonly labels: readonly string[];
  readonly language?: string;
  /** 'text' where the file says so. */
  readonly format?: 'html' | 'text';
  /** Our own export only: schedule name, topics by slug ('all' → null), hour, zone, pausedUntil, newsletter slug. */
  readonly own?: {
    readonly newsletter?: string;
    readonly schedule?: string;
    readonly topics?: readonly string[] | null;
    readonly localHour?: number;
    readonly timeZone?: string;
    readonly pausedUntil?: Date | 'indefinitely';
  };
  /** Cells of the row as read, for the file of errors. */
  readonly cells: readonly string[];
}

/** What opening a file tells before its rows are read. */
export interface ImportFile {
  /** 'mailchimp-subscribed' | 'mailchimp-unsubscribed' | 'mailchimp-cleaned' | 'substack' | 'ghost' | 'listmonk' | 'mailpoet' | 'gazette' | 'other' | … */
  readonly form: string;
  readonly encoding: string;
  readonly separator: string;
  readonly header: readonly string[];
  /** Which column became what, for people: header → field, and which columns are not used. */
  readonly mapping: readonly { readonly column: string; readonly field: string | undefined }[];
  /** The export cannot tell who left (listmonk without subscription status, Jetpack): the dry run says so. */
  readonly cannotTellWhoLeft: boolean;
  readonly bytes: number;
  /** sha256 of the whole file, in hex: resuming belongs to the same bytes. */
  readonly sha256: string;
  /** Rows in the order of the file, from the row after `afterLine`; a row that cannot be read is yielded as an error and reading goes on. */
  rows(from?: {
    readonly afterLine: number;
  }): AsyncIterable<ImportRow | { readonly line: number; readonly fault: string; readonly cells: readonly string[] }>;
}

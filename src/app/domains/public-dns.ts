import type { NeededRecord } from '../../mail/dns/records-for.ts';

/** A record that is needed, as programs see it. */
export interface PublicNeededRecord extends NeededRecord {
  /** The same as a line of a zone file; null where the record cannot be known. */
  readonly zoneLine: string | null;
}

/** What DNS says of one thing that is needed. `unknown`: it cannot be known, or DNS did not answer. */
export interface PublicDnsFinding {
  readonly check: NeededRecord['purpose'] | 'alignment';
  readonly domain: string;
  readonly state: 'ok' | 'missing' | 'wrong' | 'unknown';
  readonly detail: string;
}

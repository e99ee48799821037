/*
 * What a person agreed to or withdrew. The log is append-only: nothing updates or deletes an event, which a trigger holds against any SQL,
 * and an event holds ids and choices, never an address, so that it can outlive an erasure. The one thing that goes, with an erasure, is the IP.
 */
import { InvalidInputError } from '../../kernel/errors.ts';
import { holdsAddress } from '../../kernel/text/any-address.ts';

/** Every kind of consent event. */
const consentKinds = [
  'requested',
  'imported',
  'confirmed',
  'left',
  'removed',
  'expired',
  'erased',
  'topics_chosen',
  'schedule_chosen',
  'hour_chosen',
  'language_chosen',
  'format_chosen',
  'paused',
  'resumed',
  'leaving_undone',
  'reason_given',
  'name_changed',
  'address_changed',
] as const;

/** What happened to a person's consent. */
export type ConsentKind = (typeof consentKinds)[number];

/** One line of the log. */
export interface ConsentEvent {
  readonly id: string;
  readonly subscriptionId: string;
  readonly kind: ConsentKind;
  readonly at: Date;
  /** From where: "command line", "one-click", "page", or how an import says it came by the consent. */
  readonly source: string;
  /** The words that the person agreed to, where there were any. */
  readonly wording: string | null;
  /** From where a form was sent, where the installation keeps it. */
  readonly ip: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An event to be written. */
export type NewConsentEvent = Pick<ConsentEvent, 'subscriptionId' | 'kind' | 'at' | 'source'> & {
  readonly wording?: string;
  readonly ip?: string;
  readonly details?: Readonly<Record<string, unknown>>;
};

/**
 * Reads how people agreed, as staff say it. Nothing takes a word of the log back: an address in it would outlive the erasure of its owner.
 * @throws InvalidInputError for no words, and for those that may hold an address
 */
export function parseConsentWords(text: string): string {
  const words = text.trim();
  if (words === '')
    throw new InvalidInputError('Expected to be told when and how people agreed (such as "paper form, May 2026"), got an empty text');
  if (holdsAddress(words))
    throw new InvalidInputError(
      'Expected words on when and how people agreed without an address or "@": the log of consent keeps them for good, also once its owner is erased',
    );
  return words;
}

/** The same words as a file states them for one person; undefined for those that the log must not keep. */
export function statedConsentWords(text: string | undefined): string | undefined {
  return text === undefined || holdsAddress(text) ? undefined : text;
}

/** Of an event that staff caused: who of them, for its details. */
export function byStaff(by: string | undefined): { readonly by?: string } {
  return by === undefined ? {} : { by };
}

/** The kinds after which an older request confirms nothing: who has another address was not asked there. */
export const endingKinds: readonly ConsentKind[] = ['left', 'removed', 'erased', 'expired', 'address_changed'];

/*
 * The kernel: what every room may need and none owns, of errors, time, waiting and text, and the types by which rooms to the left call those to the right.
 * Invariant: it imports no other room; of the product it knows the names of jobs, what helps against an error, and our own addresses.
 * Order: text/ · the rest · threads/.
 *
 * This file is the one error hierarchy. Expected outcomes are unions in the folder that knows them; what is thrown is what the caller cannot act on.
 * Every message says what was expected and what came, and holds no secret. Exit codes and HTTP statuses are chosen at the edges by class.
 */

/** Structured facts of an error, safe to log: ids, names of variables, limits. Never an address, a token or a body. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What a person can do about an error, as data: each edge words it for its medium. A terminal names a command, a page has a link. */
export type Remedy =
  /** See what there is. */
  | { readonly kind: 'list'; readonly of: 'editions' | 'offers' | 'posts' | 'sources' | 'topics' }
  /** Make the first one. */
  | { readonly kind: 'add'; readonly what: 'newsletter' | 'schedule' | 'edition' }
  /** Say what was not said, or say it otherwise: which newsletter or schedule is meant, a cadence, a deadline, a name that is free, a language, where addresses stand. */
  | {
      readonly kind: 'say';
      readonly what: 'newsletter' | 'schedule' | 'cadence' | 'deadline' | 'another_name' | 'language' | 'address_column';
    }
  /** Change the one that is there. */
  | { readonly kind: 'set_newsletter'; readonly slug: string }
  /** Open what was closed. */
  | { readonly kind: 'open_newsletter'; readonly slug: string }
  /** See what an edition holds. */
  | { readonly kind: 'show_edition'; readonly editionId: string }
  /** Send again what may have arrived. */
  | { readonly kind: 'resend_in_doubt'; readonly editionId: string }
  /** Make a topic, of a category that a source states. */
  | { readonly kind: 'map_category' }
  /** Go on without token keys that are lost. */
  | { readonly kind: 'accept_token_keys' }
  /** Make a key that signs mail. */
  | { readonly kind: 'make_dkim_key' };

/** The root of all errors that Gazette throws on purpose. `code` is stable; classify by it, never by the text. */
export abstract class GazetteError extends Error {
  abstract readonly code: string;
  readonly details: ErrorDetails;
  /** What helps, where something does. The message says nothing of it: no message names a command. */
  readonly remedy?: Remedy;

  constructor(message: string, options: { cause?: unknown; details?: ErrorDetails; remedy?: Remedy } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.details = options.details ?? {};
    if (options.remedy) this.remedy = options.remedy;
  }
}

/** The command line was used wrongly: an unknown option, a missing value. Exit code 2. */
export class UsageError extends GazetteError {
  readonly code = 'usage';
}

/** The configuration is wrong: a variable, what came, what is expected. Exit code 2. */
export class ConfigError extends GazetteError {
  readonly code = 'config';
}

/** What was asked for does not exist. */
export class NotFoundError extends GazetteError {
  readonly code = 'not_found';
}

/** Input that cannot be accepted: an address, a name, a document, a template. */
export class InvalidInputError extends GazetteError {
  readonly code = 'invalid_input';
}

/** Somebody else holds what is needed, or the state no longer allows it: a data folder in use, a port taken, an edition already decided. */
export class ConflictError extends GazetteError {
  readonly code = 'conflict';
}

/** This machine had no time for what was asked: nothing is wrong with it, and a later try may do. */
export class BusyError extends GazetteError {
  readonly code = 'busy';
}

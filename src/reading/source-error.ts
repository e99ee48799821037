import { GazetteError } from '../kernel/errors.ts';

/** Why a source could not be read; stable, classify by it. */
export type SourceErrorCode =
  /** No address for a name at the moment. */
  | 'dns'
  /** The name does not exist. */
  | 'unknown_host'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'too_large'
  | 'too_many_redirects'
  | 'redirect_loop'
  | 'private_address'
  | 'http_status'
  | 'not_a_feed'
  | 'parse'
  | 'decode'
  | 'bad_url'
  | 'file';

/** A document or an exchange that cannot be used. The reader turns it into a reading of kind `failed`; only parseSourceDocument lets it out. */
export class SourceError extends GazetteError {
  readonly code: SourceErrorCode;

  constructor(code: SourceErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** The code of an error of node or undici; empty where it has none. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : '';
}

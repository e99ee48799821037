/** Fields of a log line: ids and counts only; never an address, a token or a body. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where events go. `event` is a stable dotted name ("delivery.accepted") that alerts match.
 * error = someone must act, warn = we coped, info = one line per run, debug = per delivery.
 */
export interface Log {
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}

/** A log that keeps nothing, for tests and for one-shot pure uses. */
export const silentLog: Log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

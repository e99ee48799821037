/*
 * What the mail server of a run writes down, a line each, before it answers: it survives its own kill. The server's word is the truth that the ledger is
 * held against. A message goes by its reader's address, since each reader has one.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** A message that began: MAIL FROM and RCPT TO were read. */
export interface BeginLine {
  readonly kind: 'begin';
  readonly to: string;
  /** When MAIL FROM was read. */
  readonly at: number;
  /** It cannot have come before: the server looked at its connections then. On a busy machine it may read late. */
  readonly notBefore: number;
}

/**
 * How it ended. `accepted`: 250 was said; `cut`: taken, and the connection dropped instead of a word; `dropped`: the connection was lost before the data
 * was whole; `deferred`: 4xx; `rejected`: 5xx.
 */
export interface EndLine {
  readonly kind: 'end';
  readonly to: string;
  readonly at: number;
  readonly outcome: 'accepted' | 'cut' | 'dropped' | 'deferred' | 'rejected';
  /** Where the data came. */
  readonly messageId: string;
}

export type SinkLine = BeginLine | EndLine;

/** Writes a line, with the end of line first: whatever a killed one left unfinished is a line of its own. */
export function writeSinkLine(file: number | string, line: SinkLine): void {
  appendFileSync(file, `\n${JSON.stringify(line)}`);
}

/** All that was written; what a kill cut short was never answered. */
export function readSinkLog(file: string): SinkLine[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as SinkLine];
      } catch {
        return [];
      }
    });
}

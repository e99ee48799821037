import { pino } from 'pino';
import { terminalText } from '../kernel/terminal-text.ts';
import { redactAddresses } from '../kernel/text/any-address.ts';
import type { Log } from '../kernel/log.ts';

/** The least severe line that is written; `silent` writes none. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

/**
 * What a command that runs and ends writes into its log: what somebody asked for; otherwise warnings and errors, and nothing at a terminal,
 * where a person reads the command's own words.
 */
export function commandLogLevel(asked: LogLevel | undefined, isTerminal = process.stderr.isTTY): LogLevel {
  return asked ?? (isTerminal ? 'silent' : 'warn');
}

/**
 * JSON lines on stderr, or plain ones where a person reads them at a terminal. Errors are written with class, code and details, never with rows
 * or texts of people.
 */
export function createLogger(level: LogLevel, isTerminal = process.stderr.isTTY): Log {
  // Not pino's own destination: where stderr cannot be written it ends the process, and a log must not stop what it tells of.
  const destination = { write: (line: string) => process.stderr.write(isTerminal ? plainLine(line) : line) };
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const at =
    (name: 'error' | 'warn' | 'info' | 'debug') =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const { error, ...rest } = fields;
      logger[name]({ event, ...rest, ...(error === undefined ? {} : { error: describeError(error) }) });
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

// More is read than is written: an address is looked for before the text is cut.
const longestRead = 2_000;
const longestMessage = 300;

/** What a log may say of an error. Replies of servers quote addresses, so anything that looks like one is cut out of the text. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    name: error.name,
    code,
    constraint,
    message: redactAddresses(error.message.slice(0, longestRead)).slice(0, longestMessage),
    at: error.stack?.split('\n').slice(1, 4).join(' | '),
  };
}

/** "20:15:03 warn  edition.held editionId=12" */
function plainLine(json: string): string {
  const { level, time, event, ...fields } = JSON.parse(json) as Record<string, unknown> & { level: number; time: string; event: string };
  const words = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${terminalText([time.slice(11, 19), (pino.levels.labels[level] ?? '').padEnd(5), event, ...words].join(' '))}\n`;
}

import { pino } from 'pino';
import type { Log } from '../kernel/log.ts';

/** JSON lines on stderr; errors are written with class, code and details, never with rows or texts of people. */
export function createLogger(level: 'error' | 'warn' | 'info' | 'debug'): Log {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }));
  const at =
    (name: 'error' | 'warn' | 'info' | 'debug') =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const { error, ...rest } = fields;
      logger[name]({ event, ...rest, ...(error === undefined ? {} : { error: describeError(error) }) });
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** What a log may say of an error. Replies of servers quote addresses, so anything that looks like one is cut out of the text. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    name: error.name,
    code,
    constraint,
    message: withoutAddresses(error.message.slice(0, 300)),
    at: error.stack?.split('\n').slice(1, 4).join(' | '),
  };
}

function withoutAddresses(text: string): string {
  return text.replaceAll(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]');
}

import { tlsFaultOf } from '../../kernel/tls-fault.ts';
import type { AccountTrouble, SmtpReply } from '../message.ts';
import { judgeRefusal, type SmtpCommand } from '../refusal.ts';
import { parseSmtpReply } from './smtp-reply.ts';

/** What nodemailer adds to its errors. */
export interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
  /** What node called it, where nodemailer gave it a code of its own. */
  readonly originalCode?: string | undefined;
}

/** What of the account was refused, or missing, when no session came about. */
export function troubleAtStart(error: SmtpError): AccountTrouble {
  const reply = replyOf(error);
  // A user without a password never reaches the server.
  if (!reply) return error.code === 'EAUTH' ? 'login' : 'unreachable';
  const refusal = judgeRefusal(commandOf(error) ?? 'connect', reply);
  return refusal.subject === 'account' ? refusal.trouble : 'unreachable';
}

/** The command that the reply in an error answers, by nodemailer's words, up to the login; undefined where it is none's. */
function commandOf({ command = '' }: SmtpError): SmtpCommand | undefined {
  return commands[command] ?? (command.startsWith('AUTH ') ? 'auth' : undefined);
}

const commands: Readonly<Record<string, SmtpCommand>> = { EHLO: 'ehlo', HELO: 'ehlo', STARTTLS: 'starttls' };

/** The reply that an error is about; undefined where it is about none. */
export function replyOf(error: SmtpError): SmtpReply | undefined {
  return error.responseCode === undefined || error.response === undefined ? undefined : parseSmtpReply(error.response);
}

/** A short reason without what the server said: that is the reply's part. */
export function reasonOf({ code = 'ECONNECTION', originalCode, command }: SmtpError): string {
  const fault = originalCode === undefined ? undefined : tlsFaultOf(originalCode);
  if (fault !== undefined) return `encryption failed: ${fault} (${originalCode})`;
  const words = codeWords[code] ?? 'connection failed';
  // What the network did has no command; node's own code says more than nodemailer's.
  return command === undefined || command === 'CONN' ? `${words} (${originalCode ?? code})` : `${words} (${code} at ${command})`;
}

const codeWords: Readonly<Record<string, string>> = {
  EAUTH: 'login refused',
  ENOAUTH: 'login needs credentials',
  ECONNECTION: 'connection closed',
  EDNS: 'server name not found',
  EPROTOCOL: 'server answered out of turn',
  ESOCKET: 'connection failed',
  ETIMEDOUT: 'server did not answer in time',
  ETLS: 'encryption failed',
};

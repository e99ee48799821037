import { cleanLine } from '../../kernel/text/clean-text.ts';
import type { SmtpReply } from '../message.ts';

// Stored with the delivery and shown to staff: long enough for every real reply, short enough for a row.
const maxTextLength = 500;

/** Reads a server's reply as it came over the wire, lines and all. Undefined where it does not begin with a reply code. */
export function parseSmtpReply(response: string): SmtpReply | undefined {
  const lines = response.split(/\r?\n/).filter((line) => line !== '');
  const match = /^([2-5]\d\d)(?:[ -]|$)/.exec(lines.at(-1) ?? '');
  if (!match) return undefined;
  let enhanced: string | undefined;
  const texts = lines.map((line) => {
    const [, stated, rest = ''] = /^(?:\d{3}[ -]?)?(?:([245]\.\d{1,3}\.\d{1,3})(?:[:;,]?\s+|$))?(.*)$/s.exec(line) ?? [];
    enhanced ??= stated;
    // A hostile server must not write control characters into logs and pages.
    return cleanLine(rest);
  });
  const text = texts
    .filter((line) => line !== '')
    .join(' ')
    .slice(0, maxTextLength);
  return { code: Number(match[1]), ...(enhanced === undefined ? {} : { enhanced }), text };
}

/**
 * The reply without the address that it is about: servers like to repeat it, and what is stored of a message may be written down after its reader
 * was erased. The address of a delivery stands beside it as long as there is one.
 */
export function withoutAddress(reply: SmtpReply, addresses: readonly string[]): SmtpReply {
  const patterns = addresses.map((address) => address.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`));
  return { ...reply, text: reply.text.replaceAll(new RegExp(patterns.join('|'), 'giu'), '[address]') };
}

import { cutToLength } from '../../kernel/cut-text.ts';
import { cleanLine } from '../../kernel/text/clean-text.ts';
import { redactAddress } from '../../kernel/text/redact-address.ts';
import type { SmtpReply } from '../message.ts';

// Several times what is kept of it (reply-text.ts): of an address that stands where that ends the whole is read before it is cut.
const maxTextLength = 2_000;

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
  const text = cutToLength(texts.filter((line) => line !== '').join(' '), maxTextLength);
  return { code: Number(match[1]), ...(enhanced === undefined ? {} : { enhanced }), text };
}

/**
 * The reply without the address that it is about: servers like to repeat it, and what is stored of a message may be written down after its reader
 * was erased. The address of a delivery stands beside it as long as there is one.
 */
export function withoutAddress(reply: SmtpReply, address: string): SmtpReply {
  return { ...reply, text: redactAddress(reply.text, address) };
}

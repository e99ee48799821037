/** How long to wait for the server's replies, in milliseconds. */
export interface CommandTimeouts {
  /** For a reply to MAIL, RCPT and what else is one line. */
  readonly mailMs: number;
  /** For the reply to DATA. */
  readonly dataMs: number;
  /** Until the message is handed to the network. */
  readonly blockMs: number;
  /** For the reply to the whole message: shorter means doubt. */
  readonly messageMs: number;
}

/** How long to wait for the server. */
export interface SmtpTimeouts extends CommandTimeouts {
  /** Name look-up and TCP. */
  readonly connectMs: number;
  /** From the connection to the greeting, TLS and EHLO included, and for a login as a whole. */
  readonly greetingMs: number;
  /** For the answer of a token server as a whole (oauth/). */
  readonly tokenMs: number;
}

const minute = 60_000;

/** RFC 5321 4.5.3.2; a machine that takes no connection for half a minute is away, and so is a token server that says nothing. */
const standard: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 5 * minute,
  tokenMs: 30_000,
  mailMs: 5 * minute,
  dataMs: 2 * minute,
  blockMs: 3 * minute,
  messageMs: 10 * minute,
};

/** The times of the standard, all multiplied by a factor. */
export function smtpTimeouts(factor = 1): SmtpTimeouts {
  return each((name) => Math.max(1, Math.round(standard[name] * factor)));
}

/** Somebody waits. */
const longestProbeMs = 10_000;

/** The same times where somebody waits for an answer: none is longer than 10 seconds, or, where more was asked for, so much more. */
export function probeTimeouts(factor = 1): SmtpTimeouts {
  const scaled = smtpTimeouts(factor);
  const longestMs = longestProbeMs * Math.max(1, factor);
  return each((name) => Math.min(scaled[name], longestMs));
}

function each(timeOf: (name: keyof SmtpTimeouts) => number): SmtpTimeouts {
  return {
    connectMs: timeOf('connectMs'),
    greetingMs: timeOf('greetingMs'),
    tokenMs: timeOf('tokenMs'),
    mailMs: timeOf('mailMs'),
    dataMs: timeOf('dataMs'),
    blockMs: timeOf('blockMs'),
    messageMs: timeOf('messageMs'),
  };
}

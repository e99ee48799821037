/*
 * Ready-made behaviour for single steps of the scripted SMTP server: what a relay limits. Each is a function that is asked at its step and gives a reply,
 * or undefined for "goes well"; `firstOf` joins several. State belongs to the step: make a new one per server.
 */

/** Code, and mostly an enhanced code, and a text: "550 5.1.1 No such person". Further lines, each with its code, follow after "\n". */
export type SmtpReply = `${number} ${string}` | `${number}-${string}`;

/**
 * What the server does at one step of a transaction. A text is the whole reply, "451 4.3.0 Try again"; `cut` destroys the connection
 * without a reply; `hang` never answers. Nothing: it goes well.
 */
export type SmtpAction = SmtpReply | 'cut' | 'hang' | undefined;

/** What a step may go by. */
export interface StepContext {
  /** Number of the connection, from 1, and how many are let in now, it included. */
  readonly connection: number;
  readonly openConnectionCount: number;
  /** Messages so far that arrived whole, that were taken, and that were taken over this connection. */
  readonly messageCount: number;
  readonly acceptedCount: number;
  readonly acceptedOnConnection: number;
  /** Monotonic, in milliseconds. */
  readonly nowMs: number;
  /** As far as the transaction has come: '' before MAIL FROM and RCPT TO. In `mail` and `rcpt` the address that is offered. */
  readonly from: string;
  readonly to: string;
}

/** One step; asked each time that its command comes. */
export type Step = (context: StepContext) => SmtpAction | Promise<SmtpAction>;

/** Behaviour by step. `data`: the DATA command; `message`: the message, when it is there in full. A reply of 421 ends the connection at every step. */
export interface Steps {
  readonly connect?: Step;
  readonly ehlo?: Step;
  readonly starttls?: Step;
  readonly auth?: Step;
  readonly mail?: Step;
  readonly rcpt?: Step;
  readonly data?: Step;
  readonly message?: Step;
}

/** The first of these that has something to say. */
export function firstOf(...steps: readonly Step[]): Step {
  return async (context) => {
    for (const step of steps) {
      const action = await step(context);
      if (action !== undefined) return action;
    }
    return undefined;
  };
}

/** At most so many connections at a time; for `connect`. */
export function limitConnections(count: number, reply: SmtpReply = '421 4.7.0 Too many connections'): Step {
  return ({ openConnectionCount }) => (openConnectionCount > count ? reply : undefined);
}

/** Lets at most so many through in any window of time; for `mail`, `rcpt`, `data` or `message`. */
export function limitRate(
  count: number,
  windowMs: number,
  reply: SmtpReply = '454 Throttling failure: Maximum sending rate exceeded.',
): Step & { readonly refusedCount: () => number } {
  const passedAtMs: number[] = [];
  let refusedCount = 0;
  const step: Step = ({ nowMs }) => {
    while (passedAtMs[0] !== undefined && passedAtMs[0] <= nowMs - windowMs) passedAtMs.shift();
    if (passedAtMs.length < count) {
      passedAtMs.push(nowMs);
      return undefined;
    }
    refusedCount += 1;
    return reply;
  };
  return Object.assign(step, { refusedCount: () => refusedCount });
}

/** Lets so many through until `lift()`, and again so many (or `next`) after it; for `mail`, `rcpt`, `data` or `message`. */
export function limitQuota(
  count: number,
  reply: SmtpReply = '550 5.4.5 Daily user sending limit exceeded.',
): Step & { readonly lift: (next?: number) => void; readonly refusedCount: () => number } {
  let left = count;
  let refusedCount = 0;
  const step: Step = () => {
    if (left > 0) {
      left -= 1;
      return undefined;
    }
    refusedCount += 1;
    return reply;
  };
  const lift = (next = count): void => {
    left = next;
  };
  return Object.assign(step, { lift, refusedCount: () => refusedCount });
}

/** Refuses as long as `isOn()`; for any step. */
export function refuseWhile(isOn: () => boolean, reply: SmtpReply): Step {
  return () => (isOn() ? reply : undefined);
}

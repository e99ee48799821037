import type { Mailer } from './message.ts';

/** The account of whatever chose none. */
export const defaultAccount = 'default';

/** Who sends: a mailer for each account by its name, and the local outbox, which is the only place for mail of the sample. */
export interface MailerSet {
  readonly outbox: Mailer;
  /** Undefined where no account of that name is configured: its mail waits, and goes through no other. */
  find(accountName: string): Mailer | undefined;
  /** Each once. */
  readonly all: readonly Mailer[];
  /** Which account each name has. */
  readonly named: readonly { readonly name: string; readonly account: string }[];
}

/** Makes a set of mailers; without a `default` that is the outbox. */
export function mailerSet(byAccount: Readonly<Record<string, Mailer>>, outbox: Mailer): MailerSet {
  const byName = new Map([[defaultAccount, outbox], ...Object.entries(byAccount)]);
  return {
    outbox,
    find: (name) => byName.get(name),
    all: [...new Set([...byName.values(), outbox])],
    named: [...byName].map(([name, { account }]) => ({ name, account })),
  };
}

/** Whose mailer it is: that of the account that was chosen, else the default one; the sample's is the outbox. */
export function chosenMailer(
  mailers: MailerSet,
  { isSample, account }: { readonly isSample: boolean; readonly account: string | null },
): Mailer | undefined {
  return isSample ? mailers.outbox : mailers.find(account ?? defaultAccount);
}

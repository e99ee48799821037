import { join } from 'node:path';
import type { Log } from '../kernel/log.ts';
import { type LimitsInForce, limitsInForce } from '../mail/accounts/limits-in-force.ts';
import { mailerSet, type MailerSet } from '../mail/mailers.ts';
import { startOutbox } from '../mail/outbox.ts';
import { lesserRates, ratesOf, type SendingRates } from '../mail/sending-limits.ts';
import { accountName, parseSmtpUrl } from '../mail/smtp/smtp-account.ts';
import { createSmtpMailer } from '../mail/smtp/smtp-mailer.ts';
import { smtpTimeouts } from '../mail/smtp/smtp-timeouts.ts';
import type { Config } from './config.ts';
import { localSigner, openSigner } from './domains/open-signer.ts';
import { openTokens } from './outgoing/open-tokens.ts';

/** Where mail goes: the configured accounts, and the local outbox, which is the only place for mail of the sample newsletter. */
export interface Mailers extends MailerSet {
  /** The Maildir behind the outbox. */
  readonly outboxFolder: string;
  /** Destroys every socket, for a process that must end at once. */
  abort(): void;
  close(): Promise<void>;
}

/** The Maildir of an installation. */
export function outboxFolder(config: Pick<Config, 'DATA_FOLDER'>): string {
  return join(config.DATA_FOLDER, 'outbox');
}

/**
 * Starts the local outbox on a free port of the loopback interface and opens a mailer for each account; without SMTP_URL the outbox is `default`.
 * @throws ConfigError where we are to sign and cannot
 */
export async function openMailers(config: Config, log: Log): Promise<Mailers> {
  // Whatever sends opens its mailers first: where we are to sign and cannot, nothing starts.
  const signer = openSigner(config);
  const folder = outboxFolder(config);
  const outboxServer = await startOutbox({ folder, log });
  const outbox = createSmtpMailer(outboxServer.url, {
    account: 'outbox',
    maxConnections: config.SMTP_CONNECTIONS,
    log,
    signer: localSigner(signer),
  });
  const opened = openAccounts(config, log);
  const set = mailerSet(Object.fromEntries(opened), outbox);
  return {
    ...set,
    outboxFolder: folder,
    abort: () => set.all.forEach((mailer) => mailer.abort()),
    async close() {
      for (const mailer of set.all) await mailer.close();
      await outboxServer.close();
    },
  };
}

/** Two names of one login share what it may be given: the lesser of what is said of each. */
function openAccounts(config: Config, log: Log): [string, ReturnType<typeof createSmtpMailer>][] {
  const { mailAccounts, SMTP_CONNECTIONS, SMTP_TIMEOUT_FACTOR } = config;
  const timeouts = smtpTimeouts(SMTP_TIMEOUT_FACTOR);
  const read = mailAccounts.map((mailAccount) => {
    const { name, url } = mailAccount;
    const account = parseSmtpUrl(url);
    const tokens = openTokens(mailAccount, timeouts.tokenMs);
    return { name, url, tokens, identity: accountName(account), inForce: limitsInForce(account, SMTP_CONNECTIONS) };
  });
  const ratesByIdentity = new Map<string, SendingRates>();
  for (const { identity, inForce } of read)
    ratesByIdentity.set(identity, lesserRates(ratesByIdentity.get(identity) ?? {}, ratesOf(inForce.limits)));
  return read.map(({ name, url, tokens, identity, inForce }) => {
    const signer = openSigner(config, { exceptHeaders: inForce.preset?.rewrites ?? [] });
    sayWhereUnknown(name, inForce, log);
    const { connections, idleSeconds, messagesPerConnection } = inForce.limits;
    const use = { idleMs: idleSeconds * 1_000, messagesPerSession: messagesPerConnection };
    const rates = ratesByIdentity.get(identity)!;
    return [name, createSmtpMailer(url, { maxConnections: connections, rates, use, signer, log, timeouts, tokens })];
  });
}

/** Slow for a reason that nobody would guess. */
function sayWhereUnknown(account: string, { limits, origins }: LimitsInForce, log: Log): void {
  if (origins.perSecond === 'unknown_relay') log.warn('account.unknown_relay', { account, perSecond: limits.perSecond });
}

import type { Queryable } from '../../db/db.ts';
import { type LimitsInForce, limitsInForce } from '../../mail/accounts/limits-in-force.ts';
import { findRelayLogin } from '../../mail/accounts/relay-logins.ts';
import { sendingTime } from '../../mail/accounts/sending-time.ts';
import { defaultAccount } from '../../mail/mailers.ts';
import { parseSmtpUrl } from '../../mail/smtp/smtp-account.ts';
import { probeSmtp } from '../../mail/smtp/smtp-probe.ts';
import { probeTimeouts } from '../../mail/smtp/smtp-timeouts.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { countSubscribers } from '../../subscribers/listing/subscriber-list-store.ts';
import { masked, type Config } from '../config.ts';
import type { Finding } from '../finding.ts';
import { openTokens } from '../outgoing/open-tokens.ts';
import type { MailAccount } from '../variables/mail-accounts.ts';

/** A newsletter, as far as its mail goes. */
export type Sending = Pick<Newsletter, 'id' | 'slug' | 'senderAddress' | 'account' | 'isSample'>;

/** Each account with its limits and where they come from; each newsletter with what a send to its readers will take, or that its account is not there. */
export async function examineAccounts(db: Queryable, config: Config, newsletters: readonly Sending[]): Promise<Finding[]> {
  const accounts = new Map(config.mailAccounts.map((account) => [account.name, { account, inForce: limitsOf(account, config) }]));
  const findings = [...accounts.values()].flatMap(({ account, inForce }) => [
    describeAccount(account, inForce),
    ...passwordFindings(account),
  ]);
  for (const newsletter of newsletters) {
    const name = newsletter.account ?? defaultAccount;
    const inForce = accounts.get(name)?.inForce;
    if (inForce) findings.push(await findingOfTime(db, newsletter, name, inForce));
    else if (newsletter.account !== null)
      findings.push({ state: 'fail', check: 'unknown_account', newsletter: newsletter.slug, account: name, known: [...accounts.keys()] });
  }
  return findings;
}

function limitsOf({ url }: MailAccount, { SMTP_CONNECTIONS }: Config): LimitsInForce {
  return limitsInForce(parseSmtpUrl(url), SMTP_CONNECTIONS);
}

function describeAccount({ name, variable, url }: MailAccount, { limits, origins, preset }: LimitsInForce): Finding {
  const isUnknown = Object.values(origins).includes('unknown_relay');
  const relay = preset && { name: preset.name, source: preset.source, readOn: preset.readOn, note: preset.note ?? null };
  const server = masked(variable, url);
  const { direct: given } = parseSmtpUrl(url);
  const direct = given ? { connections: given.connections, perMinute: given.perMinute ?? null } : null;
  return {
    state: isUnknown ? 'warn' : 'ok',
    check: 'account',
    account: name,
    variable,
    server,
    limits,
    origins,
    direct,
    relay: relay ?? null,
  };
}

async function findingOfTime(db: Queryable, { id, slug }: Sending, account: string, { limits }: LimitsInForce): Promise<Finding> {
  const { active: readerCount } = await countSubscribers(db, { newsletterId: id });
  const time = sendingTime(readerCount, limits);
  const isLong = time !== undefined && time.dayCount > 1;
  const perDay = limits.perDay ?? null;
  return { state: isLong ? 'warn' : 'ok', check: 'sending_time', newsletter: slug, account, readerCount, perDay, time: time ?? null };
}

/** Asks each server, and offers it the senders that go through it: a login alone proves little. */
export async function examineServers({ mailAccounts, SMTP_TIMEOUT_FACTOR }: Config, newsletters: readonly Sending[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  const timeouts = probeTimeouts(SMTP_TIMEOUT_FACTOR);
  if (!mailAccounts.some(({ name }) => name === defaultAccount)) findings.push({ state: 'warn', check: 'no_mail_server' });
  for (const account of mailAccounts) {
    const { name, variable, url } = account;
    const senders = newsletters.filter((each) => (each.account ?? defaultAccount) === name).map(({ senderAddress }) => senderAddress);
    const server = masked(variable, url);
    const tokens = openTokens(account, timeouts.tokenMs);
    for (const { sender, trouble, what } of await probeSmtp(url, senders, { timeouts, tokens })) {
      // Limits pass by themselves.
      const passes = sender !== undefined && (trouble === 'rate' || trouble === 'quota');
      const state = trouble === undefined ? 'ok' : passes ? 'warn' : 'fail';
      findings.push({ state, check: 'mail_server', variable, server, sender, trouble, detail: what });
    }
  }
  return findings;
}

/** A login by password at a relay that will not take it much longer. */
function passwordFindings({ name, variable, url }: MailAccount): Finding[] {
  const { host, credentials } = parseSmtpUrl(url);
  const ends = credentials?.kind === 'password' ? findRelayLogin(host)?.passwordEnds : undefined;
  return ends === undefined ? [] : [{ state: 'warn', check: 'password_login_ends', account: name, variable, host, ends }];
}

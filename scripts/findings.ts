import type { Finding } from '../src/app/finding.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { announceOutage } from '../src/ledger/accounts/account-outage.ts';
import { announceHold } from '../src/ledger/hold/sending-hold.ts';
import type { Installation } from '../src/app/installation/installation.ts';
import type { PublicHold } from '../src/ledger/hold/public-sending.ts';
import type { StaleServer } from '../src/app/installation/serving.ts';
import { wordAccount, wordHeldDomain, wordSendingTime, wordUnknownAccount } from './account-words.ts';
import { dayOf } from './dates.ts';
import { wordError } from './remedies.ts';

/** What was found, in a line for people. */
export function wordFinding(finding: Finding): string {
  switch (finding.check) {
    case 'runtime':
      return `Node ${finding.nodeVersion}; data folder ${finding.dataFolder}`;
    case 'installation':
      return `Installation: ${wordInstallation(finding)}`;
    case 'stale_server':
      return wordStaleServer(finding);
    case 'templates':
      return `Templates: ${finding.usable.join(', ')}`;
    case 'broken_template':
      return `Template "${finding.template}" cannot be used: ${finding.fault}`;
    case 'newsletter_template':
      return `Newsletter "${finding.newsletter}" cannot use its template "${finding.template}": ${finding.fault}`;
    case 'database':
      return `Postgres ${finding.serverVersion}: ${finding.whereData}`;
    case 'address_key':
      return 'The address-key secret is the one that this database was first used with';
    case 'token_keys':
      return `The token keys are those of this installation; signing ${finding.signing}${finding.others.length === 0 ? '' : `, also good ${finding.others.join(', ')}`}`;
    case 'workers':
      return wordWorkers(finding.count);
    case 'outage':
      return announceOutage(finding.outage);
    case 'held_domain':
      return wordHeldDomain(finding.domain);
    case 'held':
      return wordHold(finding.hold);
    case 'untold_identity':
      return wordMissing(finding.missing);
    case 'newsletters':
      return finding.count > 0 ? `${countOf(finding.count, 'newsletter')} of your own` : 'No newsletter of your own yet';
    case 'no_schedule':
      return `Newsletter "${finding.newsletter}" has no schedule`;
    case 'closed_newsletter':
      return `Newsletter "${finding.newsletter}" is closed since ${dayOf(finding.closedAt)}`;
    case 'failing_source':
      return `Source ${finding.sourceId} failed ${countOf(finding.failureCount, 'time')} in a row: ${finding.reason ?? ''}`;
    case 'signing':
      return `Mail is signed for ${finding.domain ?? "the sender's domain"} with the key "${finding.selector}" of ${finding.bits} bits`;
    case 'uncovered_sender':
      return `Newsletter "${finding.newsletter}" cannot send: DKIM_DOMAIN is ${finding.domain}, its sender is ${finding.sender}`;
    case 'account':
      return wordAccount(finding);
    case 'sending_time':
      return wordSendingTime(finding);
    case 'unknown_account':
      return wordUnknownAccount(finding);
    case 'no_mail_server':
      return 'SMTP_URL is not set: all mail goes to the local outbox';
    case 'mail_server':
      return wordMailServer(finding);
    case 'password_login_ends':
      return `Account ${finding.account}: ${finding.host} switches logging in by password ${finding.ends}; ?auth=oauth2 behind ${finding.variable} logs in with OAuth 2 (README)`;
    case 'local_links':
      return `PUBLIC_URL is not set: links in mail lead to ${finding.publicUrl}, which only this machine reaches`;
    case 'failed':
      return wordError(finding);
  }
}

/** Which installation it is and where its settings stand: `/srv/gazette (GAZETTE_HOME; settings in its .env)`. */
export function wordInstallation({
  folder,
  origin,
  envFile,
  ignoredFile,
}: Pick<Installation, 'folder' | 'origin' | 'envFile' | 'ignoredFile'>): string {
  const why = { named: 'GAZETTE_HOME', checkout: 'where the program lies', working_folder: 'the working folder' }[origin];
  const settings = envFile === undefined ? 'it has no .env' : 'settings in its .env';
  return `${folder} (${why}; ${settings})${ignoredFile === undefined ? '' : `; not read: ${ignoredFile}`}`;
}

/** A server that does not know yet what `.env` says. */
export function wordStaleServer({ pid, names }: StaleServer): string {
  return `The server that runs (process ${pid}) was started with other settings than .env holds now (${names.join(', ')}): restart it.`;
}

/** That sending is held, and what to type. */
export function wordHold(hold: PublicHold): string {
  const when = hold.cause === 'restored' ? ' when nothing else sends from this data any more and what waits may go' : '';
  return `${announceHold(hold)} "gazette sending resume" goes on${when}.`;
}

function wordMissing(missing: readonly string[]): string {
  const what = missing.map((name) => (name === 'timeline' ? 'timeline' : 'system identifier')).join(' and ');
  return `This Postgres does not tell our role its ${what}: a backup that was restored may go unnoticed. After one, type "gazette sending hold" first.`;
}

function wordWorkers(count: number): string {
  if (count === 0) return 'No worker is running: start "gazette serve" or "gazette worker"';
  return `${count} ${count === 1 ? 'worker is running' : 'workers are running'}`;
}

function wordMailServer({ variable, server, sender, trouble, detail }: Extract<Finding, { check: 'mail_server' }>): string {
  if (trouble === undefined)
    return sender === undefined ? `SMTP server ${server} answers and accepts the login` : `SMTP server ${server} takes mail from ${sender}`;
  return sender === undefined
    ? `${variable}: expected a server that takes mail, got ${server}: ${detail}`
    : `${variable}: expected a server that takes mail from ${sender}, got ${server} (${trouble}): ${detail}`;
}

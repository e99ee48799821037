import { type Clock, systemClock } from '../../kernel/clock.ts';
import { findRelayLogin } from '../../mail/accounts/relay-logins.ts';
import { createTokenSource, type TokenSource } from '../../mail/oauth/token-source.ts';
import { parseSmtpUrl } from '../../mail/smtp/smtp-account.ts';
import type { MailAccount } from '../variables/mail-accounts.ts';
import { oauthClientOf } from '../variables/oauth-settings.ts';

/** Where an account has its tokens from; undefined where it logs in otherwise. */
export function openTokens({ url, oauth = {} }: MailAccount, timeoutMs: number, clock: Clock = systemClock): TokenSource | undefined {
  const { host, credentials } = parseSmtpUrl(url);
  if (credentials?.kind !== 'oauth2') return undefined;
  return createTokenSource(oauthClientOf(oauth, findRelayLogin(host)?.clientScope), { timeoutMs, clock });
}

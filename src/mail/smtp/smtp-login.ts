import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type BearerMechanism, bearerResponse, bearerSurrender } from '../oauth/bearer-login.ts';
import type { AccessToken } from '../oauth/token-answer.ts';
import type { SmtpReply } from '../message.ts';
import type { SmtpAccount } from './smtp-account.ts';

/** What a connection needs to log in with a token: nodemailer's own way asks for tokens itself, and knows no client credentials. */
export function bearerHandlers(account: SmtpAccount, { value }: AccessToken): NonNullable<SMTPConnection.Options['customAuth']> {
  const handler =
    (mechanism: BearerMechanism) =>
    ({ auth, sendCommand, resolve, reject }: SMTPConnection.CustomAuthenticationContext): void => {
      const login = { user: auth.user ?? '', host: account.host, port: account.port, token: value };
      sendCommand(`AUTH ${mechanism} ${bearerResponse(mechanism, login)}`, (_error, { response }) => {
        if (response.startsWith('235')) resolve();
        else if (response.startsWith('334')) sendCommand(bearerSurrender(mechanism), () => reject('Token refused'));
        else reject('Token refused');
      });
    };
  return { XOAUTH2: handler('XOAUTH2'), OAUTHBEARER: handler('OAUTHBEARER') };
}

/** A server may repeat what it was told, as it was said or cut, and what it says is written down. */
export function withoutToken(reply: SmtpReply, { value }: AccessToken): SmtpReply {
  return { ...reply, text: reply.text.replaceAll(value, '[token]').replaceAll(/[\w.~+/=-]{64,}/g, '[token]') };
}

import { InvalidInputError } from '../../kernel/errors.ts';
import { defaultAccount } from '../../mail/mailers.ts';
import { parseSmtpUrl } from '../../mail/smtp/smtp-account.ts';
import { isOAuthVariable, oauthFaults, type OAuthSettings, oauthVariables } from './oauth-settings.ts';

/** An account as an operator has set it. */
export interface MailAccount {
  /** `default`, or what stands in the name of its variable. */
  readonly name: string;
  /** The variable that holds its URL, for messages. */
  readonly variable: string;
  /** A secret. */
  readonly url: string;
  /** What is set for a login with tokens; not there where nothing is. */
  readonly oauth?: OAuthSettings;
}

const defaultVariable = 'SMTP_URL';
/** `SMTP_NEWS_URL`; its twin is no account of its own, nor is `SMTP_NEWS_OAUTH_TOKEN_URL`. */
const namedVariable = /^SMTP_(?!(?:[A-Z0-9_]{1,40}_)?OAUTH_TOKEN_URL$)([A-Z][A-Z0-9_]{0,40})_URL$/;
const reserved: ReadonlySet<string> = new Set([defaultAccount, 'outbox']);

/** The variables of accounts that have a name among these, by what each and its `…_FILE` twin set. */
export function accountVariables(variables: Iterable<string>): string[] {
  const named = [...variables].map((name) => name.replace(/_FILE$/, '')).filter((name) => namedVariable.test(name));
  return [...new Set(named)].sort();
}

/** The variables of a login with tokens: those of SMTP_URL always, those of accounts that have a name where they are among these. */
export function tokenLoginVariables(variables: Iterable<string>): string[] {
  const set = [...variables].map((name) => name.replace(/_FILE$/, '')).filter(isOAuthVariable);
  return [...new Set([...oauthVariables(defaultVariable).map(({ variable }) => variable), ...set.sort()])];
}

/** Whether a variable holds the URL of an account. */
export function isAccountVariable(variable: string): boolean {
  return variable === defaultVariable || namedVariable.test(variable);
}

/** The account of a variable: `SMTP_TEAM_NEWS_URL` is `team-news`. */
export function accountOfVariable(variable: string): string {
  return namedVariable.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-') ?? defaultAccount;
}

/** What of the texts of variables belongs to the account whose URL stands in one. */
export function oauthSettingsOf(urlVariable: string, texts: Readonly<Record<string, string>>): Pick<MailAccount, 'oauth'> {
  const set = oauthVariables(urlVariable).flatMap(({ name, variable }) => (texts[variable] ? [[name, texts[variable]]] : []));
  return set.length === 0 ? {} : { oauth: Object.fromEntries(set) as OAuthSettings };
}

/** All that is set of an account, by variable. Secrets are among it. */
export function accountSettings({ variable, url, oauth = {} }: MailAccount): Record<string, string> {
  const texts = oauthVariables(variable).flatMap(({ name, variable: own }) => (oauth[name] ? [[own, oauth[name]]] : []));
  return { [variable]: url, ...(Object.fromEntries(texts) as Record<string, string>) };
}

/** What is wrong with an account, each beginning with its variable. Nothing of the URL is repeated. */
export function accountFaults({ name, variable, url, oauth = {} }: MailAccount): string[] {
  if (variable !== defaultVariable && reserved.has(name)) return [`${variable}: expected another name, "${name}" is taken`];
  try {
    const { credentials } = parseSmtpUrl(url);
    return credentials?.kind === 'oauth2' ? oauthFaults(variable, oauth) : [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return [`${variable}: ${error.message.replace(/^E/, 'e')}`];
  }
}

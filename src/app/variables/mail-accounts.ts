import { InvalidInputError } from '../../kernel/errors.ts';
import { defaultAccount } from '../../mail/mailers.ts';
import { parseSmtpUrl } from '../../mail/smtp/smtp-account.ts';

/** An account as an operator has set it. */
export interface MailAccount {
  /** `default`, or what stands in the name of its variable. */
  readonly name: string;
  /** The variable that holds its URL, for messages. */
  readonly variable: string;
  /** A secret. */
  readonly url: string;
}

const defaultVariable = 'SMTP_URL';
/** `SMTP_NEWS_URL`; its twin is no account of its own. */
const namedVariable = /^SMTP_([A-Z][A-Z0-9_]{0,40})_URL$/;
const reserved: ReadonlySet<string> = new Set([defaultAccount, 'outbox']);

/** The variables of accounts that have a name among these, by what each and its `…_FILE` twin set. */
export function accountVariables(variables: Iterable<string>): string[] {
  const named = [...variables].map((name) => name.replace(/_FILE$/, '')).filter((name) => namedVariable.test(name));
  return [...new Set(named)].sort();
}

/** Whether a variable holds the URL of an account. */
export function isAccountVariable(variable: string): boolean {
  return variable === defaultVariable || namedVariable.test(variable);
}

/** The account of a variable: `SMTP_TEAM_NEWS_URL` is `team-news`. */
export function accountOfVariable(variable: string): string {
  return namedVariable.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-') ?? defaultAccount;
}

/** What is wrong with the URL of an account, beginning with its variable; undefined where nothing is. Nothing of the URL is repeated. */
export function accountFault({ name, variable, url }: MailAccount): string | undefined {
  if (variable !== defaultVariable && reserved.has(name)) return `${variable}: expected another name, "${name}" is taken`;
  try {
    parseSmtpUrl(url);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return `${variable}: ${error.message.replace(/^E/, 'e')}`;
  }
}

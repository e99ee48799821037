import { InvalidInputError } from '../../kernel/errors.ts';
import { type OAuthClient, parseTokenUrl } from '../../mail/oauth/oauth-client.ts';

const names = ['TOKEN_URL', 'CLIENT_ID', 'CLIENT_SECRET', 'REFRESH_TOKEN', 'SCOPE'] as const;
type Name = (typeof names)[number];

/** What is set of OAuth 2 for an account, by the end of each variable's name. */
export type OAuthSettings = Readonly<Partial<Record<Name, string>>>;

const anyOAuthVariable = /^SMTP_(?:[A-Z][A-Z0-9_]{0,40}_)?OAUTH_(?:TOKEN_URL|CLIENT_ID|CLIENT_SECRET|REFRESH_TOKEN|SCOPE)$/;
const secretEnds = /_OAUTH_(?:CLIENT_SECRET|REFRESH_TOKEN)$/;

/** The variables of OAuth 2 for the account whose URL stands in a variable: `SMTP_NEWS_OAUTH_SCOPE` for `SMTP_NEWS_URL`. */
export function oauthVariables(urlVariable: string): readonly { readonly name: Name; readonly variable: string }[] {
  return names.map((name) => ({ name, variable: urlVariable.replace(/URL$/, `OAUTH_${name}`) }));
}

/** Whether a variable sets something of OAuth 2. */
export function isOAuthVariable(variable: string): boolean {
  return anyOAuthVariable.test(variable);
}

/** Whether it is a secret. */
export function isSecretOAuthVariable(variable: string): boolean {
  return isOAuthVariable(variable) && secretEnds.test(variable);
}

/** What is missing or wrong for a login with tokens, each beginning with its variable. Nothing of a value is repeated. */
export function oauthFaults(urlVariable: string, settings: OAuthSettings): string[] {
  const variableOf = (name: Name): string => oauthVariables(urlVariable).find((each) => each.name === name)!.variable;
  const missing = (name: Name, what: string): string[] =>
    settings[name] ? [] : [`${variableOf(name)}: expected ${what}, since ${urlVariable} says auth=oauth2`];
  return [
    ...(settings.TOKEN_URL
      ? tokenUrlFaults(variableOf('TOKEN_URL'), settings.TOKEN_URL)
      : missing('TOKEN_URL', 'the address of the token server')),
    ...missing('CLIENT_ID', 'the id of the client'),
    ...(settings.REFRESH_TOKEN ? [] : missing('CLIENT_SECRET', `the secret of the client, or ${variableOf('REFRESH_TOKEN')}`)),
  ];
}

function tokenUrlFaults(variable: string, text: string): string[] {
  try {
    parseTokenUrl(text);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return [`${variable}: ${error.message.replace(/^E/, 'e')}`];
  }
}

/** With what an account asks for tokens. `clientScope`: what it asks for in its own name where nothing is set. */
export function oauthClientOf(settings: OAuthSettings, clientScope: string | undefined): OAuthClient {
  const { TOKEN_URL = '', CLIENT_ID = '', CLIENT_SECRET, REFRESH_TOKEN, SCOPE } = settings;
  return {
    tokenUrl: TOKEN_URL,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    refreshToken: REFRESH_TOKEN,
    // Without one a refresh token brings what was allowed with it.
    scope: SCOPE ?? (REFRESH_TOKEN === undefined ? clientScope : undefined),
  };
}

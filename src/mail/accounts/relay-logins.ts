/** What is known of logging in to a relay. */
export interface RelayLogin {
  readonly hosts: readonly string[];
  /** What a client that asks in its own name has to ask for. */
  readonly clientScope?: string;
  /** When passwords stop to be enough, in words that follow "by password". */
  readonly passwordEnds?: string;
  /** Where it says so. */
  readonly sources: readonly string[];
}

const microsoftScope =
  'https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth';
const microsoftPasswords =
  'https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online';
const passwordEnds = 'off by default at the end of December 2026';

const relayLogins: readonly RelayLogin[] = [
  {
    hosts: ['smtp.office365.com'],
    clientScope: 'https://outlook.office365.com/.default',
    passwordEnds,
    sources: [microsoftScope, microsoftPasswords],
  },
  // Mailboxes of people: no client asks in its own name there.
  { hosts: ['smtp-mail.outlook.com'], passwordEnds, sources: [microsoftPasswords] },
];

/** What is known of logging in to a host; undefined where nothing is. */
export function findRelayLogin(host: string): RelayLogin | undefined {
  return relayLogins.find(({ hosts }) => hosts.includes(host.toLowerCase()));
}

/** How a token is shown to an SMTP server. */
export type BearerMechanism = 'XOAUTH2' | 'OAUTHBEARER';

/** Who logs in where. */
export interface BearerLogin {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** The mechanism by what EHLO announced; the standard's own only where the older one, which every provider speaks, is not offered. */
export function chooseMechanism(ehlo: string): BearerMechanism | undefined {
  const offered = new Set(
    ehlo.split(/\r?\n/).flatMap((line) => {
      const [keyword, ...mechanisms] = line.slice(4).trim().toUpperCase().split(/[ =]/);
      return keyword === 'AUTH' ? mechanisms : [];
    }),
  );
  return (['XOAUTH2', 'OAUTHBEARER'] as const).find((mechanism) => offered.has(mechanism));
}

/** What follows the name of the mechanism in the AUTH command. */
export function bearerResponse(mechanism: BearerMechanism, { user, host, port, token }: BearerLogin): string {
  const fields =
    mechanism === 'XOAUTH2'
      ? [`user=${user}`, `auth=Bearer ${token}`, '', '']
      : [`n,a=${saslName(user)},`, `host=${host}`, `port=${port}`, `auth=Bearer ${token}`, '', ''];
  return Buffer.from(fields.join('\x01')).toString('base64');
}

/** What the server waits for after it has said in a 334 what is wrong: then its refusal comes. RFC 7628 3.2.3 wants a %x01. */
export function bearerSurrender(mechanism: BearerMechanism): string {
  return mechanism === 'XOAUTH2' ? '' : 'AQ==';
}

/** RFC 5801 4. */
function saslName(user: string): string {
  return user.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

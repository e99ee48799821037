/*
 * Who keeps a mailbox, told by the domain of its address: the few that keep most of them. What somebody's own domain is hosted by is not known here.
 */

/** Domains of a provider, and names that it has under the endings of many countries (`yahoo.fr`, `hotmail.co.uk`). */
const providers: Readonly<Record<string, { readonly domains: string; readonly names?: string }>> = {
  gmail: { domains: 'gmail.com googlemail.com' },
  outlook: { domains: 'msn.com passport.com windowslive.com', names: 'outlook hotmail live' },
  yahoo: { domains: 'aol.com ymail.com rocketmail.com myyahoo.com aim.com', names: 'yahoo aol' },
  icloud: { domains: 'icloud.com me.com mac.com' },
  gmx: { domains: 'web.de', names: 'gmx' },
  't-online': { domains: 't-online.de magenta.de' },
  orange: { domains: 'orange.fr wanadoo.fr' },
  free: { domains: 'free.fr' },
  laposte: { domains: 'laposte.net' },
  libero: { domains: 'libero.it virgilio.it inwind.it iol.it' },
  comcast: { domains: 'comcast.net xfinity.com' },
  proton: { domains: 'proton.me protonmail.com protonmail.ch pm.me' },
  mailru: { domains: 'mail.ru bk.ru inbox.ru list.ru internet.ru' },
  yandex: { domains: 'yandex.ru yandex.com ya.ru' },
  qq: { domains: 'qq.com foxmail.com' },
};

/** What every domain is that none of the providers has. */
const otherProvider = 'other';

const byDomain = new Map(
  Object.entries(providers).flatMap(([provider, { domains }]) => domains.split(' ').map((domain) => [domain, provider] as const)),
);
const byName = new Map(
  Object.entries(providers).flatMap(([provider, { names }]) => (names?.split(' ') ?? []).map((name) => [name, provider] as const)),
);

// `fr`, `co.uk`, `com.br`: a country, and nothing that somebody else could have beneath the name.
const countryEnding = /^(?:com|net|(?:co|com|org)\.[a-z]{2}|[a-z]{2})$/;

/** The provider of a domain in lower case; `other` where it is none of the large ones. */
export function mailboxProviderOf(domain: string): string {
  const known = byDomain.get(domain);
  if (known !== undefined) return known;
  const dot = domain.indexOf('.');
  const named = dot === -1 ? undefined : byName.get(domain.slice(0, dot));
  return named !== undefined && countryEnding.test(domain.slice(dot + 1)) ? named : otherProvider;
}

/*
 * Who keeps a mailbox, told by the domain of its address: the few that keep most of them. What somebody's own domain is hosted by is not known here.
 */
import { receivingDomain } from './receiving-domain.ts';

/** Providers by their domains; where domains are one to whoever counts (`receivingDomain`), the one that names them. */
const providers: Readonly<Record<string, string>> = {
  gmail: 'gmail.com',
  outlook: 'outlook.com',
  yahoo: 'yahoo.com',
  icloud: 'icloud.com',
  gmx: 'gmx.net',
  't-online': 't-online.de magenta.de',
  orange: 'orange.fr wanadoo.fr',
  free: 'free.fr',
  laposte: 'laposte.net',
  libero: 'libero.it virgilio.it inwind.it iol.it',
  comcast: 'comcast.net xfinity.com',
  proton: 'proton.me protonmail.com protonmail.ch pm.me',
  mailru: 'mail.ru bk.ru inbox.ru list.ru internet.ru',
  yandex: 'yandex.ru yandex.com ya.ru',
  qq: 'qq.com foxmail.com',
};

/** What every domain is that none of the providers has. */
const otherProvider = 'other';

const byDomain: ReadonlyMap<string, string> = new Map(
  Object.entries(providers).flatMap(([provider, domains]) => domains.split(' ').map((domain) => [domain, provider] as const)),
);

/** The provider of a domain in lower case, or of an address there; `other` where it is none of the large ones. */
export function mailboxProviderOf(domain: string): string {
  return byDomain.get(receivingDomain(domain)) ?? otherProvider;
}

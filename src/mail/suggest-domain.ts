/*
 * Near misses of large mail hosts. Only ever a question to the person: an address is never changed, and one that is right but unusual is not refused.
 * A hint at somebody's real host is worse than none: where in doubt there is none.
 */

/** Hosts of very many mailboxes, long enough that one wrong letter is more likely than another host. */
const hosts =
  `gmail.com googlemail.com hotmail.com hotmail.fr hotmail.de hotmail.it hotmail.es hotmail.co.uk outlook.com outlook.de outlook.fr outlook.es yahoo.com yahoo.fr
  yahoo.de yahoo.it yahoo.es yahoo.co.uk yahoo.com.br icloud.com protonmail.com t-online.de wanadoo.fr laposte.net comcast.net verizon.net btinternet.com
  bluewin.ch telenet.be ziggo.nl`.split(/\s+/);

/** Called by a word of everyday speech: a letter more, less or another makes another word, and somebody's host. Only letters that changed places tell. */
const wordHosts = 'orange.fr libero.it freenet.de skynet.be'.split(' ');

/** Real hosts that are one letter away. */
const realOnes = new Set('mail.com gmx.com cloud.com proton.com'.split(' '));

/** Names that are complete with one ending only. */
const onlyCom = new Map(
  ['gmail', 'googlemail', 'icloud', 'protonmail', 'hotmail', 'outlook', 'yahoo'].map((name) => [name, `${name}.com`]),
);
const onlyWithCom = new Set(['gmail', 'googlemail', 'icloud']);

const maxDomainLength = 30;

/** The large host that was likely meant by a domain as typed; undefined when it is one, or is like none. */
export function suggestDomain(typed: string): string | undefined {
  if (typed.length > maxDomainLength) return undefined;
  const text = typed.trim().toLowerCase();
  const domain = text
    .replaceAll(/[,;:\s]/g, '.')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^\.|\.$/g, '');
  if (hosts.includes(domain) || wordHosts.includes(domain)) return domain === text ? undefined : domain;
  // Every letter of the alphabet has a host of that kind.
  if (realOnes.has(domain) || /^[a-z]mail\.com$/.test(domain)) return undefined;
  const [name = '', ...rest] = domain.split('.');
  const complete = onlyCom.get(name);
  if (complete !== undefined && (rest.length === 0 || (onlyWithCom.has(name) && rest.length === 1))) return complete;
  return (
    hosts.find((host) => isOneSlipAway(domain, host) && !isOtherCountry(domain, host)) ??
    wordHosts.find((host) => isSwapped(...partsThatDiffer(domain, host)))
  );
}

/** The same name in another country: yahoo.com.ar is no slip of yahoo.com.br. */
function isOtherCountry(domain: string, host: string): boolean {
  const [country, other] = [domain, host].map((each) => /^.+\.(?=[a-z]{2}$)/.exec(each)?.[0]);
  return country !== undefined && country === other;
}

/** One letter too many, too few or wrong, or two that changed places. */
function isOneSlipAway(typed: string, host: string): boolean {
  // First what costs nothing: an import asks it of every row.
  if (Math.abs(typed.length - host.length) > 1) return false;
  const [rest, wanted] = partsThatDiffer(typed, host);
  return rest.slice(1) === wanted || rest === wanted.slice(1) || rest.slice(1) === wanted.slice(1) || isSwapped(rest, wanted);
}

function partsThatDiffer(typed: string, host: string): [string, string] {
  let start = 0;
  while (start < typed.length && typed[start] === host[start]) start++;
  return [typed.slice(start), host.slice(start)];
}

function isSwapped(rest: string, wanted: string): boolean {
  return rest.length > 1 && rest[0] === wanted[1] && rest[1] === wanted[0] && rest.slice(2) === wanted.slice(2);
}

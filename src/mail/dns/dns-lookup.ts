import { Resolver } from 'node:dns/promises';

/** What DNS said: `none` is a name or record that is not there, `failed` no answer that can be relied on. */
export type DnsAnswer =
  | { readonly kind: 'found'; readonly values: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Asks DNS. */
export interface DnsLookup {
  /** The texts of a name, the strings of each record joined. */
  txt(name: string): Promise<DnsAnswer>;
  /** The hosts that take mail for a domain, in lower case, the most preferred first. */
  mx(domain: string): Promise<DnsAnswer>;
}

// What comes from outside is bounded: a domain has some dozens of texts, the longest key of RSA takes 800 characters.
const mostRecords = 200;
const maxTextLength = 4096;

/** How long an answer is waited for at first (later tries wait longer), and how often it is asked for. */
export interface DnsPatience {
  readonly timeoutMs: number;
  readonly tries: number;
}

/** Asks the servers of the machine, or those that are named (`address:port`). */
export function createDnsLookup(servers: readonly string[] = [], patience: DnsPatience = { timeoutMs: 2000, tries: 3 }): DnsLookup {
  const resolver = new Resolver({ timeout: patience.timeoutMs, tries: patience.tries });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    txt: (name) =>
      answerOf(async () =>
        (await resolver.resolveTxt(name)).slice(0, mostRecords).map((strings) => strings.join('').slice(0, maxTextLength)),
      ),
    mx: (domain) =>
      answerOf(async () => {
        const found = (await resolver.resolveMx(domain)).slice(0, mostRecords);
        return found.sort((one, other) => one.priority - other.priority).map(({ exchange }) => exchange.toLowerCase());
      }),
  };
}

async function answerOf(ask: () => Promise<readonly string[]>): Promise<DnsAnswer> {
  try {
    const values = await ask();
    return values.length === 0 ? { kind: 'none' } : { kind: 'found', values };
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return code === 'ENOTFOUND' || code === 'ENODATA' ? { kind: 'none' } : { kind: 'failed', reason: code };
  }
}

/*
 * What published records say, judged as texts: no lookup happens here.
 */

/** What there is of a record that is needed. */
export interface RecordVerdict {
  readonly state: 'ok' | 'missing' | 'wrong';
  readonly detail: string;
}

/** The tags of a record of DKIM or DMARC (RFC 6376 3.2), names in lower case; the first of one name counts. */
export function tagsOf(record: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const part of record.split(';')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim().toLowerCase();
    if (name !== '' && !tags.has(name)) tags.set(name, part.slice(equals + 1).trim());
  }
  return tags;
}

/** The texts that are SPF records (RFC 7208 4.5). */
export function spfRecords(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => /^v=spf1(?: |$)/i.test(text));
}

/** The domains whose records an SPF record has read in its place, and how many lookups it asks for itself (RFC 7208 4.6.4). */
export function spfTerms(record: string): { readonly read: readonly string[]; readonly lookupCount: number } {
  const terms = record.toLowerCase().split(/ +/).slice(1);
  const read = terms.flatMap((term) => /^[+?~-]?include:(.+)$|^redirect=(.+)$/.exec(term)?.slice(1).find(Boolean) ?? []);
  const others = terms.filter((term) => /^[+?~-]?(?:a|mx|ptr)(?:[:/]|$)|^[+?~-]?exists:/.test(term));
  return { read, lookupCount: read.length + others.length };
}

/** Whether a domain lets a relay send: exactly one record, with what is to be included, few lookups, and an end. */
export function judgeSpf(texts: readonly string[], include: string, lookupCount: number): RecordVerdict {
  const [record, ...others] = spfRecords(texts);
  if (record === undefined) return { state: 'missing', detail: 'there is no SPF record' };
  if (others.length > 0)
    return { state: 'wrong', detail: `expected one SPF record, got ${others.length + 1}: none of them counts (RFC 7208 4.5)` };
  const terms = record.toLowerCase().split(/ +/);
  if (!spfTerms(record).read.includes(include.toLowerCase())) return { state: 'wrong', detail: `it does not hold include:${include}` };
  if (terms.some((term) => /^[+]?all$/.test(term))) return { state: 'wrong', detail: 'it ends in +all, which lets anybody send' };
  if (lookupCount > 10) return { state: 'wrong', detail: `it asks for more than 10 lookups, so that none of it counts (RFC 7208 4.6.4)` };
  if (!terms.some((term) => /^[?~-]all$/.test(term) || term.startsWith('redirect=')))
    return { state: 'wrong', detail: 'it does not end in ~all or -all' };
  return { state: 'ok', detail: `one record, ${lookupCount} of 10 lookups` };
}

/** Whether the key that is published is ours; its record is compared by what stands in p=. */
export function judgeDkim(texts: readonly string[], ours: string): RecordVerdict {
  const keys = texts.filter((text) => tagsOf(text).has('p'));
  if (keys.length === 0) return { state: 'missing', detail: 'there is no key' };
  if (keys.length > 1)
    return { state: 'wrong', detail: `expected one key, got ${keys.length}: which of them counts is open (RFC 6376 3.6.2.2)` };
  const tags = tagsOf(keys[0]!);
  const published = tags.get('p')!.replaceAll(/\s+/g, '');
  if (published === '') return { state: 'wrong', detail: 'the key is revoked: its p= is empty' };
  if (published !== tagsOf(ours).get('p')) return { state: 'wrong', detail: 'the key is another one than ours' };
  if ((tags.get('k') ?? 'rsa').toLowerCase() !== 'rsa') return { state: 'wrong', detail: 'its k= is not rsa' };
  const isTested =
    tags
      .get('t')
      ?.split(':')
      .some((flag) => flag.trim().toLowerCase() === 'y') === true;
  return { state: 'ok', detail: isTested ? 'the key is ours; t=y says that it is only tried out' : 'the key is ours' };
}

/** The record of a policy among texts; several count as none (RFC 9989 4.10). */
export function dmarcRecord(texts: readonly string[]): string | undefined {
  const found = texts.filter((text) => /^v *= *DMARC1 *(?:;|$)/.test(text));
  return found.length === 1 ? found[0] : undefined;
}

/** Tags that RFC 9989 took away. */
const formerTags = ['pct', 'rf', 'ri'];

/** Whether a domain has a policy, its own or one from above. */
export function judgeDmarc(record: string | undefined): RecordVerdict {
  if (record === undefined) return { state: 'missing', detail: 'there is no policy, or more than one record' };
  const tags = tagsOf(record);
  const policy = tags.get('p')?.toLowerCase() ?? '';
  if (!['none', 'quarantine', 'reject'].includes(policy)) return { state: 'wrong', detail: 'expected p=none, p=quarantine or p=reject' };
  const former = formerTags.filter((name) => tags.has(name));
  const advice = former.length === 0 ? '' : `; ${former.join(', ')} mean nothing any more (RFC 9989)`;
  return { state: 'ok', detail: `p=${policy}${tags.has('rua') ? '' : ', without rua= nobody gets reports'}${advice}` };
}

/** The domains that are asked for a policy, from a domain upwards: itself, then at most seven labels and each above (RFC 9989 4.10). */
export function treeWalk(domain: string): readonly string[] {
  const labels = domain.split('.');
  const above = labels.slice(labels.length > 8 ? labels.length - 7 : 1);
  return [domain, ...above.map((_label, index) => above.slice(index).join('.'))];
}

/** The organisational domain, of the records that a walk found from below (RFC 9989 4.10.2). */
export function organisationalDomain(domain: string, found: readonly { readonly at: string; readonly record: string }[]): string {
  for (const { at, record } of found) {
    const psd = tagsOf(record).get('psd')?.toLowerCase();
    if (psd === 'n') return at;
    // A public suffix: the domain is one label below it.
    if (psd === 'y' && at !== domain)
      return domain
        .split('.')
        .slice(-at.split('.').length - 1)
        .join('.');
  }
  return found.at(-1)?.at ?? domain;
}

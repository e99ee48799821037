/** A record of DNS as its owner is to publish it. */
export type DnsRecord =
  | { readonly type: 'TXT'; readonly name: string; readonly value: string }
  | { readonly type: 'MX'; readonly name: string; readonly preference: number; readonly exchange: string };

/** A string of a TXT record has at most so many octets (RFC 1035 3.3.14); readers join the strings of one record (RFC 6376 3.6.2.2, RFC 7208 3.3). */
const maxStringLength = 255;

/** The strings that a value is published as. */
export function txtStrings(value: string): readonly string[] {
  const strings: string[] = [];
  for (let start = 0; start < value.length; start += maxStringLength) strings.push(value.slice(start, start + maxStringLength));
  return strings.length === 0 ? [''] : strings;
}

/** A record as a line of a zone file (RFC 1035 5.1). */
export function zoneLine(record: DnsRecord): string {
  if (record.type === 'MX') return `${record.name}. IN MX ${record.preference} ${record.exchange}.`;
  const strings = txtStrings(record.value).map((each) => `"${each.replaceAll(/["\\]/g, String.raw`\$&`)}"`);
  return `${record.name}. IN TXT ${strings.join(' ')}`;
}

/** What a record holds, as the form of a provider of DNS takes it. */
export function recordValue(record: DnsRecord): string {
  return record.type === 'MX' ? `${record.preference} ${record.exchange}` : record.value;
}

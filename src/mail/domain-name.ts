import { domainToASCII } from 'node:url';

/** Whether a text is one or more labels of letters, digits and hyphens, as hosts and selectors have them (RFC 1123 2.1, RFC 6376 3.1). */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
}

/** A domain, which may be in its own script or end with a dot, in lower-case A-labels; undefined where a text is none. */
export function asciiDomainOf(text: string): string | undefined {
  const ascii = domainToASCII(text.replace(/\.$/, '')).toLowerCase();
  return isDnsName(ascii) && ascii.includes('.') ? ascii : undefined;
}

/** Whether a domain is another or lies beneath it; both in lower case. */
export function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

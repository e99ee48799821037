import type { Command } from '../command.ts';

/** `gazette dkim new`. */
export const dkimNew: Command = {
  name: 'dkim new',
  summary: 'Make a key that signs mail, and print the DNS record of its public half.',
  options: {
    domain: { value: 'domain', help: 'The domain that signs.', default: 'DKIM_DOMAIN' },
    selector: { value: 'name', help: 'The name of the key in DNS; another one than that of a key in use.', default: 'DKIM_SELECTOR' },
    out: { value: 'file', help: 'Where the private key goes.', default: 'secrets/dkim-<selector>.pem in DATA_FOLDER' },
    bits: { value: 'number', help: 'Length of the key, 2048 to 4096.', default: '2048' },
    replace: { help: 'Write over a key that is there. What it signed can no longer be verified once its record is replaced too.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['dkim new --domain example.org', 'dkim new --domain example.org --selector gazette-2027 --out /run/secrets/dkim.pem'],
  exitCodes: '1 when there is a file already.',
  run: async (...given) => (await import('../dkim.ts')).dkimNew(...given),
};

/** `gazette dns`. */
export const dns: Command = {
  name: 'dns',
  summary: 'Print the records that DNS needs (SPF, DKIM, DMARC, MX), for each sender domain of the newsletters.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['dns', 'dns --json'],
  run: async (...given) => (await import('../dns.ts')).dns(...given),
};

/** `gazette dns check`. */
export const dnsCheck: Command = {
  name: 'dns check',
  summary: 'Look the records up: what is there, missing or wrong, and whether From aligns with who signs and with the envelope.',
  options: {
    server: { value: 'address', help: 'The server that is asked, an IP address with :port or without.', default: "the machine's" },
    json: { help: 'One JSON document.' },
  },
  examples: ['dns check', 'dns check --server 9.9.9.9'],
  exitCodes: '1 when something is missing or wrong; what cannot be known does not count.',
  run: async (...given) => (await import('../dns.ts')).dnsCheck(...given),
};

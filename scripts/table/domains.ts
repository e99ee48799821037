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

import { resolve } from 'node:path';
import { makeDkimKey } from '../src/app/domains/make-dkim-key.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { dkimRecord } from '../src/mail/dkim/dkim-key.ts';
import { recordValue, zoneLine, type DnsRecord } from '../src/mail/dns/dns-record.ts';
import { asciiDomainOf, isDnsName } from '../src/mail/domain-name.ts';
import { pairs, workAsUsage, type Run } from './command.ts';
import { readConfig } from './open.ts';

/** What `gazette dkim new` does. It asks for no key that is configured: the one that it names may not be there yet. */
export const dkimNew: Run = async (args, context) => {
  const { DKIM_DOMAIN, DKIM_SELECTOR, DATA_FOLDER } = readConfig({ ...context, env: { ...context.env, DKIM_KEY: '', DKIM_KEY_FILE: '' } });
  const selector = args.text('selector') ?? DKIM_SELECTOR;
  if (!isDnsName(selector)) throw new UsageError(`expected --selector of letters, digits, hyphens and dots, got "${selector}"`);
  const domain = asciiDomainOf(DKIM_DOMAIN === undefined ? args.required('domain') : (args.text('domain') ?? DKIM_DOMAIN));
  if (domain === undefined) throw new UsageError(`expected --domain such as example.org, got "${args.text('domain') ?? ''}"`);
  const path = resolve(context.installation.folder, args.text('out') ?? `${DATA_FOLDER}/secrets/dkim-${selector}.pem`);
  const bits = args.integer('bits', { atLeast: 2048, atMost: 4096 }) ?? 2048;
  const key = await workAsUsage(makeDkimKey({ path, bits, isReplacing: args.has('replace') }));
  const record: DnsRecord = { type: 'TXT', name: `${selector}._domainkey.${domain}`, value: dkimRecord(key) };
  const settings = { DKIM: 'own', DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_KEY_FILE: path };
  if (args.has('json')) {
    context.print(JSON.stringify({ path, bits, record, zoneLine: zoneLine(record), settings }, null, 2));
    return 0;
  }
  context.print(`The private key is in ${path}, which only you can read. Keep a copy with your backups.`);
  context.print('\nPublish its public half in DNS:');
  pairs([
    ['name', record.name],
    ['type', record.type],
    ['value', recordValue(record)],
  ]).forEach(context.print);
  context.print('\nAs a line of a zone file:');
  context.print(zoneLine(record));
  context.print('\nOnce "gazette dns check" finds it, set and restart:');
  for (const [name, value] of Object.entries(settings)) context.print(`${name}=${value}`);
  return 0;
};

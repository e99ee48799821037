import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkDns } from '../../../src/app/domains/check-dns.ts';
import { createDnsLookup } from '../../../src/mail/dns/dns-lookup.ts';
import { dkimRecord } from '../../../src/mail/dkim/dkim-key.ts';
import { txtStrings } from '../../../src/mail/dns/dns-record.ts';
import { recordsFor, type DnsNeeds } from '../../../src/mail/dns/records-for.ts';
import { testKey } from '../../mail/dkim/signed-message.ts';
import { startDnsServer, type DnsServer } from '../../support/dns-server.ts';

const record = dkimRecord(testKey);
const needs: DnsNeeds = {
  senders: ['news.example.org'],
  relayHost: 'smtp-relay.gmail.com',
  key: { selector: 'gazette', record },
  inbound: { domains: ['news.example.org'], host: 'mx.example.org' },
  reportAddress: 'desk@example.org',
};

let server: DnsServer;
beforeEach(async () => {
  server = await startDnsServer({
    'news.example.org': {
      txt: [['v=spf1 include:_spf.goo', 'gle.com ~all'], 'x'.repeat(200), 'y'.repeat(200)],
      mx: [[10, 'MX.example.org']],
    },
    '_spf.google.com': { txt: ['v=spf1 include:_netblocks.google.com ~all'] },
    '_netblocks.google.com': { txt: ['v=spf1 ip4:192.0.2.0/24 ~all'] },
    'gazette._domainkey.news.example.org': { txt: [txtStrings(record)] },
    '_dmarc.example.org': { txt: ['v=DMARC1; p=none; rua=mailto:desk@example.org'] },
  });
});
afterEach(() => server.close());

const check = async (given: DnsNeeds = needs): Promise<string[]> =>
  (await checkDns(given, createDnsLookup([server.address]))).map((finding) => `${finding.check} ${finding.state}: ${finding.detail}`);

test('what is needed is said once for each domain, with the records as they are to be published', () => {
  expect(recordsFor(needs).map(({ record: each }) => each)).toEqual([
    { type: 'TXT', name: 'news.example.org', value: 'v=spf1 include:_spf.google.com ~all' },
    { type: 'TXT', name: 'gazette._domainkey.news.example.org', value: record },
    { type: 'TXT', name: '_dmarc.news.example.org', value: 'v=DMARC1; p=none; rua=mailto:desk@example.org' },
    { type: 'MX', name: 'news.example.org', preference: 10, exchange: 'mx.example.org' },
  ]);
  const unknown = recordsFor({ senders: ['example.org'], relayHost: 'mail.example.net' });
  expect(unknown.map(({ purpose, record: each }) => `${purpose} ${each?.name}`)).toEqual([
    'spf undefined',
    'dkim undefined',
    'dmarc _dmarc.example.org',
  ]);
  expect(unknown[0]!.detail).toContain('mail.example.net is not known here: ask its operator');
});

describe('a check of DNS', () => {
  test('finds what is there: long keys in several strings, answers that are cut, a policy from above', async () => {
    expect(await check()).toEqual([
      'spf ok: one record, 2 of 10 lookups',
      'dkim ok: the key is ours',
      'dmarc ok: of example.org: p=none',
      'mx ok: leads to mx.example.org',
      'alignment ok: d= aligns, the envelope aligns',
    ]);
  });

  test('says what is missing', async () => {
    server.zone.clear();
    expect((await check()).map((line) => line.split(':')[0])).toEqual([
      'spf missing',
      'dkim missing',
      'dmarc missing',
      'mx missing',
      'alignment ok',
    ]);
  });

  test('says what is wrong, and what does not align', async () => {
    server.zone.set('news.example.org', { txt: ['v=spf1 -all'], mx: [[1, 'other.example.org']] });
    server.zone.set('gazette._domainkey.example.com', { txt: ['p='] });
    const found = await check({ ...needs, key: { selector: 'gazette', record, domain: 'example.com' } });
    expect(found.map((line) => line.split(':')[0])).toEqual(['spf wrong', 'dkim wrong', 'dmarc ok', 'mx wrong', 'alignment wrong']);
    expect(found.at(-1)).toContain('d= does not align, the envelope aligns');
  });

  test('takes a fault of DNS for no answer, and not for a record that is missing', async () => {
    for (const name of ['news.example.org', 'gazette._domainkey.news.example.org', '_dmarc.news.example.org'])
      server.zone.set(name, 'servfail');
    expect((await check()).map((line) => line.split(':')[0])).toEqual([
      'spf unknown',
      'dkim unknown',
      'dmarc unknown',
      'mx unknown',
      'alignment unknown',
    ]);
  });

  test('takes silence for no answer', async () => {
    server.zone.set('gazette._domainkey.news.example.org', 'silence');
    const lookup = createDnsLookup([server.address], { timeoutMs: 50, tries: 1 });
    expect(await lookup.txt('gazette._domainkey.news.example.org')).toEqual({ kind: 'failed', reason: 'ETIMEOUT' });
  });

  test('bounds what it takes of a text', async () => {
    server.zone.set('long.example.org', { txt: [Array<string>(40).fill('z'.repeat(255))] });
    const answer = await createDnsLookup([server.address]).txt('long.example.org');
    expect(answer).toEqual({ kind: 'found', values: ['z'.repeat(4096)] });
  });

  test('ends, whatever a record that includes itself asks for', async () => {
    server.zone.set('_spf.google.com', { txt: ['v=spf1 include:_spf.google.com include:_spf.google.com ~all'] });
    expect((await check())[0]).toContain('more than 10 lookups');
    expect(server.asked.filter((name) => name === '_spf.google.com').length).toBeLessThan(12);
  });
});

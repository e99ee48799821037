import { describe, expect, test } from '@jest/globals';
import { dmarcRecord, judgeDkim, judgeDmarc, judgeSpf, organisationalDomain, treeWalk } from '../../../src/mail/dns/judge-records.ts';

describe('SPF', () => {
  test.each([
    ['what includes the relay and ends', ['other', 'v=spf1 mx include:x.org ~all'], 2, 'ok', 'one record, 2 of 10'],
    ['none', ['v=spf10 include:x.org -all'], 0, 'missing', 'no SPF record'],
    ['two records', ['v=spf1 include:x.org ~all', 'v=spf1 -all'], 1, 'wrong', 'one SPF record, got 2'],
    ['another relay', ['v=spf1 include:y.org ~all'], 1, 'wrong', 'include:x.org'],
    ['a name that only begins so', ['v=spf1 include:x.org.evil ~all'], 1, 'wrong', 'include:x.org'],
    ['everybody', ['v=spf1 include:x.org +all'], 1, 'wrong', 'lets anybody send'],
    ['no end', ['v=spf1 include:x.org'], 1, 'wrong', 'does not end'],
    ['too much to look up', ['v=spf1 include:x.org -all'], 11, 'wrong', 'more than 10 lookups'],
  ])('of %s', (_, texts, count, state, detail) => {
    expect(judgeSpf(texts, 'x.org', count)).toEqual({ state, detail: expect.stringContaining(detail) });
  });
});

describe('a published key', () => {
  test.each([
    ['ours', ['v=DKIM1; k=rsa; p=AAAA'], 'ok', 'is ours'],
    ['ours with blanks and a trial', ['v=DKIM1; t=y; p=AA AA'], 'ok', 't=y'],
    ['none', ['v=spf1 -all'], 'missing', 'no key'],
    ['a revoked one', ['v=DKIM1; p='], 'wrong', 'revoked'],
    ['another', ['v=DKIM1; p=BBBB'], 'wrong', 'another one'],
    ['two', ['p=AAAA', 'p=BBBB'], 'wrong', 'got 2'],
    ['of another kind', ['v=DKIM1; k=ed25519; p=AAAA'], 'wrong', 'k='],
  ])('%s', (_, texts, state, detail) => {
    expect(judgeDkim(texts, 'v=DKIM1; k=rsa; p=AAAA')).toEqual({ state, detail: expect.stringContaining(detail) });
  });
});

describe('DMARC', () => {
  test.each([
    ['a policy with reports', ['v=DMARC1; p=none; rua=mailto:a@b.c'], 'ok', 'p=none'],
    ['a policy without', ['v=DMARC1;p=reject'], 'ok', 'nobody gets reports'],
    ['former tags', ['v=DMARC1; p=none; pct=50; ri=1; rua=mailto:a@b.c'], 'ok', 'pct, ri mean nothing'],
    ['none', ['v=spf1'], 'missing', 'no policy'],
    ['two', ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], 'missing', 'more than one'],
    ['an unknown policy', ['v=DMARC1; p=maybe'], 'wrong', 'expected p=none'],
  ])('%s', (_, texts, state, detail) => {
    expect(judgeDmarc(dmarcRecord(texts))).toEqual({ state, detail: expect.stringContaining(detail) });
  });

  test('is looked for from the domain upwards, at most eight times (RFC 9989 4.10)', () => {
    expect(treeWalk('a.b.org')).toEqual(['a.b.org', 'b.org', 'org']);
    const long = treeWalk('a.b.c.d.e.f.g.h.i.j.example.org');
    expect(long).toHaveLength(8);
    expect(long.slice(0, 2)).toEqual(['a.b.c.d.e.f.g.h.i.j.example.org', 'f.g.h.i.j.example.org']);
    expect(treeWalk('a.b.c.d.e.f.g.org')).toHaveLength(8);
    expect(treeWalk('a.b.c.d.e.f.g.h.org')).toEqual(['a.b.c.d.e.f.g.h.org', ...treeWalk('c.d.e.f.g.h.org')]);
  });

  test.each([
    [
      'the highest with a record',
      [
        ['a.b.org', ''],
        ['b.org', ''],
      ],
      'b.org',
    ],
    ['itself where there is none', [], 'a.b.org'],
    ['where psd=n ends the walk', [['a.b.org', '; psd=n']], 'a.b.org'],
    [
      'one below a public suffix',
      [
        ['a.b.org', ''],
        ['org', '; psd=y'],
      ],
      'b.org',
    ],
    ['itself, although it calls itself a suffix', [['a.b.org', '; psd=y']], 'a.b.org'],
  ])('has as organisational domain %s', (_, found, expected) => {
    const records = (found as [string, string][]).map(([at, more]) => ({ at, record: `v=DMARC1; p=none${more}` }));
    expect(organisationalDomain('a.b.org', records)).toBe(expected);
  });
});

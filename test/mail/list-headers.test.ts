import { describe, expect, test } from '@jest/globals';
import { header, listHeaders, unsubscribeHeaders } from '../../src/mail/mime/list-headers.ts';

const input = {
  newsletterSlug: 'weekly',
  newsletterName: 'The Weekly Letter',
  listDomain: 'example.org',
  campaign: '7',
  kind: 'digest',
  archiveUrl: 'https://letters.example.org/archive/weekly',
  ownerAddress: 'editor@example.org',
} as const;

const unsubscribeUrl = 'https://letters.example.org/unsubscribe/k1.abc';

describe('the headers of a list', () => {
  test('say which list it is, where its archive is, who answers for it', () => {
    expect(listHeaders({ ...input, complaintAddress: 'inbound@example.org' })).toEqual([
      ['List-Id', '"The Weekly Letter" <weekly.example.org>'],
      ['List-Archive', '<https://letters.example.org/archive/weekly>'],
      ['List-Owner', '<mailto:editor@example.org>'],
      ['Feedback-ID', '7:weekly:digest:gazette'],
      ['CFBL-Address', 'inbound@example.org; report=arf'],
      ['Precedence', 'bulk'],
    ]);
  });

  test('leave out where complaints go when nothing reads them, and a name that is not plain ASCII', () => {
    const headers = new Map(listHeaders({ ...input, newsletterName: 'Die Wöchentliche', ownerAddress: 'büro@bücher.example' }));
    expect(headers.get('List-Id')).toBe('<weekly.example.org>');
    expect(headers.get('List-Owner')).toBe('<mailto:b%C3%BCro@xn--bcher-kva.example>');
    expect(headers.has('CFBL-Address')).toBe(false);
  });

  test.each(['javascript:alert(1)', 'https://a.example/>,<https://b.example/', '/relative'])('refuse %j as the archive', (archiveUrl) => {
    expect(() => listHeaders({ ...input, archiveUrl })).toThrow('Expected the archive as an absolute http(s) URL');
  });
});

describe('the headers for leaving', () => {
  test('name the page first, then the mailbox, and take one click', () => {
    expect(
      unsubscribeHeaders({ unsubscribeUrl, unsubscribeMailbox: { address: 'leave@example.org', subject: 'unsubscribe k1.abc' } }),
    ).toEqual([
      ['List-Unsubscribe', '<https://letters.example.org/unsubscribe/k1.abc>, <mailto:leave@example.org?subject=unsubscribe%20k1.abc>'],
      ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ]);
    expect(new Map(unsubscribeHeaders({ unsubscribeUrl })).get('List-Unsubscribe')).toBe(`<${unsubscribeUrl}>`);
  });

  test.each([
    'javascript:alert(1)',
    'https://a.example/>,<https://b.example/',
    'https://a.example/\r\nBcc: b@c.org',
    'https://a.example/ x',
    '/relative',
  ])('refuse %j as the unsubscribe link', (link) => {
    expect(() => unsubscribeHeaders({ unsubscribeUrl: link })).toThrow('Expected the unsubscribe link');
  });
});

describe('header', () => {
  test.each(['a\r\nBcc: x@example.org', 'a\nb', 'a\rb', 'a\u0000b', 'a\u2028b', 'a\u0085b'])('refuses %j as a value', (value) => {
    expect(() => header('Subject', value)).toThrow('Expected one line');
  });

  test.each(['', 'Sub ject', 'Subject:', 'Bcc\r\nX', 'Überschrift'])('refuses %j as a name', (name) => {
    expect(() => header(name, 'x')).toThrow('Expected a header name');
  });
});

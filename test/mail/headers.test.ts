import { describe, expect, test } from '@jest/globals';
import { deliveryHeaders, header } from '../../src/mail/headers.ts';

const input = {
  newsletterSlug: 'weekly',
  newsletterName: 'The Weekly Letter',
  listDomain: 'example.org',
  editionId: '7',
  unsubscribeUrl: 'https://letters.example.org/unsubscribe/k1.abc',
};

describe('deliveryHeaders', () => {
  test('make a digest a list message that one click ends', () => {
    expect(deliveryHeaders({ ...input, unsubscribeMailbox: { address: 'leave@example.org', subject: 'unsubscribe k1.abc' } })).toEqual([
      ['List-Id', '"The Weekly Letter" <weekly.example.org>'],
      ['List-Unsubscribe', '<https://letters.example.org/unsubscribe/k1.abc>, <mailto:leave@example.org?subject=unsubscribe%20k1.abc>'],
      ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
      ['Feedback-ID', '7:weekly:digest:gazette'],
      ['Precedence', 'bulk'],
    ]);
  });

  test('leave out the mailbox where nothing reads it, and a name that is not plain ASCII', () => {
    const headers = new Map(deliveryHeaders({ ...input, newsletterName: 'Die Wöchentliche' }));
    expect(headers.get('List-Unsubscribe')).toBe('<https://letters.example.org/unsubscribe/k1.abc>');
    expect(headers.get('List-Id')).toBe('<weekly.example.org>');
  });

  test.each([
    'javascript:alert(1)',
    'https://a.example/>,<https://b.example/',
    'https://a.example/\r\nBcc: b@c.org',
    'https://a.example/ x',
    '/relative',
  ])('refuse %j as the unsubscribe link', (unsubscribeUrl) => {
    expect(() => deliveryHeaders({ ...input, unsubscribeUrl })).toThrow('Expected the unsubscribe link');
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

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../../src/kernel/errors.ts';
import { createSigner } from '../../../src/mail/dkim/signer.ts';
import { digestBody, digestHeaders, signedAt, signedMessage, testKey, verdictOf } from './signed-message.ts';

/** The tags of the signature of a message. */
function tagsOf(message: string): Record<string, string> {
  const field = /^DKIM-Signature:((?:[^\r]|\r\n[ \t])*)\r\n/.exec(message)![1]!.replaceAll(/\s/g, '');
  return Object.fromEntries(field.split(';').map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]));
}

describe('a signature', () => {
  test('is verified by an independent verifier, and is of the domain of From', async () => {
    expect(await verdictOf(await signedMessage(digestHeaders))).toEqual({
      result: 'pass',
      domain: 'example.org',
      selector: 'gazette',
      aligned: true,
    });
  });

  test('says how it was made, and which fields it covers, those once more that nobody may add', async () => {
    const message = await signedMessage(digestHeaders);
    expect(tagsOf(message)).toEqual({
      v: '1',
      a: 'rsa-sha256',
      c: 'relaxed/relaxed',
      d: 'example.org',
      s: 'gazette',
      t: String(Math.floor(signedAt.getTime() / 1000)),
      h:
        'From:From:Subject:Subject:Date:Date:To:To:Message-ID:Message-ID:MIME-Version:MIME-Version:Content-Type:Content-Type:' +
        'List-Id:List-Id:List-Unsubscribe:List-Unsubscribe:List-Unsubscribe-Post:List-Unsubscribe-Post:Feedback-ID:Feedback-ID:' +
        'CFBL-Address:CFBL-Address:Reply-To:Reply-To:Cc:List-Archive:List-Owner:Auto-Submitted',
      bh: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      b: expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/),
    });
  });

  test('has no line of more than 76 characters', async () => {
    const field = (await signedMessage(digestHeaders, { selector: 'gazette.2026', domain: 'example.org' })).split('\r\nFrom:')[0]!;
    expect(field.split('\r\n').filter((line) => line.length > 76)).toEqual([]);
    expect(field.split('\r\n').length).toBeGreaterThan(10);
  });

  test('covers no field that the relay rewrites', async () => {
    const message = await signedMessage(digestHeaders, { exceptHeaders: ['date', 'Message-ID', 'Cc'] });
    expect(tagsOf(message)['h']).not.toMatch(/Date|Message-ID|Cc/);
    const rewritten = message
      .replace(/\r\nDate: [^\r]*/, '\r\nDate: Thu, 02 Jul 2026 00:00:00 +0000')
      .replace(/\r\nMessage-ID: [^\r]*/, '');
    expect(await verdictOf(rewritten)).toMatchObject({ result: 'pass' });
  });

  const covered = digestHeaders.filter((field) => !field.startsWith('Precedence'));

  test.each(covered.map((field) => field.split(':')[0]!))('fails when %s is changed, or taken out', async (name) => {
    const message = await signedMessage(digestHeaders);
    expect((await verdictOf(message.replace(`\r\n${name}: `, `\r\n${name}: x`))).result).not.toBe('pass');
    expect((await verdictOf(message.replace(new RegExp(`\\r\\n${name}: [^\\r]*(\\r\\n[ \\t][^\\r]*)*`), ''))).result).not.toBe('pass');
  });

  test.each([
    'From: <else@example.com>',
    'Subject: Another',
    'To: <bo@example.net>',
    'Date: Thu, 02 Jul 2026 00:00:00 +0000',
    'Cc: <bo@example.net>',
    'Reply-To: <else@example.com>',
    'Message-ID: <other@example.com>',
    'List-Unsubscribe: <https://else.example.com/>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'Content-Type: text/html',
    'Feedback-ID: 1:2:3:4',
  ])('fails when somebody adds "%s", above or below', async (field) => {
    const message = await signedMessage(digestHeaders);
    expect((await verdictOf(`${field}\r\n${message}`)).result).not.toBe('pass');
    expect((await verdictOf(message.replace('\r\n\r\n', `\r\n${field}\r\n\r\n`))).result).not.toBe('pass');
  });

  test('fails when a Reply-To is added to a message that had none', async () => {
    const message = await signedMessage(digestHeaders.filter((field) => !field.startsWith('Reply-To')));
    expect(await verdictOf(message)).toMatchObject({ result: 'pass' });
    expect((await verdictOf(`Reply-To: <else@example.com>\r\n${message}`)).result).not.toBe('pass');
  });

  test('fails when the body is changed, or goes on', async () => {
    const message = await signedMessage(digestHeaders);
    expect((await verdictOf(message.replace('Hello Ann', 'Hello Bo'))).result).not.toBe('pass');
    expect((await verdictOf(`${message}More\r\n`)).result).not.toBe('pass');
  });

  test('holds when fields are folded otherwise, blanks run together and servers add theirs', async () => {
    const message = await signedMessage(digestHeaders);
    const relayed = message
      .replace('\r\nTo: "Ann  O', '\r\nTO:"Ann O')
      .replace('boundary=', '   boundary=')
      .replace('Precedence: bulk', 'Precedence: list');
    expect(relayed).not.toBe(message);
    expect(await verdictOf(`Received: from a by b\r\nX-Spam: no\r\n${relayed}`)).toMatchObject({ result: 'pass' });
  });
});

describe('a header block', () => {
  test.each([
    ['an empty Reply-To', ['From: a@example.org', 'Reply-To:', 'Subject: x']],
    ['a Reply-To of blanks', ['From: a@example.org', 'Reply-To: \t ', 'Subject: x']],
    ['a field that is folded before its first word', ['From:\r\n a@example.org', 'Subject:\r\n\tx\r\n  y']],
    ['blanks at every end', ['From:   a@example.org  ', 'Subject:\t\tx \t y\t']],
    [
      'two fields of one name, which are taken from below',
      ['From: a@example.org', 'List-Post: <mailto:a@b.c>', 'List-Post: NO', 'Subject: 1', 'Subject: 2'],
    ],
    ['octets beyond ASCII', ['From: a@example.org', 'Subject: Übung  für 😀', 'To: "ä" <ä@example.net>']],
    ['a value that is longer than a line may be', ['From: a@example.org', `Subject: ${'x'.repeat(2000)}`]],
    ['names in another case', ['FROM: a@example.org', 'subject: x', 'LIST-ID: <a.example.org>']],
  ])('with %s is signed as it is', async (_, fields) => {
    expect(await verdictOf(await signedMessage(fields, { from: 'a@example.org' }))).toMatchObject({ result: 'pass' });
  });

  test.each([
    ['no From', ['Subject: x'], 'one From field to sign, got 0'],
    ['two', ['From: a@example.org', 'from: b@example.org'], 'one From field to sign, got 2'],
    ['a bare line feed', ['From: a@example.org', 'Subject: x\ny'], 'each end with CRLF'],
    ['a bare carriage return', ['From: a@example.org', 'Subject: x\ry'], 'each end with CRLF'],
    ['a line without a colon', ['From: a@example.org', 'Subject'], 'a name, a colon and a value'],
    ['a blank before the colon', ['From: a@example.org', 'Subject : x'], 'a name, a colon and a value'],
    ['the empty line after it', ['From: a@example.org', ''], 'a name, a colon and a value'],
  ])('with %s is refused', async (_, fields, reason) => {
    await expect(signedMessage(fields)).rejects.toThrow(reason);
  });

  test('without its last line end is refused', async () => {
    const signer = createSigner({ key: testKey, selector: 'gazette', clock: () => signedAt });
    const message = { headers: Buffer.from('From: a@example.org'), body: [Buffer.from(digestBody)], from: 'a@example.org' };
    await expect(signer.sign(message)).rejects.toThrow('each end with CRLF');
  });
});

test('whatever stands in headers, the verifier reads what was signed', async () => {
  const piece = fc.constantFrom(
    'a',
    'Ä',
    '=?UTF-8?Q?=C3=A4?=',
    ' ',
    '  ',
    '\t',
    '\r\n ',
    '\r\n\t',
    ':',
    ';',
    '"',
    '<x@y.z>',
    '\uFEFF',
    '😀',
    '{{',
    'b=',
    '  \t',
  );
  const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const name = fc.constantFrom('To', 'Subject', 'List-Id', 'List-Help', 'Reply-To', 'X-Other', 'Content-Type', 'In-Reply-To');
  const further = fc.array(fc.tuple(name, fc.constantFrom('', ' ', '\t '), value), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(further, async (fields) => {
      const message = await signedMessage(['From: a@example.org', ...fields.map(([each, blank, text]) => `${each}:${blank}${text}`)], {
        from: 'a@example.org',
      });
      expect(await verdictOf(message)).toMatchObject({ result: 'pass' });
    }),
    { numRuns: 150 },
  );
}, 60_000);

describe('the signing domain', () => {
  test.each([
    ['is that of From', undefined, 'a@News.example.org', 'news.example.org'],
    ['is that of From in A-labels', undefined, 'a@bücher.example', 'xn--bcher-kva.example'],
    ['is the configured one for itself', 'example.org', 'a@example.org', 'example.org'],
    ['is the configured one for what lies beneath it', 'Example.org.', 'a@news.example.org', 'example.org'],
    ['is the configured one in A-labels', 'bücher.example', 'a@x.bücher.example', 'xn--bcher-kva.example'],
  ])('%s', async (_, domain, from, expected) => {
    const message = await signedMessage([`From: ${from}`], { from, ...(domain === undefined ? {} : { domain }) });
    expect(tagsOf(message)['d']).toBe(expected);
  });

  test.each(['a@example.com', 'a@notexample.org', 'a@org'])(
    'that does not cover %s signs nothing: the message must not go',
    async (from) => {
      const signing = signedMessage([`From: ${from}`], { from, domain: 'example.org' });
      await expect(signing).rejects.toThrow(from === 'a@org' ? 'has no dot' : /^Expected a sender of example\.org or beneath it/);
      if (from !== 'a@org') await expect(signing).rejects.toBeInstanceOf(ConfigError);
    },
  );
});

test.each([
  ['a selector that is no name in DNS', { selector: 'a b' }, 'Expected a selector'],
  ['an empty selector', { selector: '' }, 'Expected a selector'],
  ['a domain without a dot', { domain: 'org' }, 'Expected a domain to sign for'],
  ['a domain that would end the tag', { domain: 'example.org; l=0' }, 'Expected a domain to sign for'],
  ['a relay that rewrites From', { exceptHeaders: ['FROM'] }, 'leaves From as it is'],
])('%s is refused at once', (_, options, reason) => {
  expect(() => createSigner({ key: testKey, selector: 'gazette', clock: () => signedAt, ...options })).toThrow(reason);
});

test('an empty body has the hash of nothing (RFC 6376 3.4.4)', async () => {
  const message = await signedMessage(['From: a@example.org'], { from: 'a@example.org', body: '' });
  expect(tagsOf(message)['bh']).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
});

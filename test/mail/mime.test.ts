import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { fillPlaceholders, placeholderMark, placeholderNames, type PlaceholderValues } from '../../src/content/text/placeholder.ts';
import { columnsOf, wrapText } from '../../src/content/text/wrap-text.ts';
import { cleanLine } from '../../src/kernel/text/clean-text.ts';
import type { OutgoingMessage } from '../../src/mail/message.ts';
import { assembleMessage, buildMail, type NewMail, sharedFields } from '../../src/mail/mime/build-mail.ts';
import { fillBody, prepareBody } from '../../src/mail/mime/prepared-body.ts';

const noValues: PlaceholderValues = {
  'reader.name': '',
  'reader.address': '',
  'links.unsubscribe': '',
  'links.preferences': '',
  'links.browser': '',
};

const from = { name: 'The Letter', address: 'letter@example.org' };
const own = {
  to: { address: 'ann@example.org' },
  date: new Date('2026-03-06T08:00:00Z'),
  messageId: '<d1.e1.x@example.org>',
  headers: [],
  envelopeFrom: 'letter@example.org',
};

function messageOf(
  parts: { text: string; html?: string },
  values: Partial<PlaceholderValues> = {},
  format: 'html' | 'text' = 'html',
): OutgoingMessage {
  const shared = { from: from.address, fields: sharedFields({ from, subject: 'News', headers: [] }) };
  return assembleMessage(shared, own, fillBody(prepareBody(parts), { ...noValues, ...values }, format));
}

const mail = (changes: Partial<NewMail>): OutgoingMessage =>
  buildMail({ from, subject: 'News', text: 'Hello', ...own, ...changes, headers: [] });

function rawOf({ headers, body }: OutgoingMessage): Buffer {
  return Buffer.concat([headers, Buffer.from('\r\n'), ...body]);
}

/** Lines as they go over the wire, as octets. */
function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('latin1').split('\r\n');
  expect(lines.pop()).toBe('');
  return lines;
}

/** RFC 6376 3.4.4, word for word. */
function relaxed(body: Buffer): string {
  const lines = body
    .toString('latin1')
    .split('\r\n')
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').replace(/ $/, ''));
  return `${lines.join('\r\n').replace(/(?:\r\n)*$/, '')}\r\n`;
}

function expectFitForTheWire({ headers, body: pieces }: OutgoingMessage): void {
  const body = Buffer.concat(pieces);
  for (const line of linesOf(body)) {
    expect(line).toMatch(/^[ -~]{0,76}$/);
    expect(line).not.toMatch(/^\.|^From /);
  }
  expect(body.toString('latin1')).toBe(relaxed(body));
  for (const line of linesOf(headers)) {
    expect(line).toMatch(/^[ -~]{1,998}$/);
    // Only what cannot be broken is longer.
    if (line.length > 76) expect(line.trimStart().split(' ').length).toBeLessThanOrEqual(2);
  }
}

const normalText = (text: string): string => text.replace(/\n+$/, '');

const anyText = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replaceAll(/[\uD800-\uDFFF\uFDD0-\uFDEF\r\0]/gu, ''));
const anyLines = fc
  .array(
    fc.oneof(
      anyText,
      fc.constantFrom('', '.', '..', 'From here', ' ', '  x', 'x ', '\t', '=', '=20', '--', 'a'.repeat(200), ' '.repeat(90)),
    ),
    { maxLength: 8 },
  )
  .map((lines) => lines.join('\n'));

describe('a body', () => {
  test('says what was put in, whatever that is, in lines that nothing on the way changes', async () => {
    await fc.assert(
      fc.asyncProperty(anyLines, anyLines, async (text, html) => {
        const message = messageOf({ text: `t${text}`, html: `h${html}` });
        expectFitForTheWire(message);
        const parsed = await PostalMime.parse(rawOf(message));
        expect(normalText(parsed.text ?? '')).toBe(normalText(`t${text}`));
        expect(normalText(parsed.html ?? '')).toBe(normalText(`h${html}`));
      }),
      { numRuns: 300 },
    );
  });

  test('filled for a reader is what filling the stored text for them gives', async () => {
    const anyPart = fc
      .array(fc.oneof(anyLines, fc.constantFrom(...placeholderNames).map(placeholderMark), fc.constantFrom(' ', '\n', 'word ')), {
        maxLength: 10,
      })
      .map((pieces) => pieces.join(''));
    const anyValue = fc.oneof(
      anyText.map(cleanLine),
      fc.constantFrom('', ' ', '.', '<b>&"\'', '{{ reader.name }}', '=?UTF-8?Q?x?=', 'Ann'),
    );
    const anyValues = fc.record(Object.fromEntries(placeholderNames.map((name) => [name, anyValue]))) as fc.Arbitrary<PlaceholderValues>;
    await fc.assert(
      fc.asyncProperty(anyPart, anyPart, anyValues, async (text, html, values) => {
        const parts = { text: `t${text}`, html: `h${html}` };
        for (const format of ['html', 'text'] as const) {
          const message = messageOf(parts, values, format);
          expectFitForTheWire(message);
          const parsed = await PostalMime.parse(rawOf(message));
          expect(normalText(parsed.text ?? '')).toBe(normalText(fillPlaceholders(normalText(parts.text), values, 'text')));
          if (format === 'html') expect(normalText(parsed.html ?? '')).toBe(normalText(fillPlaceholders(parts.html, values, 'html')));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('has the text first, and the text alone where somebody wants no html', async () => {
    const parts = { text: 'Plain words', html: '<p>Marked-up words</p>' };
    const both = rawOf(messageOf(parts)).toString('latin1');
    expect(both.indexOf('Plain words')).toBeLessThan(both.indexOf('Marked-up words'));
    expect(both).toContain('Content-Type: multipart/alternative; boundary=');
    const parsed = await PostalMime.parse(rawOf(messageOf(parts, {}, 'text')));
    expect(parsed).toMatchObject({ text: 'Plain words\n' });
    expect(parsed.html).toBeUndefined();
  });

  test('of nothing but empty lines is still one that a signature can be made of', () => {
    for (const text of ['', '\n', '\n\n\n', ' \n ']) expectFitForTheWire(messageOf({ text }));
    expectFitForTheWire(messageOf({ text: placeholderMark('reader.name') }));
  });
});

const names = [
  'M'.repeat(300),
  'Maria da Conceição '.repeat(15).trim(),
  'long words of a name '.repeat(14).trim(),
  '👩‍👩‍👧‍👦 👋🏽 '.repeat(20).trim(),
  'مريم بنت علي',
  '\u2067שרה\u2069 (Sarah)',
  'Ann "The Reader" O\'Neill',
  'back\\slash, comma; <angle@example.org>',
  '{{ reader.address }} {% if %}',
  '=?UTF-8?B?QW5u?=',
  'Ann =?utf-8?q?=0D=0ABcc:_x@y.org?=',
  'a\r\nBcc: z@example.org',
  'tab\there\u0000\u0007',
  '李小龍',
  'ends with backslash\\',
];

describe('a name', () => {
  test.each(names)('comes out right in the header, in html and in text: %j', async (given) => {
    const name = cleanLine(given);
    const mark = placeholderMark('reader.name');
    const parts = { text: `Dear ${mark}, good morning.\n\nBye`, html: `<p title="${mark}">Dear ${mark}</p>` };
    const shared = { from: from.address, fields: sharedFields({ from, subject: 'News', headers: [] }) };
    const body = fillBody(prepareBody(parts), { ...noValues, 'reader.name': name }, 'html');
    const message = assembleMessage(shared, { ...own, to: { name, address: 'ann@example.org' } }, body);
    expectFitForTheWire(message);
    const parsed = await PostalMime.parse(rawOf(message));
    expect(parsed.to).toEqual([{ name, address: 'ann@example.org' }]);
    expect(parsed.headers.filter(({ key }) => key === 'bcc')).toEqual([]);
    const escaped = name
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;');
    expect(parsed.html?.trimEnd()).toBe(`<p title="${escaped}">Dear ${escaped}</p>`);
    expect(parsed.text?.trimEnd()).toBe(`${wrapText(`Dear ${name}, good morning.`, 74)}\n\nBye`);
    for (const line of (parsed.text ?? '').split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(74);
  });
});

describe('a paragraph with a placeholder', () => {
  const mark = placeholderMark('reader.address');

  test('is wrapped anew for each reader, and what stands around it is not', () => {
    const text = wrapText(
      `You receive this letter because you asked for it with the address ${mark}, as you can see on the page of your own.`,
      74,
    );
    expect(text.split('\n').length).toBeGreaterThan(1);
    const whole = `First line\nsecond line\n\n${text}\n\nhttps://example.org/a\nhttps://example.org/b`;
    const filled = fillPlaceholders(
      whole,
      { ...noValues, 'reader.address': 'a-very-long-name-of-somebody@a-very-long-domain.example.org' },
      'text',
    );
    expect(filled).toBe(
      `First line\nsecond line\n\n${wrapText('You receive this letter because you asked for it with the address a-very-long-name-of-somebody@a-very-long-domain.example.org, as you can see on the page of your own.', 74)}\n\nhttps://example.org/a\nhttps://example.org/b`,
    );
  });

  test('keeps the lines that somebody ended before they were full, and the marks of a quotation', () => {
    const filled = fillPlaceholders(`Address: ${mark}\nNext: page\n> ${mark} `, { ...noValues, 'reader.address': 'x'.repeat(20) }, 'text');
    expect(filled).toBe(`Address: ${'x'.repeat(20)}\nNext: page\n> ${'x'.repeat(20)} `);
    const long = fillPlaceholders(
      `> words and words and words and words and words and words ${mark}`,
      { ...noValues, 'reader.address': 'ann@example.org ' },
      'text',
    );
    expect(long.split('\n').every((line) => line.startsWith('> '))).toBe(true);
  });
});

describe('a header', () => {
  test.each([
    'Plain words',
    'Über 你好 👋',
    'é'.repeat(300),
    'long words and more of them '.repeat(20).trim(),
    'w'.repeat(200),
    '=?UTF-8?B?QW5u?= is no encoded word',
    'ends in a quote "',
  ])('for people reads as it was written: %j', async (subject) => {
    const message = mail({
      subject,
      from: { name: subject, address: 'letter@example.org' },
      replyTo: { name: subject, address: 'editor@example.org' },
    });
    expectFitForTheWire(message);
    const parsed = await PostalMime.parse(rawOf(message));
    expect(parsed.subject).toBe(subject);
    expect(parsed.from).toEqual({ name: subject, address: 'letter@example.org' });
    expect(parsed.replyTo).toEqual([{ name: subject, address: 'editor@example.org' }]);
  });

  test('of random text is that text, and no other header', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 120 }), async (given) => {
        const subject = cleanLine(given);
        const message = mail({ subject: `s${subject}`, to: { name: `n${subject}`, address: 'ann@example.org' } });
        expectFitForTheWire(message);
        const parsed = await PostalMime.parse(rawOf(message));
        expect(parsed.subject).toBe(`s${subject}`);
        expect(parsed.to).toEqual([{ name: `n${subject}`, address: 'ann@example.org' }]);
        expect(parsed.headers.map(({ key }) => key)).toEqual([
          'date',
          'from',
          'subject',
          'to',
          'message-id',
          'mime-version',
          'content-type',
          'content-transfer-encoding',
        ]);
      }),
      { numRuns: 300 },
    );
  });

  test('and an envelope name an address outside ASCII alike', () => {
    const { headers, envelope } = mail({ to: { address: 'Ánn@Bücher.example' } });
    expect(envelope.to).toBe('Ánn@xn--bcher-kva.example');
    expect(headers.toString('utf8')).toContain('To: Ánn@xn--bcher-kva.example\r\n');
  });
});

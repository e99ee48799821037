import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redactAddress } from '../../src/kernel/text/redact-address.ts';
import { startCpuTimer } from '../support/cpu-time.ts';

const redacted = '[address]';

describe('an address in a text is replaced', () => {
  test.each<readonly [what: string, address: string, text: string, left: string]>([
    ['as it is', 'ann@b.co', '550 ann@b.co unknown', `550 ${redacted} unknown`],
    ['in any case', 'Ann@B.co', '550 ANN@b.CO unknown', `550 ${redacted} unknown`],
    ['in angle brackets', 'ann@b.co', '550 5.1.1 <ann@b.co>: no', `550 5.1.1 <${redacted}>: no`],
    ['in quotes', 'ann@b.co', `"ann@b.co" 'ann@b.co'`, `"${redacted}" '${redacted}'`],
    ['as a link', 'ann@b.co', 'mailto:ann@b.co?subject=x', `mailto:${redacted}?subject=x`],
    ['after an equals sign', 'ann@b.co', 'rcpt=ann@b.co,x', `rcpt=${redacted},x`],
    ['more than once', 'ann@b.co', 'ann@b.co ann@b.co', `${redacted} ${redacted}`],
    ['at the end of a sentence', 'ann@b.co', 'No mailbox ann@b.co.', `No mailbox ${redacted}.`],
    ['before a sentence without its blank', 'ann@b.co', 'No mailbox ann@b.co.Try again', `No mailbox ${redacted}.Try again`],
    ['with a dotted rest that may be a sentence', 'ann@b.co', 'ann@b.co.please', `${redacted}.please`],
    ['with its local part quoted', 'ann@b.co', '<"ann"@b.co>', `<${redacted}>`],
    ['with its local part in escaped quotes', 'ann@b.co', String.raw`<\"ann\"@b.co>`, `<${redacted}>`],
    ['that has a quoted local part', '"a b"@b.co', '<"a b"@b.co> no', `<${redacted}> no`],
    ['that has a quoted local part with escapes', String.raw`"a\"b"@b.co`, String.raw`<"a\"b"@b.co> no`, `<${redacted}> no`],
    ['with backslashes', "o'neil@b.co", String.raw`<o\'neil\@b.co>`, `<${redacted}>`],
    ['in xtext of RFC 3461', 'ann+x@b.co', 'rfc822;ann+2Bx+40b.co', `rfc822;${redacted}`],
    ['in quoted-printable', 'ann@b.co', 'ann=40b.co', redacted],
    ['in a URL', 'ann+x@b.co', 'https://h/?m=ann%2Bx%40b.co&c=1', `https://h/?m=${redacted}&c=1`],
    ['in a URL, in brackets', 'ann@b.co', '%3Cann%40b.co%3E', `%3C${redacted}%3E`],
    ['with every letter encoded', 'ann@b.co', '%61%6E%6e%40%62.%63%6F', redacted],
    ['with a decimal reference', 'ann@b.co', 'ann&#64;b.co', redacted],
    ['with a hexadecimal reference', 'ann@b.co', '&lt;ann&#x40;b&#x2e;co&gt;', `&lt;${redacted}&gt;`],
    ['with a named reference', 'ann@b.co', 'ann&commat;b&period;co', redacted],
    ['escaped as JSON', 'ann@b.co', String.raw`\u003cann\u0040b.co\u003e`, String.raw`\u003c${redacted}\u003e`],
    ['as RFC 6533 writes it in ASCII', 'zoë@b.co', String.raw`zo\x{EB}@b.co`, redacted],
    ['with letters beyond ASCII in a URL', 'zoë@b.co', 'zo%C3%AB%40b.co', redacted],
    ['with decomposed letters', 'zoë@b.co', 'zoe\u0308@b.co', redacted],
    ['in a return path', 'ann@b.co', 'bounce+ann=b.co@example.org', `bounce+${redacted}@example.org`],
    ['in a return path after a hyphen', 'ann@b.co', 'bounce-12-ann=b.co@example.org', `bounce-12-${redacted}@example.org`],
    ['in a return path after an underscore', 'ann@b.co', 'b_1_ann=b.co@example.org', `b_1_${redacted}@example.org`],
    ['encapsulated by Exchange', 'ann@b.co', 'IMCEASMTP-ann+40b+2Eco@example.org', `IMCEASMTP-${redacted}@example.org`],
    ['rewritten for a relay', 'ann@b.co', '<ann%b.co@relay.example>', `<${redacted}@relay.example>`],
    ['in words', 'ann@b.co', 'ann at b.co, ann AT b dot co', `${redacted}, ${redacted}`],
    ['in words in brackets', 'ann@b.co', 'ann (at) b.co ann[at]b.co ann [at] b [dot] co', `${redacted} ${redacted} ${redacted}`],
    ['with a sign in brackets', 'ann@b.co', 'ann[@]b[.]co', redacted],
    ['with a full-width sign', 'ann@b.co', 'ann＠b.co', redacted],
    ['rewritten by SRS', 'ann@b.co', 'SRS0=HHH=TT=b.co=ann@fwd.example', `SRS0=HHH=TT=${redacted}@fwd.example`],
    ['rewritten by SRS twice', 'ann@b.co', 'SRS1=HH=fwd.example==HHH=TT=b.co=ann@f2', `SRS1=HH=fwd.example==HHH=TT=${redacted}@f2`],
    ['as a bang path', 'ann@b.co', 'relay!b.co!ann', `relay!${redacted}`],
    ['without the label of a sub-address', 'ann+x@b.co', '<ann@b.co> <ann+x@b.co>', `<${redacted}> <${redacted}>`],
    ['without the dots that Gmail passes over', 'ann.b@gmail.com', 'annb@gmail.com a.n.n.b@googlemail.com', `${redacted} ${redacted}`],
    ['with its domain in A-labels', 'ann@bücher.example', 'ann@xn--bcher-kva.example', redacted],
    ['with its domain in its own script', 'ann@xn--bcher-kva.example', 'ann@BÜCHER.example', redacted],
    ['with blanks around its sign', 'ann@b.co', 'ann @ b.co, ann@ b.co, ann\r\n@b.co', `${redacted}, ${redacted}, ${redacted}`],
    ['broken over two lines', 'ann.long@example.org', '<ann.lo ng@exa\r\n mple.org> no', `<${redacted}> no`],
    ['cut behind its sign', 'ann@example.org', 'no mailbox ann@', `no mailbox ${redacted}`],
    ['cut amid its domain', 'ann@example.org', 'no mailbox ann@exam', `no mailbox ${redacted}`],
    ['cut amid an encoding', 'ann@example.org', 'no mailbox ann%40example%2', `no mailbox ${redacted}`],
    ['of a return path that is cut', 'ann@example.org', 'bounce+ann=example', `bounce+${redacted}`],
    ['cut amid its local part, in a bracket', 'ann.long@example.org', 'no mailbox <ann.l', `no mailbox <${redacted}`],
    ['cut to the least of its local part, in a bracket', 'annika@example.org', 'no mailbox <ann', `no mailbox <${redacted}`],
    ['at a host of its domain', 'ann@b.co', 'lmtp <ann@mail.b.co>', `lmtp <${redacted}>`],
    ['the path of a mailbox', 'joe@b.co', 'cannot write /var/mail/joe: disk quota', 'cannot write /var/mail/[address]: disk quota'],
    ['a path below its host', 'joe@b.co', '/home/vmail/b.co/joe/Maildir is full', '/home/vmail/b.co/[address]/Maildir is full'],
    ['square brackets', 'joe@b.co', 'No mailbox here by that name: [joe]', 'No mailbox here by that name: [[address]]'],
  ])('%s', (_what, address, text, left) => {
    expect(redactAddress(text, address)).toBe(left);
  });
});

describe('a local part without its domain is replaced', () => {
  test.each<readonly [what: string, address: string, text: string, left: string]>([
    ['in angle brackets', 'ann@b.co', '550 <ann>: not here', `550 <${redacted}>: not here`],
    ['in quotes', 'ann@b.co', `"ann" 'ann' \`ann' (ann)`, `"${redacted}" '${redacted}' \`${redacted}' (${redacted})`],
    ['after a word for a mailbox', 'ann@b.co', 'user ann unknown; mailbox: ANN', `user ${redacted} unknown; mailbox: ${redacted}`],
    ['where a reply begins with it', 'ann@b.co', '550 5.1.1 ann... User unknown', `550 5.1.1 ${redacted}... User unknown`],
    [
      'where a reply says of it that it is none',
      'ann@b.co',
      '550 5.1.1 ann does not exist here',
      `550 5.1.1 ${redacted} does not exist here`,
    ],
    ['where no word looks like it', 'john.smith@b.co', 'we know no john.smith here', `we know no ${redacted} here`],
    ['where no word looks like it, at another host', 'john.smith@b.co', '<john.smith@backend.local>', `<${redacted}@backend.local>`],
    ['without the label of a sub-address', 'ann+x@b.co', 'user ann unknown', `user ${redacted} unknown`],
  ])('%s', (_what, address, text, left) => {
    expect(redactAddress(text, address)).toBe(left);
  });
});

describe('a text stays as it is', () => {
  test.each<readonly [what: string, address: string, text: string]>([
    ['with another local part', 'ann@b.co', 'joann@b.co jo.ann@b.co jo-ann@b.co jo_ann@b.co annie@b.co ann.b@b.co'],
    ['with a domain that goes on', 'a@b.co', 'a@b.com a@b.con a@b.co-op.org a@b.co2'],
    ['with a domain that begins before', 'a@b.co', 'a@bb.co a@a-b.co'],
    ['with a longer last label', 'a@b', 'a@bb'],
    ['with another host', 'ann@b.co', 'ann@c.co <ann@c.co>'],
    ['with the same letters in a word', 'ann@b.co', 'an annual banner'],
    ['with a name that is a word', 'ann@b.co', 'Ann is away'],
    ['with the dots of a host where they count', 'ann.b@b.co', 'annb@b.co'],
    ['with a sentence that ends before a word', 'look@home.co', 'have a look at homes'],
    ['with what replies say of everybody', 'unknown@b.co', '550 5.1.1 user unknown (unknown)'],
    ['with a word that is said of a mailbox', 'closed@b.co', '550 account closed'],
    ['with a word of a sentence about one', 'does@b.co', '550 5.1.1 user does not exist'],
    ['with a role', 'info@b.co', 'mailbox info <info>'],
    ['in a path of something else', 'ann@b.co', 'see https://b.example/help/ann/1'],
    ['with a short local part', 'al@b.co', 'user al <al>'],
    ['with an escape that is no letter of it', 'ann@b.co', 'ann%41b.co'],
    ['that was redacted before', 'address@b.co', '<[address]> user [address]'],
    ['that is empty', 'ann@b.co', ''],
  ])('%s', (_what, address, text) => {
    expect(redactAddress(text, address)).toBe(text);
  });
});

test.each([
  ['the address', 'ann@b.co '],
  ['beginnings of it', 'ann@ann@'],
  ['its first letter', 'a'],
  ['blanks', ' '],
  ['backslashes', '\\'],
  ['escapes', '%61'],
  ['references', '&#97;'],
  ['brackets', '<ann'],
  ['dots', 'a.'],
])('time grows as the text does: %s', (_what, piece) => {
  const timeOf = (length: number): number => {
    const text = piece.repeat(Math.ceil(length / piece.length));
    const took = startCpuTimer();
    redactAddress(text, 'aaa.a.ann+ann@ann.b.co');
    redactAddress(text, 'ann@b.co');
    return took();
  };
  timeOf(10_000);
  expect(timeOf(100_000)).toBeLessThan(4_000);
});

test('a text that is left alone is so too beside a sign that has it looked through letter by letter', () => {
  const known = fc.constantFrom('ann@b.co', 'Ann.Long@gmail.com', 'a@b.co', 'a.b@example.org', 'jo+x@b.co', 'j.o+y@b.co', '...@b.co');
  const filler = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: fc.constantFrom(' ', '\r\n', '.') });
  const before = fc.constantFrom('', '<', '"', '550 ', 'user ', '/var/mail/', 'b.co ', 'jo', '-');
  const after = fc.constantFrom('', '', '>', '"', ': no', '... no', ' unknown', '.');
  const cases = known.chain((address) => {
    const spelled = fc
      .array(filler, { minLength: 20, maxLength: 20 })
      .map((fillers) => address.split('').map((one, at) => one + (fillers[at] ?? '')));
    const cut = fc.oneof(fc.constant(20), fc.nat(address.length));
    return fc.record({ address: fc.constant(address), spelled, cut, before, after });
  });
  fc.assert(
    fc.property(cases, ({ address, spelled, cut, ...around }) => {
      const text = around.before + spelled.slice(0, cut).join('') + around.after;
      if (redactAddress(text, address) === text) expect(redactAddress(`& ${text}`, address)).toBe(`& ${text}`);
    }),
    { numRuns: 3_000 },
  );
});

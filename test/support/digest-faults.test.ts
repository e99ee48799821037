import { expect, test } from '@jest/globals';
import { digestFaults, type DigestFault } from './digest-faults.ts';
import { entryOf } from './entry-of.ts';

const formula = '<p>After t years the sum is <math><mi>e</mi></math> times as large as before.</p>';

/** What is found in a digest of one post. */
function faultsOf(shown: { html?: string; text?: string; subject?: string; preheader?: string; source?: string }): string[] {
  const post = `<h3>A new roof</h3><div>1 May</div>${shown.html ?? '<p>The hall has one.</p>'}`;
  const digest = { subject: 'A new roof', preheader: 'The hall has one.', text: '', ...shown, html: `<body>${post}<h2>More</h2></body>` };
  const faults: DigestFault[] = digestFaults({
    entries: [entryOf({ html: shown.source ?? '<p>The hall has one.</p>' })],
    digest,
    readOn: 'Continue reading',
  });
  return faults.map(({ kind, what }) => `${kind}: ${what}`);
}

test('a digest without a fault has none', () => {
  const whole = 'After t years the sum is e^(kt) times as large as before.';
  const html = `<p>${whole} <img alt="A roof" src="#"></p><p>Teachers [sic] of [Year 6] met, see [1] and [2].</p><p><a href="#">Continue reading →</a></p>`;
  expect(faultsOf({ source: formula, html, text: whole })).toEqual([]);
  expect(faultsOf({ html: '<pre>[gallery ids="1"]</pre><p>Write <code>[vc_row]</code> there.</p>' })).toEqual([]);
});

test('a formula or a picture with words that is gone from a sentence is found in html and in text', () => {
  const torn = 'After t years the sum is times as large as before.';
  expect(faultsOf({ source: formula, html: `<p>${torn}</p>` })).toEqual(['hole: the sum is times as large']);
  expect(faultsOf({ source: formula, text: torn })).toEqual(['hole: the sum is times as large']);
  const chart = '<p>The number grew <img src="chart.svg" alt="from ten to forty"> within one year.</p>';
  expect(faultsOf({ source: chart, text: 'The number grew within one year.' })).toEqual(['hole: the number grew within one year']);
  const svg = '<p>It has the formula <svg role="img" aria-label="a squared"><g/></svg> for both sides.</p>';
  expect(faultsOf({ source: svg, text: 'It has the formula\u00A0[3] for both sides.' })).toEqual(['hole: has the formula for both sides']);
});

test('marks that stand alone where something was are found, unless the source has them so', () => {
  expect(faultsOf({ text: 'The area is , as everybody learns.' })).toEqual(['hole: is ,']);
  expect(faultsOf({ text: 'They met ( ) again.' })).toEqual(['hole: met ( )']);
  expect(faultsOf({ source: '<p>Bonjour , dit-il.</p>', text: 'Bonjour , dit-il.' })).toEqual([]);
});

test.each([
  '[vc_row css="x"]',
  '[/et_pb_text]',
  '[caption id="a"]',
  '[gallery]',
  '[contact-form-7 id="7"]',
  '[embed]',
  '[button link=”x”]',
])('a shortcode that is shown is found wherever it stands: %s', (code) => {
  expect(faultsOf({ html: `<p>Before ${code} behind</p>` })).toEqual([`shortcode: Before ${code} behind`]);
  expect(faultsOf({ subject: code })).toHaveLength(1);
  expect(faultsOf({ preheader: code })).toHaveLength(1);
});

test('a title that stands again above or below itself is found, whether as a heading, a line or the words of a picture', () => {
  for (const html of ['<h4>A new roof</h4><p>x</p>', '<p>A new roof</p>', '<img alt="A new roof" src="#">', '<p>“A new roof!”</p><p>x</p>'])
    expect(faultsOf({ html })).toEqual(['doubled title: A new roof']);
});

test('a lead that is mostly links is found, and a link to the rest with nothing above it', () => {
  const rest = '<p><a href="#">Continue reading →</a></p>';
  expect(faultsOf({ html: `<ul><li><a href="#">One thing</a></li><li><a href="#">Another thing</a></li></ul>${rest}` })).toEqual([
    'lead of links: A new roof: One thing / Another thing',
  ]);
  expect(faultsOf({ html: rest })).toEqual(['nothing before the link: A new roof']);
});

test('an invitation to read on that is not the digest’s own is found at the end of any line', () => {
  expect(faultsOf({ html: '<p>The hall has one. <a href="#">Read more »</a></p>' })).toEqual([
    'stray invitation: The hall has one. Read more »',
  ]);
  expect(faultsOf({ html: '<p>The hall has one.</p><p>Weiterlesen</p>' })).toEqual(['stray invitation: Weiterlesen']);
  expect(faultsOf({ html: '<p>The hall has one.</p><p>Continue reading</p><p>Continue reading →</p>' })).toEqual([
    'stray invitation: Continue reading →',
  ]);
  expect(faultsOf({ html: '<p>The club will read more books.</p>' })).toEqual([]);
});

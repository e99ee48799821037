import { describe, expect, test } from '@jest/globals';
import { summaryOf } from '../../src/content/excerpt.ts';

const maxSummaryLength = 320;
const long = 'This is a sentence of some length that says nothing in particular but goes on for a while. '.repeat(10).trim();

describe('A summary', () => {
  test('is made of whole sentences', () => {
    const summary = summaryOf({ text: long });
    expect(summary.length).toBeLessThanOrEqual(maxSummaryLength);
    expect(summary).toMatch(/a while\.$/);
  });

  test('is what the source wrote, when it is whole', () => {
    expect(summaryOf({ sourceSummary: '<p>Why mentors matter &amp; how.</p>', text: long })).toBe('Why mentors matter & how.');
  });

  test.each([
    ['WordPress', 'Whatever this says, it is cut in the middle of [&hellip;]'],
    ['a theme', 'Whatever this says, it is cut <a href="/x">Continue reading A post →</a>'],
    ['an ellipsis', 'Whatever this says, it is cut in …'],
    ['a footer behind the cut', 'Whatever is [&#8230;] The post <a href="/x">A</a> appeared first on <a href="/">B</a>'],
  ])('is taken from the text when %s cut the stated one', (_, sourceSummary) => {
    expect(summaryOf({ sourceSummary: sourceSummary.replace('The post', '\nThe post'), text: 'The whole text. In two sentences.' })).toBe(
      'The whole text. In two sentences.',
    );
  });

  test('is not the footer that feeds add, also of a post without a title', () => {
    expect(summaryOf({ sourceSummary: '<p>The post <a href="/x"></a> appeared first on <a href="/">B</a>.</p>', text: '' })).toBe('');
    expect(summaryOf({ sourceSummary: '<p>Der Beitrag <a href="/x">A</a> erschien zuerst auf <a href="/">B</a>.</p>', text: '' })).toBe('');
  });

  test('ends at its last whole sentence, when a cut excerpt is all there is', () => {
    expect(summaryOf({ sourceSummary: 'One whole sentence. And half of [&hellip;]', text: '' })).toBe('One whole sentence.');
    expect(summaryOf({ sourceSummary: 'Half of a sentence [&hellip;]', text: '' })).toBe('Half of a sentence…');
  });

  test('does not repeat what a button says, when the stated one is the text itself', () => {
    const statedText = 'About a paper.\nThe paper\nDownload';
    expect(summaryOf({ sourceSummary: 'About a paper. The paper Download', text: 'About a paper.', statedText })).toBe('About a paper.');
  });

  test('leaves addresses in the text whole', () => {
    const text = 'Sign up at https://example.org/form?id=5&x=1 until Friday. Thanks!';
    expect(summaryOf({ text })).toBe(text);
  });

  test('does not end at an abbreviation', () => {
    expect(summaryOf({ text: `Dr. J. Soler opens the day. ${long}` })).toMatch(/^Dr\. J\. Soler opens the day\. This/);
  });

  test('counts a block as the end of a sentence', () => {
    expect(summaryOf({ text: 'A heading\nA first sentence.' })).toBe('A heading A first sentence.');
  });

  test('is cut at a word only where not one sentence fits', () => {
    const summary = summaryOf({ text: 'word '.repeat(200) });
    expect(summary).toMatch(/^word( word)+…$/);
    expect(summary.length).toBeLessThanOrEqual(maxSummaryLength);
  });

  test('is empty for a post without text', () => {
    expect(summaryOf({ text: '' })).toBe('');
  });
});

import { describe, expect, test } from '@jest/globals';
import { parseOwnHtml } from '../../src/content/html/parse-html.ts';
import { emailHtml } from '../../src/render/parts/email-html.ts';
import { sanitiseHtml } from '../support/sanitise-html.ts';

const ar = 'نص عربي قصير';

describe('the direction of any block, list and section stays on what it holds', () => {
  test.each([
    [`<div dir="rtl"><p>${ar}</p><ul><li>${ar}</li></ul></div>`, `<p dir="rtl">${ar}</p><ul dir="rtl"><li>${ar}</li></ul>`],
    [`<section DIR="RTL"><div>${ar}</div></section>`, `<p dir="rtl">${ar}</p>`],
    [`<article style="text-align:right; direction: rtl;"><h2>${ar}</h2></article>`, `<h2 dir="rtl">${ar}</h2>`],
    [`<ol dir="rtl"><li>${ar}</li></ol>`, `<ol dir="rtl"><li>${ar}</li></ol>`],
    [`<ul><li dir="rtl">${ar}</li></ul>`, `<ul><li dir="rtl">${ar}</li></ul>`],
    [`<blockquote dir="rtl"><p>${ar}</p></blockquote>`, `<blockquote dir="rtl"><p>${ar}</p></blockquote>`],
    [`<dl dir="rtl"><dt>${ar}</dt><dd>b</dd></dl>`, `<dl dir="rtl"><dt>${ar}</dt><dd>b</dd></dl>`],
    [
      `<table dir="rtl"><tr><td>${ar}</td><td dir="ltr">b</td></tr></table>`,
      `<table dir="rtl"><tbody><tr><td>${ar}</td><td dir="ltr">b</td></tr></tbody></table>`,
    ],
    [`<table><tr><td dir="rtl">${ar}</td></tr></table>`, `<p dir="rtl">${ar}</p>`],
    [`<div dir="rtl"><p dir="ltr">words</p>${ar}</div>`, `<p dir="ltr">words</p><p dir="rtl">${ar}</p>`],
    [`<pre dir="rtl">${ar}</pre>`, `<pre dir="rtl">${ar}</pre>`],
    ['<div dir="ltr"><p>words</p></div>', '<p>words</p>'],
    ['<div lang="fr"><p>mots</p><p lang="en">words</p></div>', '<p lang="fr">mots</p><p lang="en">words</p>'],
  ])('%s', (html, kept) => {
    expect(sanitiseHtml(html)).toBe(kept);
  });
});

describe('and is aligned in a mail', () => {
  const style = {
    elements: { p: 'margin:0', ul: 'padding:0 0 0 24px', blockquote: 'border-left:3px solid;padding:2px 0 2px 20px' },
    accent: '#123456',
    columnWidthPx: 536,
  };
  const mail = (html: string, isRightToLeft = false): string => emailHtml(parseOwnHtml(html), { ...style, isRightToLeft });
  test.each([
    [`<p dir="rtl">${ar}</p>`, `<p dir="rtl" style="margin:0;text-align:right">${ar}</p>`],
    [`<p dir="auto">${ar}</p>`, `<p dir="rtl" style="margin:0;text-align:right">${ar}</p>`],
    [`<ul dir="rtl"><li>${ar}</li></ul>`, `<ul dir="rtl" style="padding:0 24px 0 0;text-align:right"><li>${ar}</li></ul>`],
    [
      `<blockquote dir="rtl">${ar}</blockquote>`,
      `<blockquote dir="rtl" style="border-right:3px solid;padding:2px 20px 2px 0;text-align:right">${ar}</blockquote>`,
    ],
    ['<p dir="ltr">words</p>', '<p dir="ltr" style="margin:0">words</p>'],
    [`<p>words</p><p>${ar}: BBC</p>`, `<p style="margin:0">words</p><p style="margin:0;text-align:right" dir="rtl">${ar}: BBC</p>`],
    [`<p>The word ${ar} in a sentence of many words</p>`, `<p style="margin:0">The word ${ar} in a sentence of many words</p>`],
  ])('%s', (html, expected) => {
    const sorted = (value: string): string => value.replaceAll(/ style="([^"]*)" dir="(\w+)"/g, ' dir="$2" style="$1"');
    expect(sorted(mail(html))).toBe(sorted(expected));
  });

  test('within a text that is written from right to left, a block that is not', () => {
    expect(mail(`<p>${ar}</p><p>Words only.</p>`, true)).toBe(
      `<p style="margin:0">${ar}</p><p dir="ltr" style="margin:0;text-align:left">Words only.</p>`,
    );
  });
});

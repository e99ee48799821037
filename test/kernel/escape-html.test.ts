import { expect, test } from '@jest/globals';
import { escapeHtml } from '../../src/kernel/text/escape-html.ts';
import { parseXml } from '../../src/reading/xml/parse-xml.ts';
import { markupOf } from '../../src/reading/xml/xml-tree.ts';

test('what is escaped means itself within text and within attributes quoted either way', () => {
  expect(escapeHtml(`"R&D" <b> isn't &amp;`)).toBe('&quot;R&amp;D&quot; &lt;b&gt; isn&#39;t &amp;amp;');
  expect(escapeHtml('plain')).toBe('plain');
});

test('markup that a source states as elements is escaped alike', () => {
  const [root] = parseXml(`<div><p title="it's &lt;x&gt; &amp; &quot;y&quot;">a &lt; b's</p></div>`).roots;
  expect(markupOf(root!, 'plain')).toBe(`<p title="${escapeHtml(`it's <x> & "y"`)}">${escapeHtml("a < b's")}</p>`);
});

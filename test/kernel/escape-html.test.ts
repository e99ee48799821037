import { expect, test } from '@jest/globals';
import { escapeHtml, escapeStated } from '../../src/kernel/text/escape-html.ts';
import { parseXml } from '../../src/reading/xml/parse-xml.ts';
import { markupOf } from '../../src/reading/xml/xml-tree.ts';

test('what is escaped means itself within text and within attributes quoted either way', () => {
  expect(escapeHtml(`"R&D" <b> isn't &amp;`)).toBe('&quot;R&amp;D&quot; &lt;b&gt; isn&#39;t &amp;amp;');
  expect(escapeHtml('plain')).toBe('plain');
});

test('what a source states is escaped as it always was: what it is known by is made of it', () => {
  const [root] = parseXml(`<div><p title="it's &lt;x&gt; &amp; &quot;y&quot;">a &lt; b's</p></div>`).roots;
  expect(markupOf(root!, 'plain')).toBe(`<p title="it's &lt;x&gt; &amp; &quot;y&quot;">a &lt; b's</p>`);
  expect(escapeStated(`"R&D" <b> isn't`)).toBe(`&quot;R&amp;D&quot; &lt;b&gt; isn't`);
});

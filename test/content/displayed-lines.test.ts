import { describe, expect, test } from '@jest/globals';
import { displayedLines } from '../../src/content/html/displayed-lines.ts';
import { parseHtml } from '../../src/content/html/parse-html.ts';

describe('lines as displayed in a column of 20 characters', () => {
  test.each([
    ['a paragraph has its lines and a gap', '<p>Twenty characters or so and as many again</p>', 3.5],
    ['line breaks count', '<p>One<br>two<br>three</p>', 3.5],
    ['each item is a line at least', '<ul><li>a</li><li>b</li><li>c</li></ul>', 3.5],
    ['items are narrower', '<ul><li>Twenty characters or</li></ul>', 2.5],
    ['a picture is several lines', '<p><img src="https://e.org/a.jpg" alt=""></p>', 5.5],
    ['a row is as high as its highest cell', '<table><tr><td>a</td><td>b<br>c</td></tr><tr><td>d</td><td>e</td></tr></table>', 3.5],
    ['preformatted lines wrap', `<pre>${'x'.repeat(50)}\n\ny</pre>`, 5.5],
    ['a rule is a line', '<hr>', 1],
    ['wide characters count twice', `<p>${'図'.repeat(20)}</p>`, 2.5],
    ['nothing takes no line', '', 0],
  ])('%s', (_what, html, expected) => {
    expect(displayedLines(parseHtml(html), 20)).toBe(expected);
  });
});

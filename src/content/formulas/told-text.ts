import { parseHtml } from '../html/parse-html.ts';
import { toldText } from '../html/visible-text.ts';
import { withFormulas } from './read-formulas.ts';

/** What the markup of a source says, as a summary or a title tells it: with its formulas, one line per block. */
export function toldTextOfHtml(html: string): string {
  return toldText(withFormulas(parseHtml(html), html));
}

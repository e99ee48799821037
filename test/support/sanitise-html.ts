import { sanitiseBlocks } from '../../src/content/tidy/sanitise.ts';
import { tidyHtml, type TidyOptions } from '../../src/content/tidy/tidy-html.ts';

/** Any html of a source as html that may stand in a mail, a feed or a page, its documents left where they are. */
export function sanitiseHtml(html: string, options: TidyOptions = {}): string {
  return sanitiseBlocks(tidyHtml(html, options).blocks);
}

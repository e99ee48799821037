import type { RevisionContent } from './content.ts';
import { withoutClutter } from './clutter/clutter.ts';
import { repetitionsIn, type Repeat } from './clutter/repeats.ts';
import { summaryOf } from './excerpt.ts';
import { topLevelBlocks } from './html/blocks.ts';
import { parseOwnHtml } from './html/parse-html.ts';
import { toldNodes } from './html/visible-text.ts';
import { lettersOf } from './text/letters.ts';
import { sentencesOf } from './text/sentence.ts';

// So many letters stand in another sentence by chance only where they begin it.
const tellingLetters = 12;

/** The summary to show of a post: where it holds what the posts of its source repeat, it is made anew from the rest of the text. */
export function shownSummary(
  { summary, html, language }: Pick<RevisionContent, 'summary' | 'html' | 'language'>,
  repeats: readonly Repeat[],
): string {
  if (summary === '' || !repeats.some(({ text }) => holds(summary, text, language ?? 'en'))) return summary;
  const blocks = topLevelBlocks(parseOwnHtml(html));
  const repetitions = repetitionsIn(blocks, repeats);
  const own = blocks.filter((_, index) => repetitions[index] === 'none');
  return summaryOf({
    blocks: toldNodes(own.flatMap((block) => withoutClutter(block))),
    language: language ?? undefined,
  });
}

function holds(summary: string, repeated: string, language: string): boolean {
  const letters = lettersOf(summary);
  const first = lettersOf(sentencesOf(repeated, language)[0] ?? '');
  if (first === '' || letters === '') return false;
  return (
    letters.startsWith(first) || lettersOf(repeated).startsWith(letters) || (first.length >= tellingLetters && letters.includes(first))
  );
}

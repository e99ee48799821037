import { noteDone } from './staff.ts';
import { decideWhenGone } from '../src/sources/change-source-state.ts';
import { decideTrimming } from '../src/sources/decide-trimming.ts';
import { gonePolicies, type WhenGone } from '../src/sources/source.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette sources set` does. */
export const sourcesSet: Run = (args, context) => {
  const isGoneAsked = args.text('when-gone') !== undefined;
  const whenGone = gonePolicies.find((each) => each === args.text('when-gone'));
  if (args.has('trim') && args.has('no-trim')) throw new UsageError('Expected --trim or --no-trim, got both');
  const trims = args.has('trim') ? true : args.has('no-trim') ? false : undefined;
  if (isGoneAsked ? !whenGone : trims === undefined)
    throw new UsageError(
      `Expected --when-gone ${gonePolicies.join(', ')}, --trim or --no-trim, got ${JSON.stringify(args.text('when-gone') ?? 'nothing')}`,
    );
  return withStore(context, async (store) => {
    const source = args.positionals[0]!;
    if (whenGone) {
      const { id, url } = await decideWhenGone(store, source, whenGone);
      await noteDone(context, store.database, { source: [id] });
      context.print(`${url}: ${goneWords[whenGone]}`);
    }
    if (trims !== undefined) {
      const { id, url, repeats } = await decideTrimming(store, source, trims);
      await noteDone(context, store.database, { source: [id] });
      context.print(`${url}: ${trimWords(trims, repeats.filter((each) => each.isTrimmable).length)}`);
    }
    return 0;
  });
};

function trimWords(trims: boolean, count: number): string {
  if (!trims) return 'full posts are shown with what they repeat.';
  return `full posts are shown without what they repeat (${countOf(count, 'paragraph')} at present); stored posts keep it.`;
}

const goneWords: Readonly<Record<WhenGone, string>> = {
  hold: 'a post that vanishes before it was mailed is withdrawn until it is listed again, and staff are told.',
  warn: 'staff are told of a post that vanishes before it was mailed; it is mailed all the same.',
  ignore: 'a post that vanishes before it was mailed is mailed all the same.',
};

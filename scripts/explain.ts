import { explain } from '../src/editions/explain.ts';
import { loadExplainFacts } from '../src/editions/explain-store.ts';
import { chooseNewsletter, getSubscriptionId } from './choose.ts';
import type { Command } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** `gazette explain`. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'Why a subscriber got a post, when, or why not, in one paragraph.',
  positionals: '<post> <address>',
  options: { newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' } },
  examples: ['explain 41 ann@example.org', 'explain 41 ann@example.org --newsletter weekly'],
  run: (args, context) =>
    withStore(context, async ({ database, secrets }) => {
      const newsletter = await chooseNewsletter(database, args.text('newsletter'));
      const subscriptionId = await getSubscriptionId(database, newsletter, args.positionals[1]!, secrets.addressKey);
      context.print(explain(await loadExplainFacts(database, parseId(args.positionals[0]!), subscriptionId)));
      return 0;
    }),
};

import { explain } from '../src/editions/explain/explain.ts';
import { loadExplainFacts } from '../src/editions/explain/explain-store.ts';
import { chooseNewsletter, getSubscriptionId } from './choose.ts';
import { bigintAsText, type Command } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** `gazette explain`. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'Why a subscriber got a post, when, or why not, in one paragraph.',
  positionals: '<post> <address>',
  options: {
    newsletter: { value: 'newsletter', help: 'Which newsletter, where there are several.' },
    json: { help: 'One JSON document: the paragraph, and the facts behind it.' },
  },
  examples: ['explain 41 ann@example.org', 'explain 41 ann@example.org --newsletter weekly'],
  run: (args, context) =>
    withStore(context, async ({ database, clock, secrets }) => {
      const newsletter = await chooseNewsletter(database, args.text('newsletter'));
      const subscriptionId = await getSubscriptionId(database, newsletter, args.positionals[1]!, secrets.addressKey);
      const facts = await loadExplainFacts(database, parseId(args.positionals[0]!), subscriptionId, clock());
      const text = explain(facts);
      context.print(args.has('json') ? JSON.stringify({ text, ...facts }, bigintAsText, 2) : text);
      return 0;
    }),
};

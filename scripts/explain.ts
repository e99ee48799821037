import { explain } from '../src/editions/explain/explain.ts';
import { loadExplainFacts } from '../src/editions/explain/explain-store.ts';
import { chooseNewsletter, getSubscriptionId } from './choose.ts';
import { bigintAsText, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

/** What `gazette explain` does. */
export const explainCommand: Run = (args, context) =>
  withStore(context, async ({ database, clock, secrets }) => {
    const newsletter = await chooseNewsletter(database, args.text('newsletter'));
    const subscriptionId = await getSubscriptionId(database, newsletter, args.positionals[1]!, secrets.addressKey);
    const facts = await loadExplainFacts(database, parseId(args.positionals[0]!), subscriptionId, clock());
    const text = explain(facts);
    context.print(args.has('json') ? JSON.stringify({ text, ...facts }, bigintAsText, 2) : text);
    return 0;
  });

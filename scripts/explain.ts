import { explainPost } from '../src/editions/explain/show-explanation.ts';
import { chooseNewsletterOf } from '../src/subscribers/choose-newsletter-of.ts';
import type { Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';
import { wordRemedy } from './remedies.ts';

/** What `gazette explain` does. */
export const explainCommand: Run = (args, context) =>
  withStore(context, async ({ database, clock, secrets, config }) => {
    const [post, address] = args.positionals as [string, string];
    const postId = parseId(post);
    const ports = { database, addressKeySecret: secrets.addressKey };
    const { slug: newsletter } = await chooseNewsletterOf(ports, { newsletter: args.text('newsletter'), person: address, postId });
    const { explanation, remedy } = await explainPost(database, {
      postId,
      newsletter,
      address,
      addressKeySecret: secrets.addressKey,
      now: clock(),
      joinReachDays: config.JOIN_REACH_DAYS,
    });
    if (args.has('json')) context.print(JSON.stringify(explanation, null, 2));
    else context.print(remedy === undefined ? explanation.text : `${explanation.text} ${wordRemedy(remedy)}.`);
    return 0;
  });

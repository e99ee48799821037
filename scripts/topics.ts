import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { changeTopic, orderTopics } from '../src/topics/change-topics.ts';
import { listPublicTopics } from '../src/topics/list-topics.ts';
import { ignoreCategory, mapCategory } from '../src/topics/map-category.ts';
import { mergeTopics } from '../src/topics/merge-topics.ts';
import { columns, type CommandContext, type Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette topics list` does. */
export const topicsList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const listed = await listPublicTopics(database, { withDecided: args.has('all') });
    if (args.has('json')) {
      context.print(JSON.stringify(listed, null, 2));
      return 0;
    }
    const { topics, categories } = listed;
    const rows = topics.map((each) => [
      each.slug,
      each.name,
      each.mergesInto === null ? (each.isHidden ? 'hidden' : '') : `becomes ${each.mergesInto}`,
      String(each.postCount),
      String(each.followerCount),
      each.categories.join(', '),
    ]);
    for (const line of columns([['TOPIC', 'NAME', '', 'POSTS', 'FOLLOWERS', 'CATEGORIES'], ...rows])) context.print(line);
    if (categories.length > 0) {
      context.print(
        args.has('all') ? '\nCategories:' : '\nCategories that wait for your decision ("gazette topics map" or "topics ignore"):',
      );
      for (const each of categories) {
        const name = each.kind === 'tag' ? `tag:${each.slug}` : each.slug;
        context.print(
          `  ${name}  ${each.name}, ${countOf(each.postCount, 'post')}${args.has('all') ? `, ${each.topicSlug ? `leads to ${each.topicSlug}` : each.decision}` : ''}`,
        );
      }
    }
    return 0;
  });

/** What `gazette topics map` does. */
export const topicsMap: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const result = await mapCategory(database, {
      category: args.positionals[0]!,
      topic: args.positionals[1]!,
      name: args.text('name'),
      now: clock(),
    });
    await noteDone(context, database, { category: [result.categoryId], topic: [result.topic.id] });
    context.print(
      `"${args.positionals[0]}" leads to the ${result.isNewTopic ? 'new ' : ''}topic "${result.topic.name}": ${countOf(result.postCount, 'post')}.`,
    );
    if (result.offeredCount > 0)
      context.print(
        `${countOf(result.offeredCount, 'released post')} will be offered within a minute to those who follow it and have not had it; ` +
          'many at once wait for you in "gazette offers list".',
      );
    printRest(result, context);
    return 0;
  });

/** What `gazette topics ignore` does. */
export const topicsIgnore: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const result = await ignoreCategory(database, args.positionals[0]!, clock());
    await noteDone(context, database, { category: [result.categoryId] });
    context.print(`"${args.positionals[0]}" leads to no topic (${countOf(result.postCount, 'post')}).`);
    printRest(result, context);
    return 0;
  });

/** What `gazette topics merge` does. */
export const topicsMerge: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const result = await mergeTopics(database, { from: args.positionals[0]!, into: args.positionals[1]!, now: clock() });
    await noteDone(context, database, { topic: [result.fromTopicId, result.topic.id] });
    context.print(
      `${result.isComplete ? 'Merged' : 'Merging'}: ${countOf(result.postCount, 'post')} and ${countOf(result.followerCount, 'follower')} go to "${args.positionals[1]}"; ${countOf(result.offeredCount, 'post')} to be offered.`,
    );
    printRest(result, context);
    return 0;
  });

/** What of a change is left, and that nobody has to do anything about it. */
function printRest({ isComplete, forEditionId }: { isComplete: boolean; forEditionId: string | undefined }, context: CommandContext): void {
  if (isComplete) return;
  const until = forEditionId === undefined ? 'what is under way' : `edition ${forEditionId}, which is being frozen,`;
  context.print(`The rest waits for ${until} and goes on by itself within a minute after that.`);
}

/** What `gazette topics rename` does. */
export const topicsRename: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const { id } = await changeTopic(database, args.positionals[0]!, { name: args.positionals[1]! });
    await noteDone(context, database, { topic: [id] });
    context.print(`Renamed "${args.positionals[0]}" to "${args.positionals[1]}".`);
    return 0;
  });

/** What `gazette topics hide` does. */
export const topicsHide: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const { id } = await changeTopic(database, args.positionals[0]!, { isHidden: !args.has('show') });
    await noteDone(context, database, { topic: [id] });
    context.print(
      args.has('show')
        ? `"${args.positionals[0]}" is offered again.`
        : `"${args.positionals[0]}" is hidden; who follows it still gets its posts.`,
    );
    return 0;
  });

/** What `gazette topics order` does. */
export const topicsOrder: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const ordered = await orderTopics(database, { topics: args.positionals, newsletter: args.text('newsletter') });
    await noteDone(context, database, { topic: ordered.map(({ id }) => id) });
    context.print(`The order is ${args.positionals.join(', ')}, then the others.`);
    return 0;
  });

import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { closeNewsletter, findClosing } from '../src/newsletters/closing/close-newsletter.ts';
import { openNewsletter } from '../src/newsletters/closing/open-newsletter.ts';
import type { PublicClosing } from '../src/newsletters/closing/public-closing.ts';
import { listPublicNewsletters } from '../src/newsletters/list-newsletters.ts';
import type { Run } from './command.ts';
import { columns } from './command.ts';
import { dayOf } from './dates.ts';
import { withStore } from './open.ts';
import { noteDone } from './staff.ts';

/** What `gazette newsletters list` does. */
export const newslettersList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const newsletters = await listPublicNewsletters(database, { withClosed: args.has('all') });
    if (args.has('json')) context.print(JSON.stringify(newsletters, null, 2));
    else if (newsletters.length === 0) context.print('No newsletter yet. Add one with "gazette newsletters add".');
    else {
      const rows = newsletters.map((each) => [
        `${each.slug}${each.isSample ? ' (sample)' : ''}${each.closedAt === null ? '' : ` (closed since ${dayOf(each.closedAt)})`}`,
        each.name,
        each.senderAddress,
        each.language,
        each.schedules.join(', '),
      ]);
      for (const line of columns([['NEWSLETTER', 'NAME', 'SENDER', 'LANGUAGE', 'SCHEDULES'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What `gazette newsletters remove` does. */
export const newslettersRemove: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const closing = await findClosing(database, args.positionals[0]!);
    const { newsletter, history, what } = closing;
    if (what === 'none') {
      context.print(`"${newsletter.slug}" is closed already, since ${dayOf(newsletter.closedAt ?? clock())}.`);
      return 0;
    }
    for (const line of describeClosing(closing)) context.print(line);
    if (!args.has('yes') && !context.isTerminal) throw new UsageError('expected --yes where there is no terminal to ask');
    const question = what === 'delete' ? `Delete "${newsletter.name}" for good?` : `Close "${newsletter.name}"?`;
    if (!args.has('yes') && !(await context.confirm(question))) {
      context.warn('Nothing was changed: you did not agree.');
      return 1;
    }
    const { history: found } = await closeNewsletter(database, closing, clock());
    await noteDone(context, database, { newsletter: [newsletter.id], edition: what === 'close' ? found.draftIds : [] });
    // What was approved while the question stood.
    const newlyUnderWay = found.underWayIds.filter((id) => !history.underWayIds.includes(id));
    for (const line of newlyUnderWay.map(describeUnderWay)) context.print(line);
    if (what === 'delete') context.print('Deleted.');
    else context.print(`Closed. "gazette newsletters open ${newsletter.slug}" opens it again.`);
    return 0;
  });

function describeClosing({ newsletter: { slug, name, schedules }, history, what }: PublicClosing): string[] {
  if (what === 'delete')
    return [
      `"${slug}" (${name}) never sent an edition and nobody ever subscribed: it is deleted, with ${countOf(schedules.length, 'schedule')} and its rules. Sources and posts stay.`,
    ];
  const { editionCount, deliveryCount, subscriptionCount, activeCount, draftIds, underWayIds } = history;
  return [
    `"${slug}" (${name}) has a history: ${countOf(editionCount, 'edition')}, ${countOf(deliveryCount, 'delivery', 'deliveries')}, ${countOf(subscriptionCount, 'subscription')} (${activeCount} active).`,
    'It is closed, and nothing is deleted: no edition is planned or sent and nobody can sign up. Feeds, archive and the links in mails go on working, and posts are still collected.',
    ...(draftIds.length > 0 ? [`What waits for a decision is skipped, and its posts wait: edition ${draftIds.join(', ')}.`] : []),
    ...underWayIds.map(describeUnderWay),
  ];
}

function describeUnderWay(id: string): string {
  return `Edition ${id} is under way and goes on; "gazette editions cancel ${id}" stops it.`;
}

/** What `gazette newsletters open` does. */
export const newslettersOpen: Run = (args, context) =>
  withStore(context, async ({ database, clock }) => {
    const { newsletter, wasClosed } = await openNewsletter(database, args.positionals[0]!, clock());
    if (!wasClosed) {
      context.print(`"${newsletter.slug}" is open: nothing was changed.`);
      return 0;
    }
    await noteDone(context, database, { newsletter: [newsletter.id] });
    context.print(`"${newsletter.slug}" is open again. What was released meanwhile goes with the next edition.`);
    return 0;
  });

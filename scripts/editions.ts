import { editDraft, recheckEdition, type DraftEdit, type Rechecked } from '../src/editions/decide/decide-by-staff.ts';
import { titleOf } from '../src/editions/digests/digest-model.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { deliveryCounts } from '../src/ledger/queue/delivery-report-store.ts';
import { getEdition, listEditionPosts, listEditions } from '../src/ledger/drafts/edition-store.ts';
import { editionStates } from '../src/ledger/drafts/edition.ts';
import { listRenditions } from '../src/ledger/drafts/rendition-store.ts';
import { listNewsletters } from '../src/newsletters/newsletter-store.ts';
import { listSchedules } from '../src/newsletters/schedule-store.ts';
import { loadPosts } from '../src/posts/load-posts.ts';
import { bigintAsText, columns, type Arguments, type CommandContext, type Run } from './command.ts';
import { chooseNewsletter } from './choose.ts';
import { parseId } from './deliveries.ts';
import { withEditing, withStore } from './open.ts';

/** What `gazette editions list` does. */
export const editionsList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const state = editionStates.find((each) => each === args.text('state'));
    if (args.text('state') !== undefined && !state)
      throw new UsageError(`Expected --state ${editionStates.join(', ')}, got "${args.text('state')}"`);
    const newsletter = args.text('newsletter') === undefined ? undefined : await chooseNewsletter(database, args.text('newsletter'));
    const editions = await listEditions(database, {
      limit: args.integer('limit', { atLeast: 1 }) ?? 30,
      ...(newsletter ? { newsletterId: newsletter.id } : {}),
      ...(state ? { states: [state] } : {}),
    });
    if (args.has('json')) {
      context.print(JSON.stringify(editions, bigintAsText, 2));
      return 0;
    }
    if (editions.length === 0) context.print(state || newsletter ? 'No edition of that kind.' : 'No edition yet.');
    else {
      const slugs = new Map((await listNewsletters(database)).map((each) => [each.id, each.slug]));
      const names = new Map((await listSchedules(database)).map((each) => [each.id, each.name]));
      const rows = editions.map((each) => [
        each.id,
        slugs.get(each.newsletterId) ?? '',
        names.get(each.scheduleId) ?? '(removed)',
        each.state,
        minute(each.slotAt ?? each.composedAt),
        each.reason ?? '',
      ]);
      for (const line of columns([['ID', 'NEWSLETTER', 'SCHEDULE', 'STATE', 'FOR', 'WHY'], ...rows])) context.print(line);
    }
    return 0;
  });

/** What `gazette editions show` does. */
export const editionsShow: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const edition = await getEdition(database, parseId(args.positionals[0]!));
    const posts = await listEditionPosts(database, edition.id);
    const contents = await loadPosts(database, posts);
    const renditions = await listRenditions(database, edition.id);
    const counts = await deliveryCounts(database, edition.id);
    if (args.has('json')) {
      context.print(JSON.stringify({ ...edition, posts, renditions, deliveries: counts }, bigintAsText, 2));
      return 0;
    }
    context.print(`Edition ${edition.id} is ${edition.state}${edition.reason === null ? '' : `: ${edition.reason}`}`);
    context.print(
      `Composed ${minute(edition.composedAt)}${edition.approvedAt ? `, approved ${minute(edition.approvedAt)} by ${edition.approvedBy ?? 'nobody'}` : ''}${edition.decideBy ? `, to be decided by ${minute(edition.decideBy)}` : ''}`,
    );
    for (const [name, value] of [
      ['Subject', edition.subject],
      ['Preheader', edition.preheader],
      ['Note', edition.note],
    ] as const)
      if (value !== null) context.print(`${name}: ${value}`);
    context.print(
      '\nPosts in the order of their release, by position (which "editions edit" takes) and id (which "posts" and "explain" take):',
    );
    for (const post of posts) {
      const content = contents.get(`${post.postId}:${post.revision}`);
      const marks = [
        post.kind === 'correction' ? 'correction' : '',
        post.isPinnedFirst ? 'pinned' : '',
        post.isLeftOut ? 'left for the next edition' : '',
        post.rank === null ? '' : `rank ${post.rank}`,
      ].filter(Boolean);
      context.print(
        `  ${String(post.position).padStart(5)}  ${`post ${post.postId}`.padEnd(10)}  ${content ? titleOf(content, 'en') : ''}${marks.length > 0 ? `  (${marks.join(', ')})` : ''}`,
      );
    }
    context.print('\nDigests:');
    for (const rendition of renditions)
      context.print(
        `  ${rendition.language}  ${countOf(rendition.positions.length, 'post')}  ${(rendition.htmlBytes / 1000).toFixed(1)} KB  ${rendition.subject}`,
      );
    context.print(edition.gates.length === 0 ? (renditions.length > 0 ? '\nGates: all hold.' : '') : '\nGates that failed:');
    for (const { what, remedy } of edition.gates) context.print(`  ${what} ${remedy}`);
    for (const repair of edition.repairs) context.print(`Mended: ${String(repair)}`);
    const delivered = Object.entries(counts).filter(([, count]) => count > 0);
    if (delivered.length > 0)
      context.print(`\nDeliveries: ${delivered.map(([state, count]) => `${count} ${state.replace('_', ' ')}`).join(', ')}`);
    return 0;
  });

/** What `gazette editions edit` does. */
export const editionsEdit: Run = (args, context) =>
  withEditing(context, async (_store, ports) => report(await editDraft(ports, parseId(args.positionals[0]!), readEdit(args)), context));

function readEdit(args: Arguments): DraftEdit {
  const texts: Record<string, string | null> = {};
  for (const name of ['subject', 'preheader', 'note']) {
    const value = args.text(name);
    if (value !== undefined) texts[name] = value.trim() === '' ? null : value;
  }
  const edits = (name: string, edit: DraftEdit['posts'][number]['edit']): DraftEdit['posts'] =>
    args.list(name).map((text) => ({ position: BigInt(parseId(text)), edit }));
  const order = (args.text('order') ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (new Set(order).size < order.length) throw new UsageError(`Expected each position once in --order, got "${args.text('order')}"`);
  const edit: DraftEdit = {
    texts,
    posts: [
      ...edits('pin', { isPinnedFirst: true }),
      ...edits('unpin', { isPinnedFirst: false }),
      ...edits('leave', { isLeftOut: true }),
      ...edits('take', { isLeftOut: false }),
      ...order.map((text, rank) => ({ position: BigInt(parseId(text)), edit: { rank } })),
    ],
  };
  if (edit.posts.length === 0 && Object.keys(texts).length === 0)
    throw new UsageError('Expected something to change. See "gazette editions edit --help".');
  return edit;
}

/** What `gazette editions recheck` does. */
export const editionsRecheck: Run = (args, context) =>
  withEditing(context, async (_store, ports) => report(await recheckEdition(ports, parseId(args.positionals[0]!)), context));

function report(checked: Rechecked, context: CommandContext): number {
  if (checked.kind === 'passed') {
    context.print(`All gates hold. Subject: ${checked.draft.subject}; ${countOf(checked.draft.plan.recipientCount, 'recipient')}.`);
    for (const repair of checked.draft.repairs) context.print(`Mended: ${repair}`);
    return 0;
  }
  context.warn(checked.kind === 'held' ? `Held: ${checked.reason}` : `The edition is ${checked.state} and can no longer be changed.`);
  return 1;
}

function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

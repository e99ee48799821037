import { titleOf } from '../src/editions/digests/digest-model.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { deliveryCounts } from '../src/ledger/queue/delivery-report-store.ts';
import { getEdition, listEditionPosts } from '../src/ledger/drafts/edition-store.ts';
import { listRenditions } from '../src/ledger/drafts/rendition-store.ts';
import { loadPosts } from '../src/posts/load-posts.ts';
import { bigintAsText, utcMinute, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withStore } from './open.ts';

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
      `Composed ${utcMinute(edition.composedAt)}${edition.approvedAt ? `, approved ${utcMinute(edition.approvedAt)} by ${edition.approvedBy ?? 'nobody'}` : ''}${edition.decideBy ? `, to be decided by ${utcMinute(edition.decideBy)}` : ''}`,
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

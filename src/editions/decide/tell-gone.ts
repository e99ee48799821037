import type { Tx } from '../../db/db.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import { listUntoldGone, markGoneTold, type UntoldPost } from '../../posts/vanished-store.ts';
import { chooseCarrier } from './choose-carrier.ts';
import type { NotifyPorts } from './notify-staff.ts';

/** One mail names so many posts; a site that lost more has another trouble. */
const namedPosts = 20;

/**
 * Tells staff of posts that vanished from their source before they were mailed, once, each newsletter's of its own. Where nobody is to be told it
 * stands beside the posts, and in the log.
 */
export function createGoneTeller(ports: NotifyPorts): () => Promise<void> {
  return async () => {
    const untold = await listUntoldGone(ports.database);
    if (untold.length === 0) return;
    const newsletters = await listNewsletters(ports.database);
    await ports.database.transaction(async (tx) => {
      const ids = new Set(
        await markGoneTold(
          tx,
          untold.map((post) => post.postId),
          ports.clock(),
        ),
      );
      const posts = untold.filter((post) => ids.has(post.postId));
      if (posts.length > 0) await tell(ports, tx, newsletters, posts);
    });
  };
}

async function tell(ports: NotifyPorts, tx: Tx, newsletters: readonly Newsletter[], posts: readonly UntoldPost[]): Promise<void> {
  let toldCount = 0;
  for (const newsletter of newsletters) {
    const address = newsletter.staffAddress ?? ports.staffAddress;
    const own = posts.filter((post) => post.newsletterIds.includes(newsletter.id));
    if (address === undefined || own.length === 0) continue;
    const mail = await renderMail(ports, newsletter, own);
    await queueNotice(tx, ports.enqueue, { kind: 'staff', ...originOf(await chooseCarrier(tx, newsletter)), to: { address }, ...mail });
    toldCount += 1;
  }
  ports.log.warn('post.gone', { postIds: posts.map((post) => post.postId), toldCount });
}

async function renderMail(ports: NotifyPorts, newsletter: Newsletter, posts: readonly UntoldPost[]) {
  const named = posts.slice(0, namedPosts);
  const titleOf = (post: UntoldPost): string => post.title || post.url || `Post ${post.postId}`;
  const [first] = named;
  return ports.notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject:
      posts.length === 1 && first
        ? `Gone from its source before it was mailed: ${titleOf(first)}`
        : `${posts.length} posts are gone from their source before they were mailed`,
    paragraphs: [
      `What waits to be mailed in ${newsletter.name} vanished from amid what its source still lists: somebody may have taken it away.`,
      ...named.map((post) => `${titleOf(post)}${post.url === null ? '' : ` (${post.url})`}: ${whatBecomesOf(post)}`),
      ...(posts.length > named.length ? [`And ${posts.length - named.length} more.`] : []),
    ],
    steps: named.map((post) => ({ kind: post.isHeld ? ('undo_retraction' as const) : ('retract_post' as const), post: post.postId })),
  });
}

function whatBecomesOf({ isHeld }: UntoldPost): string {
  return isHeld ? 'it is withdrawn, and comes back by itself when its source lists it again.' : 'it is mailed unless somebody retracts it.';
}

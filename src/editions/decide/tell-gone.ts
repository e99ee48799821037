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
 * stands beside the posts, and in the log. Where another process is at it, the next time brings what is left.
 */
export function createGoneTeller(ports: NotifyPorts): () => Promise<void> {
  return async () => {
    const untold = await listUntoldGone(ports.database);
    if (untold.length === 0) return;
    const mails = await renderMails(ports, await listNewsletters(ports.database), untold);
    const postIds = untold.map((post) => post.postId);
    const isTold = await ports.database.transaction(async (tx) => {
      // Others wait here, and find that all of it was told.
      if (!(await markGoneTold(tx, postIds, ports.clock()))) return false;
      for (const { newsletter, address, mail } of mails)
        await queueNotice(tx, ports.enqueue, { kind: 'staff', ...originOf(await chooseCarrier(tx, newsletter)), to: { address }, ...mail });
      return true;
    });
    if (isTold) ports.log.warn('post.gone', { postIds, toldCount: mails.length });
  };
}

/** A mail to the staff of each newsletter that takes some of the posts. */
async function renderMails(ports: NotifyPorts, newsletters: readonly Newsletter[], posts: readonly UntoldPost[]) {
  const mails = [];
  for (const newsletter of newsletters) {
    const address = newsletter.staffAddress ?? ports.staffAddress;
    const own = posts.filter((post) => post.newsletterIds.includes(newsletter.id));
    if (address !== undefined && own.length > 0) mails.push({ newsletter, address, mail: await renderMail(ports, newsletter, own) });
  }
  return mails;
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

import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { originOf, queueNotice } from '../../notices/queue-notice.ts';
import { listUntoldGone, markGoneTold, type UntoldPost } from '../../posts/vanished-store.ts';
import type { StaffWords } from '../../render/mails/notice-mail.ts';
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
  return ports.notices.render({
    kind: 'staff',
    language: newsletter.language,
    newsletter,
    subject:
      posts.length === 1
        ? { phrase: 'notice.gone.subject', values: { title: titleOf(posts[0]!) } }
        : { phrase: 'notice.gone.manySubject', values: { count: posts.length } },
    paragraphs: [
      { phrase: 'notice.gone.intro', values: { newsletter: newsletter.name } },
      ...named.map((post) => ({ phrase: post.isHeld ? 'notice.gone.held' : 'notice.gone.kept', values: { post: nameOf(post) } })),
      ...(posts.length > named.length ? [{ phrase: 'notice.gone.more', values: { count: posts.length - named.length } }] : []),
    ],
    steps: named.map((post) => ({ kind: post.isHeld ? ('undo_retraction' as const) : ('retract_post' as const), post: post.postId })),
  });
}

function titleOf(post: UntoldPost): StaffWords {
  return post.title || post.url || { phrase: 'notice.gone.untitled', values: { post: post.postId } };
}

/** The title and where it stood. */
function nameOf(post: UntoldPost): StaffWords {
  return post.title && post.url !== null ? `${post.title} (${post.url})` : titleOf(post);
}

import { sendEnded } from './ended-page.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { findFirstWaiting } from '../../ledger/find-first-waiting.ts';
import { listSentEditions } from '../../editions/archive-store.ts';
import { confirmPageUrl, sitePaths } from '../../kernel/site-urls.ts';
import { loadPosts, postRefKey } from '../../posts/load-posts.ts';
import type { PageModels } from '../../render/pages/pages.ts';
import { renderOwnText } from '../../render/mails/own-text.ts';
import { confirmSubscription, findConfirmation, type LinkTarget } from '../../subscribers/joining/confirm-subscription.ts';
import { preferencesUrl } from '../../subscribers/tokens/signed-links.ts';
import { findSubscriberOf } from '../../subscribers/subscriber-store.ts';
import { sendDeadLink } from '../failures.ts';
import { readForm } from '../form.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { addRoute, parameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** `/confirm/<token>`: GET asks for one click, POST confirms, once; then the welcome. A second time says kindly that it was done. */
export function addConfirmRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.confirm, {
    isPrivate: true,
    get: async (request, reply) => {
      const token = parameter(request, 'token');
      const target = await findConfirmation(ports, token);
      if (target.kind === 'dead') return sendDeadLink(ports, reply);
      // Somebody who confirmed already, or whose mail program looked first, is not asked again.
      if (target.isConfirmed) return showWelcome(ports, reply, target, { isAgain: true });
      if (target.newsletter.closedAt !== null) return sendEnded(ports, reply, target.newsletter, target.subscription.language);
      const [latest] = await listSentEditions(ports.database, { newsletterId: target.newsletter.id, limit: 1 });
      const model = {
        ...frameAndNewsletter(ports, target),
        wording: ports.pages.confirmationWording(target.subscription.language, target.newsletter),
        actionUrl: confirmPageUrl(ports.publicUrl, token),
        offersLatest: latest !== undefined,
      };
      return sendPage(reply, await ports.pages.render('confirm', model));
    },
    post: async (request, reply) => {
      const token = parameter(request, 'token');
      const form = readForm(request);
      const before = await findConfirmation(ports, token);
      if (before.kind === 'found' && !before.isConfirmed && before.newsletter.closedAt !== null)
        return sendEnded(ports, reply, before.newsletter, before.subscription.language);
      const { welcome, ...others } = ports;
      // Only who saw the box and left it empty wants no mail now.
      const wantsMail = !form.has('asked') || form.has('latest');
      const acting = wantsMail && welcome ? { ...others, welcome } : others;
      const target = await confirmSubscription(acting, token, ports.pages.confirmationWording);
      if (target.kind === 'dead') return sendDeadLink(ports, reply);
      return showWelcome(ports, reply, target, { isAgain: before.kind === 'found' && before.isConfirmed });
    },
  });
}

type Found = Extract<LinkTarget, { kind: 'found' }>;

/** So many titles of what comes first are named. */
const titlesShown = 5;

async function showWelcome(
  ports: WebPorts,
  reply: FastifyReply,
  target: Found,
  { isAgain }: { readonly isAgain: boolean },
): Promise<FastifyReply> {
  const first = await loadFirst(ports, target);
  const words = await welcomeWords(ports, target);
  const { id, tokenVersion } = target.subscription;
  const ownUrl = preferencesUrl(ports, { subscriptionId: id, tokenVersion });
  const model = {
    ...frameAndNewsletter(ports, target),
    preferencesUrl: ownUrl,
    isAgain,
    ...(first ? { first } : {}),
    ...(words ? { words } : {}),
  };
  return sendPage(reply, await ports.pages.render('confirmed', model));
}

/** What their first edition will bring, as far as it waits by now. */
async function loadFirst(ports: WebPorts, { subscription }: Found): Promise<PageModels['confirmed']['first']> {
  const waiting = await findFirstWaiting(ports.database, subscription.id);
  if (!waiting) return undefined;
  const newest = waiting.posts.toReversed().slice(0, titlesShown);
  const posts = await loadPosts(ports.database, newest);
  return {
    postsAt: waiting.postsAt,
    today: ports.clock(),
    titles: newest.flatMap((ref) => posts.get(postRefKey(ref))?.title ?? []),
    restCount: waiting.posts.length - newest.length,
  };
}

/** The newsletter's own words; undefined leaves those of the language. */
async function welcomeWords(ports: WebPorts, { subscription, newsletter }: Found): Promise<readonly string[] | undefined> {
  if (newsletter.welcome === null) return undefined;
  const reader = await findSubscriberOf(ports.database, subscription.subscriberId);
  return renderOwnText(newsletter.welcome, {
    readerName: reader?.name ?? null,
    newsletterName: newsletter.name,
    senderName: newsletter.senderName,
  });
}

function frameAndNewsletter(ports: WebPorts, { newsletter, subscription }: Found) {
  return {
    ...readerFrame(ports, newsletter, subscription.language),
    newsletter: newsletterLink(ports.publicUrl, newsletter),
  };
}

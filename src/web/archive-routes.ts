import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { listEditionPosts } from '../ledger/drafts/edition-store.ts';
import { sitePaths } from '../kernel/site-urls.ts';
import { findNewsletter } from '../newsletters/newsletter-store.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { loadPosts, postRefKey } from '../posts/load-posts.ts';
import type { PostRef } from '../posts/post.ts';
import type { PageModels } from '../render/pages/pages.ts';
import { withoutPersonalParts } from '../content/text/placeholder.ts';
import { displayTitle } from '../content/title.ts';
import { findSentEdition, listCarriedPosts, listSentEditions } from '../editions/archive-store.ts';
import { editionLink, frameOf, newsletterLink } from './page-parts.ts';
import { digestPage } from './page-headers.ts';
import { addRoute, isId, parameter, queryParameter, sendPage } from './route.ts';
import { sendNotFound } from './failures.ts';
import type { WebPorts } from './web.ts';

const pageSize = 50;

/** `/archive/<newsletter>` and its editions: what went out, as it went out, without what was for one reader. */
export function addArchiveRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.archive, { get: (request, reply) => showNewsletter(ports, request, reply) });
  addRoute(app, sitePaths.edition, { headers: digestPage, get: (request, reply) => showEdition(ports, request, reply) });
  addRoute(app, sitePaths.editionPosts, { get: (request, reply) => showPosts(ports, request, reply) });
}

async function showNewsletter(ports: WebPorts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const newsletter = await findNewsletter(ports.database, parameter(request, 'newsletter'));
  if (!newsletter) return sendNotFound(ports, reply);
  const before = queryParameter(request, 'before');
  const filter = {
    newsletterId: newsletter.id,
    limit: pageSize + 1,
    ...(before !== undefined && isId(before) ? { beforeId: before } : {}),
  };
  const found = await listSentEditions(ports.database, filter);
  const shown = found.slice(0, pageSize);
  const link = newsletterLink(ports.publicUrl, newsletter);
  const html = await ports.pages.render('archive', {
    ...frameOf(ports, newsletter),
    newsletter: link,
    editions: shown.map((edition) => editionLink(ports.publicUrl, edition)),
    ...(found.length > pageSize ? { olderUrl: `${link.archiveUrl}?before=${shown.at(-1)!.id}` } : {}),
  });
  return sendPage(reply, html);
}

async function showEdition(ports: WebPorts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const found = await findOf(ports, request);
  if (!found) return sendNotFound(ports, reply);
  const { newsletter, edition } = found;
  const html = withoutPersonalParts(edition.html, 'html');
  const pinned = (await listEditionPosts(ports.database, edition.id)).filter((post) => post.kind === 'post' && !post.isLeftOut).reverse();
  const titles = (await loadShownPosts(ports, newsletter, pinned)).filter((post) => post.isRetracted).map((post) => post.title);
  if (titles.length === 0) return sendPage(reply, html);
  // What went out stays as it was; that a post was withdrawn since is said above it.
  const note = await ports.pages.renderPart('withdrawn', { language: edition.language, titles });
  return sendPage(
    reply,
    html.replace(/<body\b[^<>]*>/i, (body) => `${body}\n${note}`),
  );
}

async function showPosts(ports: WebPorts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const found = await findOf(ports, request);
  if (!found) return sendNotFound(ports, reply);
  const { newsletter, edition } = found;
  const html = await ports.pages.render('edition-posts', {
    ...frameOf(ports, newsletter),
    newsletter: newsletterLink(ports.publicUrl, newsletter),
    edition: editionLink(ports.publicUrl, edition),
    posts: await loadShownPosts(ports, newsletter, await listCarriedPosts(ports.database, edition.id)),
  });
  return sendPage(reply, html);
}

/** What a list says of posts, in their order. */
async function loadShownPosts(
  ports: WebPorts,
  newsletter: Newsletter,
  refs: readonly PostRef[],
): Promise<PageModels['edition-posts']['posts']> {
  const posts = await loadPosts(ports.database, refs);
  return refs.flatMap((ref) => {
    const post = posts.get(postRefKey(ref));
    if (!post) return [];
    return [
      {
        title: displayTitle({ ...post, language: post.language ?? newsletter.language }),
        ...(post.url === null ? {} : { url: post.url }),
        ...(post.publishedAt === null ? {} : { publishedAt: post.publishedAt }),
        ...(post.event === null ? {} : { event: post.event }),
        language: post.language ?? newsletter.language,
        isRetracted: post.state === 'retracted',
      },
    ];
  });
}

async function findOf(ports: WebPorts, request: FastifyRequest) {
  const editionId = parameter(request, 'edition');
  if (!isId(editionId)) return undefined;
  const newsletter = await findNewsletter(ports.database, parameter(request, 'newsletter'));
  const edition = newsletter && (await findSentEdition(ports.database, newsletter.id, editionId));
  return newsletter && edition ? { newsletter, edition } : undefined;
}

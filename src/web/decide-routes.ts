import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LinkedDecision, Undecided } from '../editions/decide/decide-by-link.ts';
import { decideDigestUrl, decidePageUrl, sitePaths } from '../kernel/site-urls.ts';
import { readToken } from '../subscribers/tokens/token.ts';
import { sendDeadLink } from './failures.ts';
import { withLinksOpeningOutside } from './framed-mail.ts';
import { frameOf, standingOf } from './page-parts.ts';
import { framedMail, framingPage } from './page-headers.ts';
import { addRoute, isId, parameter, queryParameter, sendPage } from './route.ts';
import type { WebPorts } from './web.ts';

/** `/decide/<token>`: one decision about an edition, from a staff mail. GET shows what is to be decided, POST decides about what was shown, once. */
export function addDecideRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.decide, {
    isPrivate: true,
    headers: framingPage(ports.publicUrl),
    get: async (request, reply) => {
      const link = readDecision(ports, request);
      const decision = link && (await ports.decisions?.find(link.id, link.action));
      return link && decision ? sendDecision(ports, reply, { link, decision }) : sendDeadLink(ports, reply);
    },
    post: async (request, reply) => {
      const link = readDecision(ports, request);
      const before = link && (await ports.decisions?.find(link.id, link.action));
      const outcome = before && (await ports.decisions?.decide(link.id, link.action, queryParameter(request, 'shown')));
      // Looked up again: where this link or another one was used before, it says how it was decided.
      const decision = link && (await ports.decisions?.find(link.id, link.action));
      if (!link || !before || !decision) return sendDeadLink(ports, reply);
      if (outcome?.kind === 'undecided') return sendDecision(ports, reply, { link, decision }, outcome.why);
      return sendDecided(ports, reply, { link, decision }, outcome?.kind === 'decided' ? undefined : (outcome?.state ?? decision.state));
    },
  });
  addRoute(app, sitePaths.decideDigest, {
    isPrivate: true,
    headers: framedMail,
    get: async (request, reply) => {
      const link = readDecision(ports, request);
      const rendition = parameter(request, 'rendition');
      const html = link && isId(rendition) ? await ports.decisions?.findDigest(link.id, link.action, rendition) : undefined;
      return html === undefined ? sendDeadLink(ports, reply) : sendPage(reply, withLinksOpeningOutside(html));
    },
  });
}

/** What a token names. */
interface DecisionLink {
  readonly token: string;
  readonly id: string;
  readonly action: 'approve' | 'skip';
}

interface Deciding {
  readonly link: DecisionLink;
  readonly decision: LinkedDecision;
}

/** The page that asks; above it why the decision was not taken a moment ago. */
async function sendDecision(ports: WebPorts, reply: FastifyReply, deciding: Deciding, why?: Undecided): Promise<FastifyReply> {
  const { link, decision } = deciding;
  const { newsletter, subject, postCount, recipientCount, nothing, mustBeChecked, reason, shown, renditionId, state } = decision;
  if (state !== undefined) return sendDecided(ports, reply, deciding, state);
  const url = decidePageUrl(ports.publicUrl, link.token);
  const html = await ports.pages.render('decide', {
    ...frameOf(ports, decision),
    ...(await standingOf(ports)),
    newsletter,
    subject,
    postCount,
    recipientCount,
    nothing,
    mustBeChecked,
    action: link.action,
    actionUrl: shown === undefined ? url : `${url}?shown=${shown}`,
    ...(reason === undefined ? {} : { reason }),
    ...(renditionId === undefined ? {} : { digestUrl: decideDigestUrl(ports.publicUrl, link.token, renditionId) }),
    ...(why === undefined ? {} : { why }),
  });
  return sendPage(reply, html, why === undefined || why === 'passes_now' ? 200 : 409);
}

async function sendDecided(
  ports: WebPorts,
  reply: FastifyReply,
  { link, decision }: Deciding,
  state: string | undefined,
): Promise<FastifyReply> {
  const { newsletter, subject } = decision;
  const about = { ...frameOf(ports, decision), ...(await standingOf(ports)), newsletter, subject, action: link.action };
  const before = { isUsed: decision.isUsed, ...(decision.taken === undefined ? {} : { taken: decision.taken }) };
  const html = await ports.pages.render('decided', { ...about, ...before, ...(state === undefined ? {} : { state }) });
  return sendPage(reply, html, state === undefined ? 200 : 409);
}

/** The staff link that the request's token names; undefined when it is forged or expired. */
function readDecision(ports: WebPorts, request: FastifyRequest): DecisionLink | undefined {
  const token = parameter(request, 'token');
  for (const action of ['approve', 'skip'] as const) {
    const reading = readToken(ports.tokenKeys, token, action, ports.clock());
    if (reading.kind === 'valid') return { token, id: reading.subjectId, action };
  }
  return undefined;
}

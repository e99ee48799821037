import type { FastifyInstance } from 'fastify';
import { readToken } from '../subscribers/token.ts';
import { sendDeadLink } from './failures.ts';
import { frameOf } from './links.ts';
import { addRoute, parameter, sendPage } from './route.ts';
import type { WebPorts } from './web.ts';

/** `/decide/<token>`: one decision about an edition, from a staff mail. GET shows what is to be decided, POST decides, once. */
export function addDecideRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, '/decide/:token', {
    get: async (request, reply) => {
      const token = parameter(request, 'token');
      const link = readDecision(ports, token);
      const decision = link && (await ports.decisions?.find(link.id, link.action));
      if (!link || !decision) return sendDeadLink(ports, reply);
      const { newsletter, subject, postCount, recipientCount, state } = decision;
      const about = { ...frameOf(ports, decision), newsletter, subject, action: link.action };
      if (state !== undefined) return sendPage(reply, await ports.pages.render('decided', { ...about, state }), 409);
      const model = { ...about, postCount, recipientCount, actionUrl: `${ports.publicUrl}/decide/${token}` };
      return sendPage(reply, await ports.pages.render('decide', model));
    },
    post: async (request, reply) => {
      const link = readDecision(ports, parameter(request, 'token'));
      // Looked up before it is decided: afterwards the link is used and says nothing any more.
      const decision = link && (await ports.decisions?.find(link.id, link.action));
      const outcome = link && decision && (await ports.decisions?.decide(link.id, link.action));
      if (!link || !decision || !outcome) return sendDeadLink(ports, reply);
      const { newsletter, subject } = decision;
      const state = outcome.kind === 'conflict' ? { state: outcome.state } : {};
      const html = await ports.pages.render('decided', { ...frameOf(ports, decision), newsletter, subject, action: link.action, ...state });
      return sendPage(reply, html, outcome.kind === 'conflict' ? 409 : 200);
    },
  });
}

/** The staff link that a token names; undefined when it is forged or expired. */
function readDecision(ports: WebPorts, token: string): { readonly id: string; readonly action: 'approve' | 'skip' } | undefined {
  for (const action of ['approve', 'skip'] as const) {
    const reading = readToken(ports.tokenKeys, token, action, ports.clock());
    if (reading.kind === 'valid') return { id: reading.subjectId, action };
  }
  return undefined;
}

import type { FastifyInstance } from 'fastify';
import { leftPageUrl, sitePaths } from '../../kernel/site-urls.ts';
import { findFreshLeaving, noteLeavingReason, undoLeaving } from '../../subscribers/leaving/undo-leaving.ts';
import { preferencesUrl } from '../../subscribers/tokens/signed-links.ts';
import { sendDeadLink } from '../failures.ts';
import { readForm } from '../form.ts';
import { addRoute, parameter } from '../route.ts';
import type { WebPorts } from '../web.ts';
import { showLeft } from './left-page.ts';

/** `/left/<token>`: where somebody who left by a page takes it back within an hour, or says why. */
export function addLeftRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.left, {
    isPrivate: true,
    get: async (request, reply) => {
      const token = parameter(request, 'token');
      const found = await findFreshLeaving(ports, token);
      if (!found) return sendDeadLink(ports, reply);
      const { newsletter, subscription, hasReason } = found;
      const left = { newsletter, undoUrl: leftPageUrl(ports.publicUrl, token) };
      return showLeft(ports, reply, [left], { language: subscription.language, hasReason });
    },
    post: async (request, reply) => {
      const token = parameter(request, 'token');
      const form = readForm(request);
      if (form.text('action') === 'reason') {
        const noted = await noteLeavingReason(ports, token, form.text('reason') ?? '', form.text('words') ?? '');
        return noted ? reply.redirect(leftPageUrl(ports.publicUrl, token), 303) : sendDeadLink(ports, reply);
      }
      const undone = await undoLeaving(ports, token);
      if (!undone) return sendDeadLink(ports, reply);
      const { id, tokenVersion } = undone.subscription;
      return reply.redirect(`${preferencesUrl(ports, { subscriptionId: id, tokenVersion })}?done=kept`, 303);
    },
  });
}

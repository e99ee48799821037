import type { FastifyInstance } from 'fastify';
import { homeUrl, outboxUrl, sampleSiteUrl, sitePaths } from '../kernel/site-urls.ts';
import { listNewsletters } from '../newsletters/newsletter-store.ts';
import { listSentEditions } from '../editions/archive-store.ts';
import { callerOf } from './caller.ts';
import { editionLink, newsletterLink, standingOf } from './page-parts.ts';
import { addRoute, sendPage } from './route.ts';
import type { WebPorts } from './web.ts';

const latestCount = 10;

/** `/`: what this is, and where everything is. */
export function addHomeRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.home, {
    get: async (request, reply) => {
      const [newsletters, editions] = await Promise.all([
        listNewsletters(ports.database),
        listSentEditions(ports.database, { limit: latestCount }),
      ]);
      const { publicUrl, local, sampleSite } = ports;
      // What a mail server said is for who runs this machine: elsewhere nobody knows who looks.
      const standing = local && callerOf(ports, request) === 'here' ? await standingOf(ports) : {};
      const html = await ports.pages.render('home', {
        language: 'en',
        homeUrl: homeUrl(publicUrl),
        ...standing,
        newsletters: newsletters.filter(({ closedAt }) => closedAt === null).map((newsletter) => newsletterLink(publicUrl, newsletter)),
        editions: editions.map((edition) => editionLink(publicUrl, edition)),
        ...(local ? { outboxUrl: outboxUrl(publicUrl), hasMailServer: local.hasMailServer ?? false } : {}),
        ...(sampleSite ? { sampleUrl: sampleSiteUrl(publicUrl) } : {}),
      });
      return sendPage(reply, html);
    },
  });
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInputError, NotFoundError } from '../../kernel/errors.ts';
import { mineErasePageUrl, mineExportUrl, minePageUrl, sitePaths } from '../../kernel/site-urls.ts';
import type { PageModels } from '../../render/pages/pages.ts';
import { removeSubscriber } from '../../subscribers/leaving/remove-subscriber.ts';
import { askForLink } from '../../subscribers/links/ask-for-link.ts';
import { changeName } from '../../subscribers/own-data/change-name.ts';
import { findErasedPage, findOwnPage, type OwnPage } from '../../subscribers/own-data/find-own-page.ts';
import { listOwnData } from '../../subscribers/own-data/list-own-data.ts';
import { preferencesUrl } from '../../subscribers/tokens/signed-links.ts';
import { clientIp } from '../caller.ts';
import { sendDeadLink, sendTooMany } from '../failures.ts';
import { readForm, type Form } from '../form.ts';
import { readerFrame } from '../page-parts.ts';
import { addRoute, parameter, queryParameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';
import { mailboxOf, networkOf } from '../limits/attempt-limits.ts';
import { addressIn } from './personal-link-routes.ts';

/** `/mine/<token>`: a person's own page, by a link that went to their address alone and works for a day: name, address, a copy, erasure. */
export function addMineRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.mine, {
    isPrivate: true,
    get: (request, reply) =>
      withOwnPage(ports, request, reply, (own, token) => showMine(ports, reply, own, token, { done: queryParameter(request, 'done') })),
    post: (request, reply) => withOwnPage(ports, request, reply, (own, token) => change(ports, reply, own, token, readForm(request))),
  });
  addRoute(app, sitePaths.mineExport, {
    isPrivate: true,
    get: (request, reply) =>
      withOwnPage(ports, request, reply, async ({ person }) =>
        reply
          .header('cache-control', 'no-store')
          .header('content-disposition', 'attachment; filename="my-data.json"')
          .type('application/json; charset=utf-8')
          .send(`${JSON.stringify(await listOwnData(ports.database, person, ports.clock()), undefined, 2)}\n`),
      ),
  });
  addRoute(app, sitePaths.mineErase, {
    isPrivate: true,
    get: (request, reply) => withOwnPage(ports, request, reply, (own, token) => showErase(ports, reply, own, token, { isDone: false })),
    post: (request, reply) =>
      withOwnPage(ports, request, reply, async (own, token) => {
        await erase(ports, own);
        return showErase(ports, reply, own, token, { isDone: true });
      }),
  });
}

async function withOwnPage(
  ports: WebPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: (own: OwnPage, token: string) => Promise<unknown>,
): Promise<unknown> {
  const token = parameter(request, 'token');
  if (!ports.signUps) return sendDeadLink(ports, reply);
  const own = await findOwnPage(ports, token);
  if (own) return answer(own, token);
  // Who deleted everything and clicks again, or once more in the mail, reads that it is done.
  const subscriptions = await findErasedPage(ports, token);
  return subscriptions ? showErase(ports, reply, { subscriptions }, token, { isDone: true, status: 410 }) : sendDeadLink(ports, reply);
}

async function change(ports: WebPorts, reply: FastifyReply, own: OwnPage, token: string, form: Form): Promise<unknown> {
  const url = minePageUrl(ports.publicUrl, token);
  if (form.text('action') === 'name') {
    try {
      await changeName(ports, { subscriberId: own.person.id, source: 'own page' }, form.text('name') ?? '');
    } catch (error) {
      if (error instanceof InvalidInputError) return showMine(ports, reply, own, token, { form, fault: 'name' }, 400);
      throw error;
    }
    return reply.redirect(`${url}?done=saved`, 303);
  }
  const address = addressIn(form.text('address') ?? '');
  if (!address) return showMine(ports, reply, own, token, { form, fault: 'address' }, 400);
  const tries = [
    ['link_network', networkOf(clientIp(reply.request))],
    ['link_address', `address of ${own.person.id}`],
    ['new_address', mailboxOf(address)],
  ] as const;
  for (const [name, key] of tries) {
    const taken = await ports.limiter.take(name, key);
    if (!taken.isTaken) return sendTooMany(ports, reply, taken.retryAfterSeconds, frameOfOwn(ports, own));
  }
  const asked = { kind: 'address', newsletterId: own.subscriptions[0].newsletter.id, subscriberId: own.person.id, address } as const;
  await askForLink({ ...ports, ...ports.signUps! }, asked);
  return reply.redirect(`${url}?done=address_sent`, 303);
}

/** Of two clicks the second finds them gone. */
async function erase(ports: WebPorts, { person }: OwnPage): Promise<void> {
  try {
    await removeSubscriber({ ...ports, ...ports.signUps! }, { address: person.address, erase: true, source: 'own page' });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

function frameOfOwn(ports: WebPorts, { subscriptions: [{ newsletter, subscription }] }: Pick<OwnPage, 'subscriptions'>) {
  return readerFrame(ports, newsletter, subscription.language);
}

async function showMine(
  ports: WebPorts,
  reply: FastifyReply,
  own: OwnPage,
  token: string,
  said: { readonly done?: string | undefined; readonly form?: Form; readonly fault?: PageModels['mine']['fault'] },
  status = 200,
): Promise<FastifyReply> {
  const { person, subscriptions } = own;
  const done = (['saved', 'address_sent'] as const).find((each) => each === said.done);
  const model = {
    ...frameOfOwn(ports, own),
    address: person.address,
    name: said.form?.text('name') ?? person.name ?? '',
    newAddress: said.form?.text('address') ?? '',
    newsletters: subscriptions.map(({ newsletter, subscription: { id, tokenVersion } }) => ({
      name: newsletter.name,
      url: preferencesUrl(ports, { subscriptionId: id, tokenVersion }),
    })),
    actionUrl: minePageUrl(ports.publicUrl, token),
    exportUrl: mineExportUrl(ports.publicUrl, token),
    eraseUrl: mineErasePageUrl(ports.publicUrl, token),
    ...(done === undefined ? {} : { done }),
    ...(said.fault === undefined ? {} : { fault: said.fault }),
  };
  return sendPage(reply, await ports.pages.render('mine', model), status);
}

async function showErase(
  ports: WebPorts,
  reply: FastifyReply,
  own: Pick<OwnPage, 'subscriptions'>,
  token: string,
  { isDone, status = 200 }: { readonly isDone: boolean; readonly status?: number },
): Promise<FastifyReply> {
  const model = { ...frameOfOwn(ports, own), actionUrl: mineErasePageUrl(ports.publicUrl, token), isDone };
  return sendPage(reply, await ports.pages.render('erase', model), status);
}

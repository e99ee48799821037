import type { FastifyInstance, FastifyReply } from 'fastify';
import { addressPageUrl, sitePaths } from '../../kernel/site-urls.ts';
import type { ChangedAddress, WaitingAddress } from '../../subscribers/own-data/change-address.ts';
import { sendDeadLink } from '../failures.ts';
import { readerFrame } from '../page-parts.ts';
import { addRoute, parameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** `/address/<token>`: the owner of a new address agrees by one click, once. */
export function addAddressRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.address, {
    isPrivate: true,
    get: async (request, reply) => {
      const token = parameter(request, 'token');
      const waiting = await ports.addresses?.find(token);
      return waiting ? show(ports, reply, waiting, token, 'waiting') : sendDeadLink(ports, reply);
    },
    post: async (request, reply) => {
      const token = parameter(request, 'token');
      const changed = await ports.addresses?.change(token);
      return changed ? show(ports, reply, changed, token, changed.kind) : sendDeadLink(ports, reply);
    },
  });
}

async function show(
  ports: WebPorts,
  reply: FastifyReply,
  { newsletter, request }: WaitingAddress,
  token: string,
  state: 'waiting' | ChangedAddress['kind'],
): Promise<FastifyReply> {
  const model = {
    ...readerFrame(ports, newsletter),
    address: request.address,
    actionUrl: addressPageUrl(ports.publicUrl, token),
    isDone: state === 'changed',
    isBusy: state === 'busy',
  };
  return sendPage(reply, await ports.pages.render('address', model), state === 'busy' ? 503 : 200);
}

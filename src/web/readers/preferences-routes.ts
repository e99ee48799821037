import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ConflictError } from '../../kernel/errors.ts';
import { preferencesPageUrl, sitePaths } from '../../kernel/site-urls.ts';
import { pause, resume } from '../../subscribers/choices/change-choices.ts';
import { findPreferences, type Preferences, type PreferenceSection } from '../../subscribers/choices/find-preferences.ts';
import { saveChoices } from '../../subscribers/choices/choose-together.ts';
import { leaveNewsletters } from '../../subscribers/leaving/unsubscribe.ts';
import { askForLink } from '../../subscribers/links/ask-for-link.ts';
import { undoUrl } from '../../subscribers/tokens/signed-links.ts';
import { clientIp } from '../caller.ts';
import { sendDeadLink, sendTooMany } from '../failures.ts';
import { readForm, type Form } from '../form.ts';
import { networkOf } from '../limits/attempt-limits.ts';
import { readerFrame } from '../page-parts.ts';
import { addRoute, parameter, queryParameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';
import { showLeft, type LeftNewsletter } from './left-page.ts';
import { choicesIn, pauseIn, preferencesModel, type SectionFault, type TypedSection } from './preferences-form.ts';

/**
 * `/preferences/<token>`: what a reader receives, in all newsletters. The link stands in every digest, a forwarded one too, so that the page masks the
 * address, and what only the reader may do needs a link that is mailed to them.
 */
export function addPreferencesRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.preferences, {
    isPrivate: true,
    get: (request, reply) =>
      withPreferences(ports, request, reply, (found, token) =>
        showPreferences(ports, reply, found, token, { done: queryParameter(request, 'done') }),
      ),
    post: (request, reply) =>
      withPreferences(ports, request, reply, async (found, token) => {
        const form = readForm(request);
        const action = form.text('action') ?? '';
        if (action === 'leave_all') return leave(ports, reply, found, token, found.sections);
        if (action === 'mail_link') return mailLink(ports, request, reply, found, token);
        // Only one of their own: an id of somebody else is like none.
        const section = found.sections.find(({ subscription }) => subscription.id === form.text('subscription'));
        if (!section || section.subscription.state !== 'active') return showPreferences(ports, reply, found, token, {});
        return act(ports, reply, { found, token, form, section, action });
      }),
  });
}

async function withPreferences(
  ports: WebPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: (found: Preferences, token: string) => Promise<unknown>,
): Promise<unknown> {
  const token = parameter(request, 'token');
  const found = await findPreferences(ports, token);
  return found ? answer(found, token) : sendDeadLink(ports, reply);
}

interface Act {
  readonly found: Preferences;
  readonly token: string;
  readonly form: Form;
  readonly section: PreferenceSection;
  readonly action: string;
}

async function act(ports: WebPorts, reply: FastifyReply, { found, token, form, section, action }: Act): Promise<unknown> {
  const who = { subscriptionId: section.subscription.id, source: 'preferences' };
  if (action === 'leave') return leave(ports, reply, found, token, [section]);
  const refuse = (fault: SectionFault): Promise<unknown> =>
    showPreferences(ports, reply, found, token, { typed: { section, form, fault } }, 400);
  if (action === 'save') {
    const choices = choicesIn(form, section, ports.pages.languages);
    if ('fault' in choices) return refuse(choices.fault);
    if (!(await isThere(() => saveChoices(ports, who, choices)))) return refuse('gone');
  } else if (action === 'pause') {
    const until = pauseIn(form, section, ports.clock());
    if (until === undefined) return refuse('date');
    await pause(ports, who, until);
  } else if (action === 'catch_up' || action === 'afresh') {
    // Of two clicks the second finds the pause ended: what it would drop is new.
    if (section.subscription.isPaused) await resume(ports, who, action);
  } else return showPreferences(ports, reply, found, token, {}, 400);
  return reply.redirect(`${preferencesPageUrl(ports.publicUrl, token)}?done=saved#n${section.subscription.id}`, 303);
}

/** False where something that was chosen is gone by now. */
async function isThere(save: () => Promise<boolean>): Promise<boolean> {
  try {
    return await save();
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

async function leave(
  ports: WebPorts,
  reply: FastifyReply,
  { sections }: Preferences,
  token: string,
  chosen: readonly PreferenceSection[],
): Promise<unknown> {
  const ids = chosen.map(({ subscription }) => subscription.id);
  const events = await leaveNewsletters(ports, ids);
  const left = chosen.flatMap(({ newsletter, subscription }): LeftNewsletter[] => {
    const event = events.find((each) => each.subscription.id === subscription.id);
    return event ? [{ newsletter, undoUrl: undoUrl(ports, subscription.id, event.eventId, ports.clock()) }] : [];
  });
  const [first, ...others] = left;
  if (!first) return reply.redirect(preferencesPageUrl(ports.publicUrl, token), 303);
  return showLeft(ports, reply, [first, ...others], { language: sections[0].subscription.language });
}

async function mailLink(
  ports: WebPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  { person, sections }: Preferences,
  token: string,
): Promise<unknown> {
  const { newsletter, subscription } = sections[0];
  const frame = readerFrame(ports, newsletter, subscription.language);
  for (const [name, key] of [
    ['link_network', networkOf(clientIp(request))],
    ['link_address', `subscriber:${person.id}`],
  ] as const) {
    const taken = await ports.limiter.take(name, key);
    if (!taken.isTaken) return sendTooMany(ports, reply, taken.retryAfterSeconds, frame);
  }
  if (ports.signUps)
    await askForLink({ ...ports, ...ports.signUps }, { kind: 'link', newsletterId: newsletter.id, subscriberId: person.id });
  return reply.redirect(`${preferencesPageUrl(ports.publicUrl, token)}?done=link_sent`, 303);
}

async function showPreferences(
  ports: WebPorts,
  reply: FastifyReply,
  found: Preferences,
  token: string,
  said: { readonly done?: string | undefined; readonly typed?: TypedSection },
  status = 200,
): Promise<FastifyReply> {
  const { newsletter, subscription } = found.sections[0];
  const model = {
    ...readerFrame(ports, newsletter, subscription.language),
    ...preferencesModel(ports, found, { ...said, actionUrl: preferencesPageUrl(ports.publicUrl, token) }),
  };
  return sendPage(reply, await ports.pages.render('preferences', model), status);
}

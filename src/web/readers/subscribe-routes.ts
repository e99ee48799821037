import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { escapeHtml } from '../../kernel/text/escape-html.ts';
import { InvalidInputError } from '../../kernel/errors.ts';
import { personalLinkUrl, sitePaths, subscribeUrl } from '../../kernel/site-urls.ts';
import { parseAddress } from '../../mail/address.ts';
import { suggestDomain } from '../../mail/suggest-domain.ts';
import { cadenceOf } from './cadence.ts';
import { findNewsletter } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { listSchedules } from '../../newsletters/schedule-store.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import type { PageModels, SubscribeForm } from '../../render/pages/pages.ts';
import { findExpected } from '../../subscribers/joining/decide-held-sign-ups.ts';
import { receiveSignUp, type ReceivedSignUp } from '../../subscribers/joining/receive-sign-up.ts';
import { parsePersonName } from '../../subscribers/subscriber.ts';
import { isExpiredStamp, isFormStamp, makeFormStamp } from '../../subscribers/tokens/form-stamp.ts';
import { listTopicsOfNewsletter } from '../../topics/topic-store.ts';
import type { OfferedTopic } from '../../topics/topic.ts';
import { clientIp } from '../caller.ts';
import { sendNotFound, sendTooMany } from '../failures.ts';
import { readForm, type Form } from '../form.ts';
import { type LimitName, mailboxOf, networkOf } from '../limits/attempt-limits.ts';
import { sendEnded } from './ended-page.ts';
import { leadingFormPage } from '../page-headers.ts';
import { newsletterLink, readerFrame } from '../page-parts.ts';
import { addRoute, parameter, queryParameter, sendPage } from '../route.ts';
import type { WebPorts } from '../web.ts';

/** `/subscribe/<newsletter>`: where people sign up, and beside it a form that staff put on their own site. */
export function addSubscribeRoutes(app: FastifyInstance, ports: WebPorts): void {
  addRoute(app, sitePaths.subscribe, {
    get: (request, reply) => withOffer(ports, request, reply, (offer) => showForm(ports, request, reply, offer)),
    post: (request, reply) => withOffer(ports, request, reply, (offer) => take(ports, request, reply, offer)),
  });
  addRoute(app, sitePaths.subscribeForm, {
    get: (request, reply) => withOffer(ports, request, reply, (offer) => showSnippet(ports, reply, offer), { isForStaff: true }),
  });
}

/** What somebody can sign up for. */
interface Offer {
  readonly newsletter: Newsletter;
  readonly schedules: readonly Schedule[];
  readonly topics: readonly OfferedTopic[];
}

/** What a form says, as it was typed. */
interface Typed {
  readonly address: string;
  readonly name: string;
  readonly topics: readonly string[];
  readonly schedule: string | undefined;
  readonly source: string | undefined;
  readonly thanks: string | undefined;
}

async function withOffer(
  ports: WebPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: (offer: Offer) => Promise<unknown>,
  { isForStaff = false } = {},
): Promise<unknown> {
  const newsletter = await findNewsletter(ports.database, parameter(request, 'newsletter'));
  if (!newsletter) return sendNotFound(ports, reply);
  const schedules = await listSchedules(ports.database, newsletter.id);
  if (newsletter.closedAt !== null) return sendEnded(ports, reply, newsletter);
  // Nobody is asked for an address without being told what becomes of it, nor for what never comes.
  if (!isForStaff && (newsletter.privacyUrl === null || schedules.length === 0 || !ports.signUps)) {
    const model = { ...readerFrame(ports, newsletter), newsletter: newsletterLink(ports.publicUrl, newsletter) };
    return sendPage(reply, await ports.pages.render('subscribe-closed', model), 403);
  }
  return answer({ newsletter, schedules, topics: await listTopicsOfNewsletter(ports.database, newsletter.id) });
}

async function showForm(ports: WebPorts, request: FastifyRequest, reply: FastifyReply, offer: Offer): Promise<unknown> {
  const typed: Typed = {
    address: '',
    name: '',
    topics: [],
    schedule: undefined,
    source: queryParameter(request, 'source'),
    thanks: queryParameter(request, 'thanks'),
  };
  return sendForm(ports, reply, { offer, typed }, await ports.pages.render('subscribe', subscribeModel(ports, offer, typed)));
}

async function take(ports: WebPorts, request: FastifyRequest, reply: FastifyReply, offer: Offer): Promise<unknown> {
  const { newsletter } = offer;
  const refused = await takeNetwork(ports, request);
  if (refused !== undefined) return sendTooMany(ports, reply, refused, readerFrame(ports, newsletter));
  const form = readForm(request);
  const typed = typedIn(form);
  const checked = check(ports, request, offer, typed);
  if ('fault' in checked) {
    const model = { ...subscribeModel(ports, offer, typed), ...checked };
    return sendForm(ports, reply, { offer, typed }, await ports.pages.render('subscribe', model), 400);
  }
  const suggestion = suggestDomain(checked.address.domain);
  if (suggestion !== undefined && form.text('asked') !== checked.address.domain)
    return askForDomain(ports, reply, { offer, typed, suggestion, asked: checked.address.domain });
  if (!isByHand(ports, form, newsletter)) return askAgain(ports, reply, { offer, typed, hasTripped: hasTripped(ports, form) });
  const tooOften = await takeAddress(ports, checked);
  if (tooOften !== undefined) return sendTooMany(ports, reply, tooOften, readerFrame(ports, newsletter));
  await receiveSignUp({ ...ports.signUps!, database: ports.database, clock: ports.clock }, checked);
  const thanks = thanksOf(newsletter, typed.thanks);
  if (thanks !== undefined) return reply.redirect(thanks, 303);
  const model = { ...readerFrame(ports, newsletter), newsletter: newsletterLink(ports.publicUrl, newsletter) };
  return sendPage(reply, await ports.pages.render('subscribe-sent', model));
}

/** Sends a page with the form. */
function sendForm(
  { publicUrl }: WebPorts,
  reply: FastifyReply,
  { offer: { newsletter }, typed }: { readonly offer: Offer; readonly typed: Typed },
  html: string,
  status = 200,
): FastifyReply {
  if (thanksOf(newsletter, typed.thanks) !== undefined) void reply.helmet(leadingFormPage(publicUrl, newsletter.thanksHosts));
  return sendPage(reply, html, status);
}

/** Asks for a second button, with everything as it was typed. */
async function askAgain(
  ports: WebPorts,
  reply: FastifyReply,
  { offer, typed, hasTripped: tripped }: { readonly offer: Offer; readonly typed: Typed; readonly hasTripped: boolean },
): Promise<unknown> {
  const stamp = makeFormStamp(ports.tokenKeys, 'form_again', offer.newsletter.id, ports.clock());
  const model = { ...readerFrame(ports, offer.newsletter), ...formModel(ports, offer, typed), stamp, hasTripped: tripped };
  return sendForm(ports, reply, { offer, typed }, await ports.pages.render('subscribe-again', model));
}

/** Asks once whether a large host was meant, with everything as it was typed. What is typed alone decides, and the next button is as good as a second one. */
async function askForDomain(
  ports: WebPorts,
  reply: FastifyReply,
  { offer, typed, ...question }: { readonly offer: Offer; readonly typed: Typed; readonly suggestion: string; readonly asked: string },
): Promise<unknown> {
  const stamp = makeFormStamp(ports.tokenKeys, 'form_again', offer.newsletter.id, ports.clock());
  const model = { ...subscribeModel(ports, offer, typed), ...question, stamp };
  return sendForm(ports, reply, { offer, typed }, await ports.pages.render('subscribe', model));
}

function typedIn(form: Form): Typed {
  return {
    address: form.text('address') ?? '',
    name: form.text('name') ?? '',
    topics: form.list('topic'),
    schedule: form.text('schedule'),
    source: form.text('source'),
    thanks: form.text('thanks'),
  };
}

type Fault = Pick<PageModels['subscribe'], 'fault' | 'suggestion'>;

/** What was typed as what is stored, or what is wrong with it. Knows nothing of who has the address. */
function check(
  ports: WebPorts,
  request: FastifyRequest,
  offer: Offer,
  typed: Typed,
): ReceivedSignUp | (Fault & { readonly fault: string }) {
  const { newsletter, topics, schedules } = offer;
  const address = ifValid(() => parseAddress(typed.address));
  if (!address) {
    const suggestion = suggestDomain(typed.address.slice(typed.address.lastIndexOf('@') + 1));
    return { fault: 'address', ...(suggestion === undefined ? {} : { suggestion }) };
  }
  const name = ifValid(() => ({ text: parsePersonName(typed.name) }));
  if (!name) return { fault: 'name' };
  const chosen = typed.topics.map((slug) => topics.find((topic) => topic.slug === slug)?.id);
  const schedule = typed.schedule === undefined ? schedules[0] : schedules.find((each) => each.name === typed.schedule);
  if (!schedule || chosen.includes(undefined)) return { fault: 'choice' };
  return {
    newsletter,
    address,
    scheduleId: schedule.id,
    topicIds: chosen.length === 0 ? null : [...new Set(chosen as string[])],
    wording: ports.pages.confirmationWording(newsletter.language, newsletter),
    ...(name.text === undefined ? {} : { name: name.text }),
    ...(typed.source === undefined ? {} : { label: typed.source }),
    ...(ports.signUps?.keepsIp ? { ip: clientIp(request) } : {}),
  };
}

function ifValid<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

/**
 * Whether a person filled the form in, as far as it shows: programs fill in what people do not see, and are done in a moment. Browsers and screen readers
 * do the one, quick people the other, and a form on another site has no stamp: so whoever does not pass presses a second button, and is not refused.
 */
function isByHand({ tokenKeys, clock }: WebPorts, form: Form, newsletter: Newsletter): boolean {
  const stamp = form.text('stamp') ?? '';
  if (isFormStamp(tokenKeys, 'form_again', stamp, newsletter.id, clock())) return true;
  return (form.text('website') ?? '') === '' && isFormStamp(tokenKeys, 'form', stamp, newsletter.id, clock());
}

/** Whether who is not taken for a person did anything to seem a program; who filled a form in on another site, or took a day over it, did not. */
function hasTripped({ tokenKeys, clock }: WebPorts, form: Form): boolean {
  const stamp = form.text('stamp') ?? '';
  return (form.text('website') ?? '') !== '' || (stamp !== '' && !isExpiredStamp(tokenKeys, stamp, clock()));
}

/** Counts a try of this network; the seconds to wait where there were too many. At a fair that staff expect many come from one network. */
async function takeNetwork(ports: WebPorts, request: FastifyRequest): Promise<number | undefined> {
  const expected = await findExpected(ports.database);
  const isExpected = expected !== undefined && expected.until > ports.clock();
  return tooMany(ports, isExpected ? 'sign_up_expected' : 'sign_up_network', networkOf(clientIp(request)));
}

/** The same of the mailbox and its domain. */
async function takeAddress(ports: WebPorts, { address }: ReceivedSignUp): Promise<number | undefined> {
  return (await tooMany(ports, 'sign_up_address', mailboxOf(address))) ?? (await tooMany(ports, 'sign_up_domain', address.domain));
}

async function tooMany({ limiter }: WebPorts, name: LimitName, key: string): Promise<number | undefined> {
  const taken = await limiter.take(name, key);
  return taken.isTaken ? undefined : taken.retryAfterSeconds;
}

/** Where a form may send people once it was sent: to a page on a host that staff named, and nowhere else. */
function thanksOf({ thanksHosts }: Newsletter, thanks: string | undefined): string | undefined {
  if (thanks === undefined || !URL.canParse(thanks)) return undefined;
  const url = new URL(thanks);
  return /^https?:$/.test(url.protocol) && url.username === '' && thanksHosts.includes(url.host) ? url.href : undefined;
}

function subscribeModel(ports: WebPorts, offer: Offer, typed: Typed): PageModels['subscribe'] {
  const { newsletter } = offer;
  return {
    ...readerFrame(ports, newsletter),
    ...formModel(ports, offer, typed),
    ...(newsletter.intro === null ? {} : { intro: newsletter.intro }),
    senderAddress: newsletter.senderAddress,
    privacyUrl: newsletter.privacyUrl!,
    linkUrl: personalLinkUrl(ports.publicUrl, newsletter.slug),
  };
}

function formModel(ports: WebPorts, { newsletter, schedules, topics }: Offer, typed: Typed): SubscribeForm {
  const chosen = schedules.find(({ name }) => name === typed.schedule) ?? schedules[0];
  return {
    newsletter: newsletterLink(ports.publicUrl, newsletter),
    actionUrl: subscribeUrl(ports.publicUrl, newsletter.slug),
    stamp: makeFormStamp(ports.tokenKeys, 'form', newsletter.id, ports.clock()),
    wording: ports.pages.confirmationWording(newsletter.language, newsletter),
    address: typed.address.slice(0, 254),
    name: typed.name.slice(0, 200),
    topics: topics.map(({ slug, name }) => ({ slug, name, isChosen: typed.topics.includes(slug) })),
    schedules: schedules.map((schedule) => ({ name: schedule.name, cadence: cadenceOf(schedule), isChosen: schedule === chosen })),
    ...(typed.source === undefined ? {} : { source: typed.source.slice(0, 60) }),
    ...(thanksOf(newsletter, typed.thanks) === undefined ? {} : { thanks: typed.thanks! }),
  };
}

async function showSnippet(ports: WebPorts, reply: FastifyReply, { newsletter }: Offer): Promise<unknown> {
  const wording = ports.pages.confirmationWording(newsletter.language, newsletter);
  const snippet = [
    `<form method="post" action="${escapeHtml(subscribeUrl(ports.publicUrl, newsletter.slug))}">`,
    `  <label>${escapeHtml(ports.pages.words(newsletter.language, 'page.subscribe.address'))}`,
    '    <input type="email" name="address" autocomplete="email" required></label>',
    '  <input type="hidden" name="source" value="our-site">',
    `  <p>${escapeHtml(wording)}${newsletter.privacyUrl === null ? '' : ` <a href="${escapeHtml(newsletter.privacyUrl)}">${escapeHtml(ports.pages.words(newsletter.language, 'page.subscribe.privacy'))}</a>`}</p>`,
    `  <button type="submit">${escapeHtml(ports.pages.words(newsletter.language, 'page.subscribe.button'))}</button>`,
    '</form>',
  ].join('\n');
  const model = {
    ...readerFrame(ports, newsletter),
    newsletter: newsletterLink(ports.publicUrl, newsletter),
    snippet,
    isOpen: newsletter.privacyUrl !== null,
  };
  return sendPage(reply, await ports.pages.render('subscribe-form', model));
}

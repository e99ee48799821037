import { dayOf } from './dates.ts';
import { noteDone } from './staff.ts';
import { domainOf } from '../src/mail/address.ts';
import { suggestDomain } from '../src/mail/suggest-domain.ts';
import { createNoticeRenderer } from '../src/render/mails/render-notice.ts';
import { publicUrlOf } from '../src/app/config.ts';
import { templatesFolder } from '../src/kernel/package-root.ts';
import type { Store } from '../src/app/open-store.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { bounceRestDays, type Suppression } from '../src/ledger/subscriptions/suppression.ts';
import { addSubscriber, type AddResult, type AddSubscriberPorts } from '../src/subscribers/joining/add-subscriber.ts';
import { chooseNewsletter } from '../src/newsletters/choose-newsletter.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';

/** What adding people needs, with the queue made ready. */
export async function addPorts(store: Store): Promise<AddSubscriberPorts> {
  await store.queue.prepare();
  return {
    database: store.database,
    enqueue: store.queue.enqueue,
    clock: store.clock,
    addressKeySecret: store.secrets.addressKey,
    joinReachDays: store.config.JOIN_REACH_DAYS,
    tokenKeys: store.secrets.tokenKeys,
    publicUrl: publicUrlOf(store.config),
    notices: await createNoticeRenderer({ templatesFolder }),
  };
}

/** What `gazette subscribers add` does. */
export const subscribersAdd: Run = (args, context) =>
  withStore(context, async (store) => {
    const isConfirmed = args.has('confirmed');
    if (isConfirmed && args.text('source') === undefined)
      throw new UsageError('Expected --source with --confirmed: how did the person agree?');
    const newsletter = await chooseNewsletter(store.database, args.text('newsletter'));
    const topics = args.list('topic');
    const hour = args.integer('hour');
    const result = await addSubscriber(await addPorts(store), {
      newsletter: newsletter.slug,
      address: args.positionals[0]!,
      ...optional('name', args.text('name')),
      ...(topics.length > 0 ? { topics } : {}),
      ...optional('schedule', args.text('schedule')),
      ...optional('language', args.text('language')),
      ...(args.has('text') ? { format: 'text' as const } : {}),
      ...(hour === undefined ? {} : { localHour: hour }),
      ...optional('timeZone', args.text('zone')),
      ...(isConfirmed ? { confirmed: { source: args.required('source') } } : {}),
      source: args.text('source') ?? 'command line',
      by: context.by,
    });
    const meant = suggestDomain(domainOf(args.positionals[0]!));
    if (meant !== undefined) context.warn(`Is the address right? Did you mean ${meant}? It was taken as it is.`);
    if (result.kind === 'activated' || result.kind === 'asked')
      await noteDone(context, store.database, { subscription: [result.subscriptionId] });
    return report(result, context.print, context.warn);
  });

function report(result: AddResult, print: (line: string) => void, warn: (line: string) => void): number {
  if (result.kind === 'suppressed') {
    warn(whySuppressed(result.suppression));
    return 1;
  }
  const messages = {
    activated: 'Added, active from now on: what was released since the last edition will reach them.',
    asked: 'Asked: a confirmation mail is queued. They become active when they confirm.' + bounceOf(result),
    already_active: 'Already an active subscriber: nothing was changed. Use "gazette subscribers set" to change choices.',
    stays_pending: 'Not changed: this person has been asked to confirm and has not done so yet; only they can confirm.',
    stays_left: 'Not changed: this person left. Add them without --confirmed, so that they are asked.',
    was_erased: 'Not added: this person left and was erased. Add them without --confirmed, so that they are asked.',
    has_moved:
      'Not added: somebody here had this address before, and has another one now. Add it without --confirmed, so that its owner is asked.',
  } as const;
  const isDone = result.kind === 'activated' || result.kind === 'asked' || result.kind === 'already_active';
  (isDone ? print : warn)(messages[result.kind]);
  return isDone ? 0 : 1;
}

function bounceOf(result: AddResult): string {
  if (result.kind !== 'asked' || !result.bouncedAt) return '';
  return ` This address bounced on ${dayOf(result.bouncedAt)}, so they are asked once, and nothing else is sent until they confirm.`;
}

function whySuppressed({ reason, at, confirmationAt }: Suppression): string {
  switch (reason) {
    case 'bounced':
      return confirmationAt === null
        ? `Not added: this address bounced on ${dayOf(at)}. Added without --confirmed, more than ${bounceRestDays} days after that, they are asked once; only their own confirmation lifts it.`
        : `Not added: this address bounced on ${dayOf(at)}; one confirmation was sent on ${dayOf(confirmationAt)}, and no other is. Only their click on it lifts the suppression.`;
    case 'complained':
      return `Not added: this person complained about our mail on ${dayOf(at)}; they are never mailed again.`;
    case 'unreachable':
      return `Not added: this address has been suppressed since ${dayOf(at)}, because its server took nothing for two weeks or longer.`;
    case 'staff':
      return `Not added: staff suppressed this address on ${dayOf(at)}.`;
  }
}

function optional<Name extends string>(name: Name, value: string | undefined): { [Key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: string };
}

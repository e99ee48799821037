import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { parseAddress } from '../src/mail/address.ts';
import { getPerson } from '../src/subscribers/choices/find-subscription.ts';
import { readerDayOf } from '../src/subscribers/choices/reader-day.ts';
import { setChoices, type ChoicesOf, type SetChoicesPorts, type WantedChoices } from '../src/subscribers/choices/set-choices.ts';
import { chooseNewsletterOf } from '../src/subscribers/choose-newsletter-of.ts';
import { changeName } from '../src/subscribers/own-data/change-name.ts';
import { correctAddress, type CorrectAddressPorts } from '../src/subscribers/own-data/correct-address.ts';
import { parsePersonName, type MailFormat } from '../src/subscribers/subscriber.ts';
import { asUsage, type Arguments, type CommandContext, type Run } from './command.ts';
import { parseMoment } from './dates.ts';
import { withStore } from './open.ts';

/** What `gazette subscribers set` does. */
export const subscribersSet: Run = (args, context) =>
  withStore(context, async (store) => {
    const wanted = readWanted(args);
    const ports = { database: store.database, clock: store.clock, addressKeySecret: store.secrets.addressKey };
    const person = args.positionals[0]!;
    const { subscriberId } = await getPerson(ports.database, person, ports.addressKeySecret);
    const who = { subscriberId, source: 'command line', by: context.by };
    const hasChoices = Object.keys(wanted.choices).length > 0;
    const newsletter = hasChoices ? (await chooseNewsletterOf(ports, { newsletter: args.text('newsletter'), person })).slug : undefined;
    // First, because it is what may be refused: then nothing else is changed either.
    if (wanted.address !== undefined) await changeAddress(context, ports, who, wanted.address);
    if (newsletter !== undefined)
      await changeChoices(context, ports, { ...who, newsletter, person: wanted.address ?? person }, wanted.choices);
    if (wanted.name !== undefined) {
      const subscription = await changeName(ports, who, wanted.name);
      await noteDone(context, ports.database, { subscriber: [subscriberId], subscription });
      context.print(wanted.name.trim() === '' ? 'Changed: the name is taken away.' : 'Changed: name.');
    }
    return 0;
  });

type Ports = SetChoicesPorts & CorrectAddressPorts;
interface Who {
  readonly subscriberId: string;
  readonly source: string;
  readonly by: string;
}

async function changeAddress(context: CommandContext, ports: Ports, who: Who, typed: string): Promise<void> {
  const done = await correctAddress(ports, who, typed);
  if (!done.isChanged) return context.print('They have this address already: nothing was changed.');
  await noteDone(context, ports.database, { subscriber: [who.subscriberId], subscription: done.subscriptionIds });
  context.print(`Changed: address, from ${done.from} to ${done.to}.`);
  if (done.queuedCount > 0)
    context.print(
      `${countOf(done.queuedCount, 'digest')} on the way to the old address ${done.queuedCount === 1 ? 'goes' : 'go'} to the new one.`,
    );
  if (done.wasSuppressed !== null)
    context.print(
      `The old address was suppressed (${done.wasSuppressed}): they are mailed again, beginning with what is released from now on.`,
    );
  if (done.unconfirmedIds.length > 0)
    context.print(
      `They have not confirmed yet, and no longer can by what was mailed before: "gazette subscribers add ${done.to}" asks again.`,
    );
}

async function changeChoices(context: CommandContext, ports: Ports, whose: ChoicesOf, choices: WantedChoices): Promise<void> {
  const touched: string[] = [];
  const changed: string[] = [];
  try {
    await setChoices(ports, whose, choices, (what, subscriptionId) => {
      touched.push(subscriptionId);
      changed.push(what === 'resume' ? 'pause ended' : what);
    });
  } finally {
    // What came before one that is refused stays.
    await noteDone(context, ports.database, { subscription: touched });
    if (changed.length > 0) context.print(`Changed: ${changed.join(', ')}.`);
  }
}

/** What the options change, read before anything is changed. @throws UsageError */
function readWanted(args: Arguments): { readonly address?: string; readonly name?: string; readonly choices: WantedChoices } {
  const [choices, address, name] = [readChoices(args), args.text('address'), args.text('name')];
  if (address !== undefined) asUsage(() => parseAddress(address));
  if (name !== undefined) asUsage(() => parsePersonName(name));
  if (Object.keys(choices).length === 0 && address === undefined && name === undefined)
    throw new UsageError('Expected something to change. See "gazette subscribers set --help".');
  return { choices, ...(address === undefined ? {} : { address }), ...(name === undefined ? {} : { name }) };
}

/** What the options say of choices. @throws UsageError */
function readChoices(args: Arguments): WantedChoices {
  const [hour, timeZone] = [args.integer('hour'), args.text('zone')];
  const [topics, schedule, language] = [args.list('topic'), args.text('schedule'), args.text('language')];
  const format = parsed(args.text('format'), parseFormat);
  const pause = parsed(args.text('pause'), (text) =>
    text === 'indefinitely' ? text : (readerDayOf(text) ?? parseMoment(text, 'pause', { or: ', or "indefinitely"' })),
  );
  const resume = parsed(args.text('resume'), parseResume);
  if (args.has('all-topics') && topics.length > 0) throw new UsageError('Expected --all-topics or --topic, got both');
  if (args.has('any-hour') && hour !== undefined) throw new UsageError('Expected --any-hour or --hour, got both');
  if (timeZone !== undefined && hour === undefined) throw new UsageError('Expected --hour beside --zone, got none');
  if (pause !== undefined && resume !== undefined) throw new UsageError('Expected --pause or --resume, got both');
  return {
    ...(args.has('all-topics') ? { topics: null } : topics.length > 0 ? { topics } : {}),
    ...(schedule === undefined ? {} : { schedule }),
    ...(args.has('any-hour')
      ? { hour: null }
      : hour === undefined
        ? {}
        : { hour: { hour, ...(timeZone === undefined ? {} : { timeZone }) } }),
    ...(language === undefined ? {} : { language }),
    ...(format === undefined ? {} : { format }),
    ...(pause === undefined ? {} : { pause }),
    ...(resume === undefined ? {} : { resume }),
  };
}

function parsed<Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : parse(text);
}

function parseFormat(text: string): MailFormat {
  if (text === 'html' || text === 'text') return text;
  throw new UsageError(`Expected --format html or text, got "${text}"`);
}

function parseResume(text: string): 'catch_up' | 'afresh' {
  if (text === 'catch-up') return 'catch_up';
  if (text === 'afresh') return 'afresh';
  throw new UsageError(`Expected --resume catch-up or afresh, got "${text}"`);
}

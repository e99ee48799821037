import { UsageError } from '../src/kernel/errors.ts';
import {
  chooseCadence,
  chooseFormat,
  chooseLanguage,
  chooseLocalHour,
  chooseTopics,
  pause,
  resume,
  type ChoiceOf,
  type ChoicePorts,
} from '../src/subscribers/change-choices.ts';
import type { MailFormat } from '../src/subscribers/subscriber.ts';
import { chooseNewsletter, getSubscriptionId } from './choose.ts';
import type { Arguments, Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette subscribers set` does. */
export const subscribersSet: Run = (args, context) =>
  withStore(context, async ({ database, clock, secrets }) => {
    const choices = readChoices(args);
    const newsletter = await chooseNewsletter(database, args.text('newsletter'));
    const subscriptionId = await getSubscriptionId(database, newsletter, args.positionals[0]!, secrets.addressKey);
    const who = { subscriptionId, source: 'command line' };
    const done: string[] = [];
    try {
      for (const [what, change] of choices) {
        await change({ database, clock }, who);
        done.push(what);
      }
    } finally {
      // Each is a change of its own: what came before one that is refused stays.
      if (done.length > 0) context.print(`Changed: ${done.join(', ')}.`);
    }
    return 0;
  });

type Change = (ports: ChoicePorts, who: ChoiceOf) => Promise<void>;

/** What the options change, read before anything is changed. @throws UsageError */
function readChoices(args: Arguments): [what: string, change: Change][] {
  const [hour, zone] = [args.integer('hour'), args.text('zone')];
  const [topics, schedule, language] = [args.list('topic'), args.text('schedule'), args.text('language')];
  const format = parsed(args.text('format'), parseFormat);
  const until = parsed(args.text('pause'), (text) => (text === 'indefinitely' ? text : parseDay(text)));
  const how = parsed(args.text('resume'), parseResume);
  if (args.has('all-topics') && topics.length > 0) throw new UsageError('Expected --all-topics or --topic, got both');
  if (args.has('any-hour') && hour !== undefined) throw new UsageError('Expected --any-hour or --hour, got both');
  if (zone !== undefined && hour === undefined) throw new UsageError('Expected --hour beside --zone, got none');
  if (until !== undefined && how !== undefined) throw new UsageError('Expected --pause or --resume, got both');
  const choices: [what: string, change: Change][] = [];
  if (args.has('all-topics')) choices.push(['topics', (ports, who) => chooseTopics(ports, who, null)]);
  if (topics.length > 0) choices.push(['topics', (ports, who) => chooseTopics(ports, who, topics)]);
  if (schedule !== undefined) choices.push(['schedule', (ports, who) => chooseCadence(ports, who, schedule)]);
  if (args.has('any-hour')) choices.push(['hour', (ports, who) => chooseLocalHour(ports, who, undefined, undefined)]);
  if (hour !== undefined) choices.push(['hour', (ports, who) => chooseLocalHour(ports, who, hour, zone)]);
  if (language !== undefined) choices.push(['language', (ports, who) => chooseLanguage(ports, who, language)]);
  if (format !== undefined) choices.push(['format', (ports, who) => chooseFormat(ports, who, format)]);
  if (until !== undefined) choices.push(['pause', (ports, who) => pause(ports, who, until)]);
  if (how !== undefined) choices.push(['pause ended', (ports, who) => resume(ports, who, how)]);
  if (choices.length === 0) throw new UsageError('Expected something to change. See "gazette subscribers set --help".');
  return choices;
}

function parsed<Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined {
  return text === undefined ? undefined : parse(text);
}

function parseDay(text: string): Date {
  const day = new Date(text);
  // Date takes "1" and the 31st of February as well.
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    throw new UsageError(`Expected --pause as a date (YYYY-MM-DD) or "indefinitely", got "${text}"`);
  return day;
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

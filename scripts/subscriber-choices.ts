import { noteDone } from './staff.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { setChoices, type WantedChoices } from '../src/subscribers/choices/set-choices.ts';
import type { MailFormat } from '../src/subscribers/subscriber.ts';
import { chooseNewsletter } from '../src/newsletters/choose-newsletter.ts';
import type { Arguments, Run } from './command.ts';
import { parseMoment } from './dates.ts';
import { withStore } from './open.ts';

/** What `gazette subscribers set` does. */
export const subscribersSet: Run = (args, context) =>
  withStore(context, async ({ database, clock, secrets }) => {
    const wanted = readChoices(args);
    const newsletter = await chooseNewsletter(database, args.text('newsletter'));
    const whose = { newsletter: newsletter.slug, address: args.positionals[0]!, source: 'command line', by: context.by };
    const touched: string[] = [];
    const changed: string[] = [];
    try {
      const ports = { database, clock, addressKeySecret: secrets.addressKey };
      await setChoices(ports, whose, wanted, (what, subscriptionId) => {
        touched.push(subscriptionId);
        changed.push(what === 'resume' ? 'pause ended' : what);
      });
    } finally {
      // What came before one that is refused stays.
      await noteDone(context, database, { subscription: touched });
      if (changed.length > 0) context.print(`Changed: ${changed.join(', ')}.`);
    }
    return 0;
  });

/** What the options change, read before anything is changed. @throws UsageError */
function readChoices(args: Arguments): WantedChoices {
  const [hour, timeZone] = [args.integer('hour'), args.text('zone')];
  const [topics, schedule, language] = [args.list('topic'), args.text('schedule'), args.text('language')];
  const format = parsed(args.text('format'), parseFormat);
  const pause = parsed(args.text('pause'), (text) =>
    text === 'indefinitely' ? text : parseMoment(text, 'pause', { or: ', or "indefinitely"' }),
  );
  const resume = parsed(args.text('resume'), parseResume);
  if (args.has('all-topics') && topics.length > 0) throw new UsageError('Expected --all-topics or --topic, got both');
  if (args.has('any-hour') && hour !== undefined) throw new UsageError('Expected --any-hour or --hour, got both');
  if (timeZone !== undefined && hour === undefined) throw new UsageError('Expected --hour beside --zone, got none');
  if (pause !== undefined && resume !== undefined) throw new UsageError('Expected --pause or --resume, got both');
  const wanted: WantedChoices = {
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
  if (Object.keys(wanted).length === 0) throw new UsageError('Expected something to change. See "gazette subscribers set --help".');
  return wanted;
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

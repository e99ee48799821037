import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { noteDone } from './staff.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { listPublicHeldDomains, listPublicOutages, listPublicUsedUp } from '../src/ledger/accounts/list-outages.ts';
import { retryAccounts } from '../src/deliveries/by-staff/retry-accounts.ts';
import { wordHeldDomain, wordUsedUp } from './account-words.ts';
import { columns, type Run } from './command.ts';
import { withStore } from './open.ts';

/** What `gazette accounts list` does. */
export const accountsList: Run = (args, context) =>
  withStore(context, async ({ database }) => {
    const outages = await listPublicOutages(database);
    const usedUp = await listPublicUsedUp(database);
    const domains = await listPublicHeldDomains(database);
    if (!args.has('json')) for (const each of usedUp) context.print(wordUsedUp(each));
    if (args.has('json')) context.print(JSON.stringify(outages, null, 2));
    else if (outages.length === 0) context.print('No account stands still.');
    else {
      const rows = outages.map((each) => [
        each.account,
        each.onlyAt === null ? each.trouble : `${each.trouble} (only at ${each.onlyAt})`,
        each.sender ?? '(all)',
        utcMoment(each.beganAt),
        utcMoment(each.nextTryAt),
        each.reply,
      ]);
      for (const line of columns([['ACCOUNT', 'REFUSED', 'SENDER', 'SINCE', 'NEXT TRY', 'IT SAID'], ...rows])) context.print(line);
    }
    if (!args.has('json')) for (const each of domains) context.print(wordHeldDomain(each));
    return 0;
  });

/** What `gazette accounts retry` does. */
export const accountsRetry: Run = (_args, context) =>
  withStore(context, async ({ database }) => {
    const { outages, domains } = await retryAccounts(database);
    await noteDone(context, database, { outage: outages.map(({ id }) => id) });
    context.print(
      outages.length + domains.length === 0
        ? 'No account stands still.'
        : `${wordRetried(outages.length, domains.length)} will be tried with the next message, within minutes where a worker runs.`,
    );
    return 0;
  });

function wordRetried(outageCount: number, domainCount: number): string {
  const counts = [countOf(outageCount, 'outage'), countOf(domainCount, 'domain')].filter((words) => !words.startsWith('0 '));
  return counts.join(' and ');
}

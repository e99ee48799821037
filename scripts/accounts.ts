import { countOf } from '../src/kernel/count-of.ts';
import { accountTroubles } from '../src/ledger/accounts/account-outage.ts';
import { listOpenOutages, tryOutagesNow } from '../src/ledger/accounts/account-outage-store.ts';
import { bringForwardNotices } from '../src/notices/notice-store.ts';
import { columns, type Command } from './command.ts';
import { withStore } from './open.ts';

/** `gazette accounts list`. */
export const accountsList: Command = {
  name: 'accounts list',
  summary: 'Accounts that stand still: what was refused, since when, and when it is tried again.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['accounts list', 'accounts list --json'],
  run: (args, context) =>
    withStore(context, async ({ database }) => {
      const outages = await listOpenOutages(database);
      if (args.has('json')) context.print(JSON.stringify(outages, null, 2));
      else if (outages.length === 0) context.print('No account stands still.');
      else {
        const rows = outages.map((each) => [
          each.account,
          each.onlyAt === null ? each.trouble : `${each.trouble} (only at ${each.onlyAt})`,
          each.sender ?? '(all)',
          each.beganAt.toISOString(),
          each.nextTryAt.toISOString(),
          each.reply,
        ]);
        for (const line of columns([['ACCOUNT', 'REFUSED', 'SENDER', 'SINCE', 'NEXT TRY', 'IT SAID'], ...rows])) context.print(line);
      }
      return 0;
    }),
};

/** `gazette accounts retry`. */
export const accountsRetry: Command = {
  name: 'accounts retry',
  summary: 'Try accounts that stand still now, instead of when they are due: after a password, a sender or a quota was mended.',
  examples: ['accounts retry'],
  run: (_args, context) =>
    withStore(context, async ({ database }) => {
      const outages = await listOpenOutages(database);
      await tryOutagesNow(database, null, accountTroubles);
      await bringForwardNotices(database);
      context.print(
        outages.length === 0
          ? 'No account stands still.'
          : `${countOf(outages.length, 'outage')} will be tried with the next message, within minutes where a worker runs.`,
      );
      return 0;
    }),
};

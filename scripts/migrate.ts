import type { Command } from './command.ts';
import { withStore } from './open.ts';

/** `gazette migrate`. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Bring the database to this version; every other command does it too.',
  examples: ['migrate'],
  run: (_args, context) =>
    withStore(context, async ({ applied, whereData }) => {
      context.print(applied.length === 0 ? `Nothing to do: ${whereData} is up to date.` : `Applied ${applied.join(', ')} to ${whereData}.`);
      return 0;
    }),
};

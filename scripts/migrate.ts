import { dumpSchema } from '../src/db/dump-schema.ts';
import type { Command } from './command.ts';
import { withStore } from './open.ts';
import { writeWholeFile } from './write-file.ts';

/** `gazette migrate`. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Bring the database to this version; every other command does it too.',
  options: { dump: { value: 'file', help: 'Also write the schema as it is now to this file.' } },
  examples: ['migrate', 'migrate --dump schema.sql'],
  run: (args, context) =>
    withStore(context, async ({ applied, whereData, database }) => {
      context.print(applied.length === 0 ? `Nothing to do: ${whereData} is up to date.` : `Applied ${applied.join(', ')} to ${whereData}.`);
      const path = args.text('dump');
      if (path !== undefined) {
        writeWholeFile(path, await dumpSchema(database));
        context.print(`Wrote the schema to ${path}.`);
      }
      return 0;
    }),
};

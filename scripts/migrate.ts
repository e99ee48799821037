import { noteDone } from './staff.ts';
import { dumpSchema } from '../src/db/dump-schema.ts';
import type { Run } from './command.ts';
import { withStore } from './open.ts';
import { writeWholeFile } from './write-file.ts';

/** What `gazette migrate` does. */
export const migrateCommand: Run = (args, context) =>
  withStore(context, async ({ applied, whereData, database }) => {
    context.print(applied.length === 0 ? `Nothing to do: ${whereData} is up to date.` : `Applied ${applied.join(', ')} to ${whereData}.`);
    await noteDone(context, database, { migration: applied });
    const path = args.text('dump');
    if (path !== undefined) {
      writeWholeFile(path, await dumpSchema(database));
      context.print(`Wrote the schema to ${path}.`);
    }
    return 0;
  });

import { describe, expect, test } from '@jest/globals';
import { commands } from '../../scripts/commands.ts';
import { loadedBy } from '../support/loaded-files.ts';
import { createInstallation } from './run-main.ts';

const names = commands.map(({ name }) => name);

// Counted in files and not in seconds, which a busy machine has no sure answer for: `npm run bench -- commands` measures those.
describe('what a command line loads', () => {
  test('is no package and nothing of the database for the version, the help, and a wrong word', async () => {
    const helps = names.map((name) => [...name.split(' '), '--help']);
    const lines = [['--version'], ['--help'], [], ['help', 'send'], ['editions', '--help'], ...helps];
    const wrong = [['sendd'], ['editions'], ['send', '--yess'], ['explain', '4']];
    const { exitCodes, files, packages } = await loadedBy([...lines, ...wrong]);
    expect(exitCodes).toEqual([...lines.map(() => 0), ...wrong.map(() => 2)]);
    expect(packages).toEqual([]);
    expect(files).toContain('scripts/commands.js');
    expect(files.filter((file) => /^src\/(app|db)\//.test(file))).toEqual([]);
  });

  test('for a listing is the database, the settings and the log, and nothing of mail, web, rendering and reading', async () => {
    const gazette = await createInstallation();
    try {
      await gazette.done('newsletters add weekly --name Weekly --sender news@example.org --postal-address "Street 1"');
      const listings = names.filter((name) => name.endsWith(' list')).map((name) => name.split(' '));
      const lines = listings.map((words) => (words[0] === 'rules' ? [...words, 'weekly'] : words));
      const { exitCodes, packages } = await loadedBy(lines, gazette.env);
      expect(exitCodes).toEqual(lines.map(() => 0));
      expect(packages).toContain('pg (src/db/db.js)');
      // What reckons with dates stays with the rules that do: it is small.
      expect(packages.filter((each) => !/^(pg|pino|zod|croner|luxon) /.test(each))).toEqual([]);
    } finally {
      await gazette.remove();
    }
  });
});

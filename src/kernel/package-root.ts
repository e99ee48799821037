import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, migrations/ and templates/, the same from the sources and from dist/. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The folder of mail templates, pages and languages. */
export const templatesFolder: string = join(packageRoot, 'templates');

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'migrations'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('Expected package.json and migrations/ above the program, found neither');
  return findRoot(parent);
}

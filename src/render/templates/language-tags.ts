import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The tags of the languages that have a file in templates/languages, in order. Reads names only. @throws what the file system says */
export function languageTags(templatesFolder: string): string[] {
  const names = readdirSync(join(templatesFolder, 'languages'));
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'))
    .sort();
}

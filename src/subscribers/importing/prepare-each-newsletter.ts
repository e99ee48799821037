import type { Database } from '../../db/db.ts';
import { chooseNewsletter } from '../../newsletters/choose-newsletter.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import { listSchedules } from '../../newsletters/schedule-store.ts';
import type { RefusedRow } from './import-person.ts';
import type { ImportRequest } from './import-request.ts';
import { prepareImport, type PreparedImport, type PrepareImportPorts } from './prepare-import.ts';
import { newsletterOf } from './read-people.ts';

/**
 * Prepares an import for each newsletter that it goes into, in the order in which they were made: the one that is named, the only one that there is, or of
 * an export of ours those of its rows. Suppressions are of none, and hold for all: of them the first newsletter keeps the record.
 * @throws as `prepareImport`; InvalidInputError where there are several newsletters and none is named
 */
export async function prepareImports(
  ports: PrepareImportPorts,
  request: Omit<ImportRequest, 'newsletter' | 'among'> & { readonly newsletter?: string | undefined },
): Promise<readonly [PreparedImport, ...PreparedImport[]]> {
  const { database } = ports;
  const target = request.newsletter === undefined ? await targetOf(database, request.open) : undefined;
  if (target === undefined || 'record' in target) {
    const newsletter = target?.record ?? (await chooseNewsletter(database, request.newsletter)).slug;
    return [await prepareImport(ports, { ...request, newsletter })];
  }
  // What is wrong with a row of no newsletter is told once.
  const told = new Set<number>();
  const onRefused = (row: RefusedRow): void => {
    if (told.has(row.line)) return;
    told.add(row.line);
    request.onRefused(row);
  };
  const { among } = target;
  const [first, ...others] = among;
  const prepared: [PreparedImport, ...PreparedImport[]] = [await prepareImport(ports, { ...request, newsletter: first, among, onRefused })];
  for (const newsletter of others) prepared.push(await prepareImport(ports, { ...request, newsletter, among, onRefused }));
  return prepared;
}

type ImportTarget = { readonly among: readonly [string, ...string[]] } | { readonly record: string };

/** Where, among several newsletters, an export of ours goes by what it says itself; undefined where it says nothing of that. */
async function targetOf(database: Database, opening: ImportRequest['open']): Promise<ImportTarget | undefined> {
  const open = (await listNewsletters(database)).filter(({ closedAt }) => closedAt === null);
  if (open.length < 2) return undefined;
  const file = await opening(undefined);
  if (file.form === 'gazette-suppressions') {
    for (const { id, slug } of open) if ((await listSchedules(database, id)).length > 0) return { record: slug };
  }
  if (file.form !== 'gazette') return undefined;
  const named = new Set<string | undefined>();
  for await (const row of file.rows()) named.add(newsletterOf(row));
  const [first, ...others] = open.map(({ slug }) => slug).filter((slug) => named.has(slug));
  return first === undefined ? undefined : { among: [first, ...others] };
}

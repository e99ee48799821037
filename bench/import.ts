import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase, type Database } from '../src/db/db.ts';
import { migrate } from '../src/db/migrate.ts';
import { openEmbedded } from '../src/db/server/embedded.ts';
import { silentLog } from '../src/kernel/log.ts';
import { templatesFolder } from '../src/kernel/package-root.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { createNoticeRenderer } from '../src/render/mails/render-notice.ts';
import { applyImport, type ApplyImportPorts } from '../src/subscribers/importing/apply-import.ts';
import { prepareImport, type PrepareImportPorts, type PreparedImport } from '../src/subscribers/importing/prepare-import.ts';
import { openImportFile } from '../src/subscribers/importing/reading/open-import-file.ts';
import { createKeyRing } from '../src/subscribers/tokens/token.ts';
import { printFigures, type Figure } from './support-figures.ts';
import { processorSeconds } from './support-processor.ts';

/*
 * What an import costs: a file of 100,000 rows with addresses, names and tags is looked at (what would happen), carried out, and looked at again. The
 * control is the bare storing of the same rows in the same tables, four `insert … select` without a question asked, in the same run. Beside the clock
 * stands the time of processors, which a busy machine changes less.
 */

/** Measures imports. `--quick` for a tenth of the size, `--json` one line per figure. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
  printFigures(await measureImport(values.quick === true ? 10_000 : 100_000), { json: values.json === true, digits: 2 });
}

/** Imports a file of so many people into a database of its own. */
export async function measureImport(count: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gazette-bench-'));
  const postgres = await openEmbedded({ dataFolder: folder, log: silentLog });
  const database = openDatabase(postgres.url);
  try {
    await migrate(database);
    const path = join(folder, 'people.csv');
    await writeFile(path, peopleOf(count));
    const ports: PrepareImportPorts & ApplyImportPorts = {
      database,
      addressKeySecret: Buffer.alloc(32, 'k'),
      clock: systemClock,
      enqueue: async () => {},
      tokenKeys: createKeyRing(['a token key of at least 32 characters']),
      publicUrl: 'https://example.org',
      notices: await createNoticeRenderer({ templatesFolder }),
    };
    const figures: Figure[] = [];
    const measure = measureInto(figures, database);
    await seed(database, 'control');
    await measure('control-insert', () => storeBare(database, count));
    await seed(database, 'news');
    await measure('import', async () => {
      const prepared = await measure('look', () => lookAt(ports, path));
      await measure('carry-out', () => applyImport(ports, prepared));
    });
    const again = await measure('second-run', () => lookAt(ports, path));
    if (again.plan.counts.already_active !== count) throw new Error(`Expected ${count} people, got ${again.plan.counts.already_active}`);
    figures.push({ figure: 'peak-memory', value: process.resourceUsage().maxRSS / 1024, unit: 'MB' });
    return figures;
  } finally {
    await database.close();
    await postgres.close();
    await rm(postgres.folder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

type Measure = <Result>(what: string, work: () => Promise<Result>) => Promise<Result>;

/** Notes what work takes: by the clock, and of processors in this process and in Postgres. */
function measureInto(figures: Figure[], database: Database): Measure {
  return async (what, work) => {
    const before = await processorSeconds(database);
    const startedAt = performance.now();
    const result = await work();
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await processorSeconds(database);
    figures.push(
      { figure: `${what}-seconds`, value: seconds, unit: 's' },
      { figure: `${what}-processor-own`, value: after.own - before.own, unit: 's' },
      { figure: `${what}-processor-postgres`, value: after.postgres - before.postgres, unit: 's' },
    );
    return result;
  };
}

function lookAt(ports: PrepareImportPorts, path: string): Promise<PreparedImport> {
  return prepareImport(ports, {
    newsletter: 'news',
    labels: {},
    columns: {},
    consent: 'sign-up form of our site',
    asks: false,
    startsNow: false,
    open: async () => openImportFile(path),
    onRefused: () => {},
  });
}

function peopleOf(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, index) => `reader.${index}@host${index % 97}.example.org,Reader ${index},"Editors,Visitors"`,
  );
  return `email,name,tags\n${rows.join('\n')}\n`;
}

async function seed(database: Database, slug: string): Promise<void> {
  await database.query(
    `with n as (insert into newsletter (slug, name, sender_name, sender_address, postal_address)
       values ($1, $1, 'News', 'news@example.org', 'Street 1') returning id)
     insert into schedule (newsletter_id, name, cron, time_zone) select id, 'weekly', '0 8 * * 5', 'UTC' from n`,
    [slug],
  );
}

/** The same rows, of people with other keys, by as few statements as there are tables. */
async function storeBare(database: Database, count: number): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(
      `insert into subscriber (address, address_key, name)
       select 'reader.' || n || '@control.example.org', encode(sha256(n::text::bytea), 'hex'), 'Reader ' || n from generate_series(1, $1::integer) as n`,
      [count],
    );
    await tx.query(
      `insert into subscription (subscriber_id, newsletter_id, schedule_id, state, activated_at, language)
       select p.id, c.newsletter_id, c.id, 'active', now(), 'en' from subscriber p, schedule c`,
    );
    await tx.query(
      `insert into consent_event (subscription_id, kind, at, source, details)
       select id, 'imported', now(), 'sign-up form of our site', '{"import": "1", "form": "other"}' from subscription`,
    );
    await tx.query(`insert into subscription_cursor (subscription_id, cursor, since) select id, 0, 0 from subscription`);
  });
}

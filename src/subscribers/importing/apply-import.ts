import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ConflictError } from '../../kernel/errors.ts';
import type { ConfirmationPorts } from '../joining/ask-for-confirmation.ts';
import { applyPeople, type ImportPlace } from './apply-people.ts';
import type { ImportCounts } from './import-request.ts';
import { endImport, findOpenImport, insertImport, recordImported, rememberImportMapping, withImportLock } from './import-run-store.ts';
import { askPace } from './ask-pace.ts';
import { addOutcomes, countsOf, type PreparedImport } from './prepare-import.ts';
import { takeAhead } from './read-people.ts';

/** What carrying out an import needs. */
export interface ApplyImportPorts extends ConfirmationPorts {
  readonly database: Database;
  readonly clock: Clock;
  /** Is told how many people of the file are done, in this run or before. */
  readonly onProgress?: (people: number) => void;
}

// A statement for a thousand costs little more than one for a hundred, and its locks last a few hundredths of a second.
const portionSize = 1_000;
// Each confirmation is written for one person: fewer, so that nobody waits long for a lock.
const askedPortionSize = 100;

/**
 * Carries out an import, a portion in a transaction, which also says how far it came: killed at any moment and started again it goes on there, and nobody
 * agrees twice. Gives what became of everybody, those of before a kill included.
 * @throws ConflictError where another process imports the same file, or what was chosen for people has been removed
 */
export async function applyImport(ports: ApplyImportPorts, prepared: PreparedImport): Promise<ImportCounts> {
  const { database } = ports;
  const done = await withImportLock(database, prepared.key, async () => {
    const run = (await findOpenImport(database, prepared.key)) ?? (await begin(ports, prepared));
    let counts = countsOf(run.counts);
    const size = prepared.settings.terms.asks ? askedPortionSize : portionSize;
    const pace = askPace({ total: prepared.plan.counts.asked, asked: counts.asked, startedAt: run.startedAt, now: ports.clock() });
    for await (const { people, uptoLine } of takeAhead(prepared.portions({ afterLine: run.afterLine, size }))) {
      counts = await database.transaction(async (tx) => {
        const { asked } = counts;
        const place: ImportPlace = { runId: run.id, now: ports.clock(), askAt: (index) => pace(asked + index) };
        const outcomes = await applyPeople(tx, ports, people, prepared.settings, place);
        const after = addOutcomes(counts, outcomes);
        await recordImported(tx, run.id, uptoLine, after);
        return after;
      });
      ports.onProgress?.(Object.values(counts).reduce((sum, count) => sum + count, 0));
    }
    await endImport(database, run.id, ports.clock());
    return counts;
  });
  if (!done) throw new ConflictError('Expected a file that nobody is importing, got one that another process is at');
  return done.result;
}

async function begin({ database, clock }: ApplyImportPorts, { key, settings, remember }: PreparedImport) {
  if (remember) await rememberImportMapping(database, remember.headerKey, remember.mapping, clock());
  return insertImport(database, key, { form: settings.form, as: settings.terms.as, now: clock() });
}

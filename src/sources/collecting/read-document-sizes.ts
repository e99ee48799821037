import type { Database } from '../../db/db.ts';
import type { Clock } from '../../kernel/clock.ts';
import { claimUnknownSizes, setDocumentSize } from '../../posts/document-size-store.ts';
import type { SourceReader } from '../../reading/source-reader.ts';

/** What measuring needs. */
export interface MeasurePorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly readLength: SourceReader['readLength'];
}

// What a minute asks: a digest is not kept waiting for a size, and a site with an archive of papers is not asked for all of them at once.
const documentsAtATime = 20;

/** Asks servers how long documents are of which no source says it, each once in its life. What they do not say stays unknown. */
export async function readDocumentSizes({ database, clock, readLength }: MeasurePorts): Promise<void> {
  const documents = await claimUnknownSizes(database, { limit: documentsAtATime, now: clock() });
  await Promise.all(
    documents.map(async ({ addressKey, url }) => {
      const reading = await readLength(url);
      if (reading.kind === 'answered' && reading.lengthBytes !== undefined)
        await setDocumentSize(database, addressKey, reading.lengthBytes);
    }),
  );
}

import type { Database } from '../../db/db.ts';
import { saidHashOf, titleKeyOf } from '../../content/said.ts';
import { listUnkeptWords, setSaidHashes } from './words-store.ts';

const perStep = 100;

/**
 * Keeps the words of what a source stated before they were kept, so that they are known when they come back under another id. Once for each source, in
 * steps; after a crash it goes on. Who stores what the source says now marks that it was done.
 */
export async function storeWordsOfBefore(
  database: Database,
  source: { readonly id: string; readonly firstReadAt: Date | null; readonly saidSince: Date | null },
): Promise<void> {
  if (source.firstReadAt === null || source.saidSince !== null) return;
  let after = '';
  for (;;) {
    const rows = await listUnkeptWords(database, source.id, after, perStep);
    if (rows.length === 0) break;
    await setSaidHashes(
      database,
      source.id,
      rows.map(({ entryId, ...content }) => ({ entryId, saidHash: saidHashOf(content), titleKey: titleKeyOf(content.title) })),
    );
    after = rows.at(-1)!.entryId;
  }
}

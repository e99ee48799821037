import type { Database } from '../../db/db.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { findRendition } from '../../ledger/drafts/rendition-store.ts';
import type { PreparedBody } from '../../mail/mime/prepared-body.ts';
import { prepareRendition } from './build-message.ts';

/** A stored rendition, ready to be filled. */
export interface PreparedRendition {
  readonly subject: string;
  readonly body: PreparedBody;
}

/** Renditions that messages are made of, each read and encoded once while it is in use. */
export interface RenditionCache {
  /** @throws NotFoundError */
  get(renditionId: string): Promise<PreparedRendition>;
}

interface Entry {
  readonly loading: Promise<PreparedRendition>;
  byteLength: number;
}

/** Some hundred digests: an edition to readers with many sets of topics sends all of its renditions again and again. */
const defaultMaxBytes = 24 * 1024 * 1024;

/** Creates an empty cache: those used last stay. What is stored of an approved edition never changes. */
export function createRenditionCache(database: Database, maxBytes = defaultMaxBytes): RenditionCache {
  const entries = new Map<string, Entry>();
  return {
    async get(renditionId) {
      const known = entries.get(renditionId) ?? { loading: load(database, renditionId), byteLength: 0 };
      entries.delete(renditionId);
      entries.set(renditionId, known);
      if (known.byteLength > 0) return known.loading;
      try {
        const prepared = await known.loading;
        known.byteLength = prepared.body.byteLength;
        dropOldest(entries, maxBytes);
        return prepared;
      } catch (error) {
        // The next message tries again.
        if (entries.get(renditionId) === known) entries.delete(renditionId);
        throw error;
      }
    },
  };
}

function dropOldest(entries: Map<string, Entry>, maxBytes: number): void {
  let total = [...entries.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  for (const [id, { byteLength }] of entries) {
    if (total <= maxBytes || entries.size === 1) return;
    entries.delete(id);
    total -= byteLength;
  }
}

async function load(database: Database, renditionId: string): Promise<PreparedRendition> {
  const rendition = await findRendition(database, renditionId);
  if (!rendition) throw new NotFoundError('Expected a rendition, found none', { details: { renditionId } });
  return { subject: rendition.subject, body: prepareRendition(rendition) };
}

import { SourceError } from '../reading/source-error.ts';
import type { SourceReader, SourceRequest } from '../reading/source-reader.ts';
import { prepareEntries } from './collecting/prepare-entries.ts';
import { lookAtAddress } from './look-at-address.ts';
import { publicFoundDocument, type PublicFinding } from './public-finding.ts';

/**
 * Looks once at an address that somebody names, and makes of each entry what a post of it would say, as collecting does. Stores nothing. A document
 * whose entries take more than one may is `unreadable`, as it would be for collecting.
 * @throws SourceError where it is a page that cannot be had a second time, to look for feeds on it; BusyError when the machine had no time for it
 */
export async function examineAddress(reader: SourceReader, request: SourceRequest): Promise<PublicFinding> {
  const finding = await lookAtAddress(reader, request);
  if (finding.kind !== 'readable') return finding;
  const { document, exchange } = finding;
  try {
    const prepared = await prepareEntries(reader, document.entries);
    return publicFoundDocument(
      document,
      exchange,
      prepared.map(({ content }) => content),
    );
  } catch (error) {
    if (error instanceof SourceError) return { kind: 'unreadable', code: error.code, reason: error.message };
    throw error;
  }
}

import { SourceError } from '../reading/source-error.ts';
import type { Entry } from '../reading/entry.ts';
import type { SourceReader, SourceRequest } from '../reading/source-reader.ts';
import { isWebUrl } from '../reading/source-url.ts';
import { identifyInThread, prepareEntries } from './collecting/prepare-entries.ts';
import { lookAtAddress } from './look-at-address.ts';
import { publicFoundDocument, type PublicFinding } from './public-finding.ts';
import { toldApart, type ExaminedEntry } from './public-told-apart.ts';

/**
 * Looks at an address that somebody names, and makes of each entry what a post of it would say and be, as collecting does; twice where it is on the
 * web, because what changes at each fetch shows only then. Stores nothing. A document whose entries take more than one may is `unreadable`, as it would
 * be for collecting.
 * @throws SourceError where it is a page that cannot be had a second time, to look for feeds on it; BusyError when the machine had no time for it
 */
export async function examineAddress(reader: SourceReader, request: SourceRequest): Promise<PublicFinding> {
  const finding = await lookAtAddress(reader, request);
  if (finding.kind !== 'readable') return finding;
  const { document, exchange } = finding;
  try {
    const examined = await examine(reader, document.entries);
    const site = { siteUrl: document.siteUrl, sourceUrl: exchange.finalUrl };
    const identified = await identifyInThread(reader, document.entries, site);
    const again = isWebUrl(request.url) ? await reader.read(request) : undefined;
    const second = again?.kind === 'read' ? await examine(reader, again.document.entries) : undefined;
    return publicFoundDocument(
      document,
      exchange,
      examined.map(({ prepared }) => prepared.content),
      toldApart(examined, identified, second),
    );
  } catch (error) {
    if (error instanceof SourceError) return { kind: 'unreadable', code: error.code, reason: error.message };
    throw error;
  }
}

async function examine(reader: SourceReader, entries: readonly Entry[]): Promise<ExaminedEntry[]> {
  const prepared = await prepareEntries(reader, entries);
  return entries.map((entry, index) => ({ entry, prepared: prepared[index]! }));
}

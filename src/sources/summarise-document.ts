import type { PreparedContent } from '../content/content-from-entry.ts';
import type { Entry, SourceDocument } from '../reading/entry.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import { prepareEntries } from './collecting/prepare-entries.ts';

/** What Gazette makes of a document, counted: for whoever wonders whether a source is worth adding. */
export interface DocumentSummary {
  readonly fullTextCount: number;
  readonly summaryCount: number;
  readonly untitledCount: number;
  readonly undatedCount: number;
  readonly protectedCount: number;
  readonly attachmentCount: number;
  readonly pictureCount: number;
  /** The most common first. */
  readonly categories: readonly { readonly name: string; readonly count: number }[];
  /** Each entry as a post of it would be, in the order of the document. */
  readonly posts: readonly SummarisedPost[];
}

/** A post as it would be stored, in short. */
export interface SummarisedPost {
  readonly title: string;
  readonly at: Date | undefined;
  readonly authors: readonly string[];
  readonly url: string | undefined;
  readonly attachments: readonly { readonly title: string; readonly url: string }[];
}

/**
 * Counts what a document holds, as posts would be made of it, in a thread of the reader.
 * @throws SourceError `timeout` or `too_large` for entries that take more than a document may; BusyError when the machine had no time for it
 */
export async function summariseDocument(reader: Pick<SourceReader, 'runInThread'>, { entries }: SourceDocument): Promise<DocumentSummary> {
  const count = (is: (entry: Entry) => boolean): number => entries.filter(is).length;
  const prepared = await prepareEntries(reader, entries);
  const posts = entries.map((entry, index) => summarise(entry, prepared[index]!));
  return {
    fullTextCount: count((entry) => entry.html !== ''),
    summaryCount: count((entry) => entry.summary !== undefined),
    untitledCount: count((entry) => entry.title === ''),
    undatedCount: count((entry) => !entry.publishedAt && !entry.updatedAt),
    protectedCount: count((entry) => entry.isProtected),
    attachmentCount: posts.reduce((sum, post) => sum + post.attachments.length, 0),
    pictureCount: prepared.filter(({ content }) => content.image !== null).length,
    categories: countCategories(entries),
    posts,
  };
}

function summarise(entry: Entry, { content }: PreparedContent): SummarisedPost {
  return {
    title: content.title,
    at: entry.publishedAt ?? entry.updatedAt,
    authors: entry.authors,
    url: entry.url,
    attachments: content.attachments.map(({ title, url }) => ({ title, url })),
  };
}

function countCategories(entries: readonly Entry[]): { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { categories } of entries) for (const { name } of categories) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

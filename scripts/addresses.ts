import { countOf } from '../src/kernel/count-of.ts';
import type { FeedCandidate } from '../src/reading/discover-feeds.ts';
import type { SourceDocument } from '../src/reading/entry.ts';
import type { Exchange, SourceReader } from '../src/reading/source-reader.ts';
import { summariseDocument, type DocumentSummary, type SummarisedPost } from '../src/sources/summarise-document.ts';
import type { AddressFinding } from '../src/sources/look-at-address.ts';

/** What was found at an address, in lines for people; the reader looks into a document as collecting would. */
export async function describeAddress(reader: SourceReader, finding: AddressFinding): Promise<string[]> {
  switch (finding.kind) {
    case 'readable':
      return describeDocument(finding, await summariseDocument(reader, finding.document));
    case 'page':
      return describeFeeds(finding.feeds);
    case 'unreadable':
      return [`Cannot be read (${finding.code}): ${finding.reason}`];
    case 'unavailable':
      return [describeSilence(finding.code, finding.reason)];
  }
}

/** The feeds that a page names, each as the command that adds it. */
export function describeFeeds(feeds: readonly FeedCandidate[]): string[] {
  return [
    'This is a page. It leads to these feeds; add the one you want:',
    ...feeds.map(({ url, kind, title }) =>
      `  gazette sources add ${url}${kind === 'wordpress' ? ' --wordpress' : ''}   ${title}`.trimEnd(),
    ),
  ];
}

function describeSilence(code: string, reason: string): string {
  switch (code) {
    case 'gone':
    case 'unchanged':
      return `${reason}.`;
    case 'busy':
      return `The server asks to come back later: ${reason}`;
    default:
      return `Cannot be read (${code}): ${reason}`;
  }
}

const shownPosts = 5;
const shownCategories = 10;

function describeDocument({ document, exchange }: Extract<AddressFinding, { kind: 'readable' }>, summary: DocumentSummary): string[] {
  const common = summary.categories.slice(0, shownCategories);
  const restCount = summary.posts.length - shownPosts;
  return [
    describeHead(document, exchange),
    ...(exchange.permanentUrl ? [`It has moved for good to ${exchange.permanentUrl}.`] : []),
    `Validators: ${describeValidators(exchange)}`,
    `Full text in ${summary.fullTextCount}, summary in ${summary.summaryCount}, no title in ${summary.untitledCount}, no date in ${summary.undatedCount}, protected ${summary.protectedCount}`,
    `Documents: ${summary.attachmentCount}; pictures: ${summary.pictureCount}`,
    ...(common.length > 0 ? [`Categories: ${common.map(({ name, count }) => `${name} (${count})`).join(', ')}`] : []),
    ...document.skipped.map((line) => `Skipped: ${line}`),
    ...summary.posts.slice(0, shownPosts).flatMap(describePost),
    ...(restCount > 0 ? ['', `… and ${restCount} more.`] : []),
  ];
}

function describeHead({ title, format, language, entries }: SourceDocument, { status, bodyBytes }: Exchange): string {
  const size = status > 0 && bodyBytes > 0 ? `, ${(bodyBytes / 1024).toFixed(0)} KB` : '';
  return `${title || 'Untitled'} (${format}${language ? `, ${language}` : ''}), ${countOf(entries.length, 'post')}${size}`;
}

function describeValidators({ etag, lastModified }: Exchange): string {
  const found = [etag && 'ETag', lastModified && 'Last-Modified'].filter(Boolean);
  return found.length > 0 ? found.join(' and ') : 'none; each read costs the whole document';
}

function describePost({ title, at, authors, url, attachments }: SummarisedPost): string[] {
  return [
    '',
    `- ${title || '(no title)'}`,
    `  ${[at?.toISOString(), authors.join(', '), url].filter(Boolean).join(' · ')}`,
    ...attachments.map((attachment) => `  document: ${attachment.title} (${attachment.url})`),
  ];
}

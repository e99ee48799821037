import { utcMoment } from '../src/kernel/text/utc-moment.ts';
import { countOf } from '../src/kernel/count-of.ts';
import type { FeedCandidate } from '../src/reading/discover-feeds.ts';
import type { PublicNamedEntry, PublicSecondReading, PublicToldApart } from '../src/sources/public-told-apart.ts';
import type { PublicFinding, PublicFoundDocument, PublicFoundPost } from '../src/sources/public-finding.ts';

/** What was found at an address, in lines for people. */
export function describeFinding(finding: PublicFinding): string[] {
  switch (finding.kind) {
    case 'readable':
      return describeDocument(finding);
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

function describeDocument(found: PublicFoundDocument): string[] {
  const { counts, posts, permanentUrl, skipped } = found;
  const common = found.categories.slice(0, shownCategories);
  const restCount = posts.length - shownPosts;
  return [
    describeHead(found),
    ...(permanentUrl === null ? [] : [`It has moved for good to ${permanentUrl}.`]),
    `Validators: ${found.validators.join(' and ') || 'none; each read costs the whole document'}`,
    `Full text in ${counts.fullText}, summary in ${counts.summary}, no title in ${counts.untitled}, no date in ${counts.undated}, protected ${counts.protected}`,
    `Documents: ${counts.documents}; pictures: ${counts.pictures}`,
    ...(common.length > 0
      ? [`Categories: ${common.map(({ name, count }) => `${name} (${count})`).join(', ')}${restOfCategories(found.categories.length)}`]
      : []),
    ...describeToldApart(found.toldApart),
    ...skipped.map((line) => `Skipped: ${line}`),
    ...posts.slice(0, shownPosts).flatMap(describePost),
    ...(restCount > 0 ? ['', `… and ${restCount} more.`] : []),
  ];
}

function restOfCategories(count: number): string {
  return count > shownCategories ? ` and ${count - shownCategories} more` : '';
}

const shownGroups = 10;

function describeToldApart({ byGuid, byLink, byWords, together, sharedPages, secondReading }: PublicToldApart): string[] {
  const ways = [
    [byGuid, 'by an id of its own'],
    [byLink, 'by the address of its page'],
    [byWords, 'by what it says'],
  ] as const;
  const told = ways.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`);
  return [
    ...(told.length > 0 ? [`Told apart: ${told.join(', ')}`] : []),
    ...together.slice(0, shownGroups).map((group) => `One post: ${group.map(nameOf).join(' = ')}`),
    ...(together.length > shownGroups ? [`… and ${together.length - shownGroups} more posts that are stated several times.`] : []),
    ...sharedPages.slice(0, shownGroups).map((page) => `Several entries lead to ${page}: the link recognises none of them.`),
    ...(sharedPages.length > shownGroups ? [`… and ${sharedPages.length - shownGroups} more pages that several entries lead to.`] : []),
    ...(secondReading === null ? [] : describeSecondReading(secondReading)),
  ];
}

function nameOf({ title, entryId }: PublicNamedEntry): string {
  return `"${title || '(no title)'}" <${entryId}>`;
}

function describeSecondReading({ renewedIds, otherLinks, otherDates }: PublicSecondReading): string[] {
  return [
    ...(renewedIds > 0
      ? [`Ids are made anew at each fetch (${renewedIds} of them at a second reading): posts will be recognised by what they say.`]
      : []),
    ...(otherLinks > 0
      ? [`Links change at each fetch (${otherLinks} of them at a second reading): that makes no new post, and no revision.`]
      : []),
    ...(otherDates > 0 ? [`Dates move at each fetch (${otherDates} of them at a second reading): they will count as none.`] : []),
  ];
}

function describeHead({ title, format, language, counts, status, bodyBytes }: PublicFoundDocument): string {
  const size = status !== null && bodyBytes > 0 ? `, ${(bodyBytes / 1024).toFixed(0)} KB` : '';
  return `${title || 'Untitled'} (${format}${language === null ? '' : `, ${language}`}), ${countOf(counts.posts, 'post')}${size}`;
}

function describePost({ title, publishedAt, updatedAt, authors, url, attachments }: PublicFoundPost): string[] {
  const at = publishedAt ?? updatedAt;
  return [
    '',
    `- ${title || '(no title)'}`,
    `  ${[at ? utcMoment(at) : '', authors.join(', '), url].filter(Boolean).join(' · ')}`,
    ...attachments.map((attachment) => `  document: ${attachment.title} (${attachment.url})`),
  ];
}

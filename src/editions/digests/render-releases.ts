import type { Queryable } from '../../db/db.ts';
import { InvalidInputError } from '../../kernel/errors.ts';
import { getEdition, listEditionPosts } from '../../ledger/drafts/edition-store.ts';
import { faultText, type Edition, type EditionPost } from '../../ledger/drafts/edition.ts';
import type { Position } from '../../ledger/position.ts';
import type { CarriedRelease } from '../../ledger/releases/release.ts';
import type { DigestGroup, RenderRendition } from '../../ledger/drafts/rendition.ts';
import { getNewsletterById } from '../../newsletters/newsletter-store.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { getScheduleById } from '../../newsletters/schedule-store.ts';
import type { Schedule } from '../../newsletters/schedule.ts';
import { loadPosts } from '../../posts/load-posts.ts';
import type { DigestModel, DigestRenderer, RenderedDigest } from '../../render/digest.ts';
import { checkGates, type Gate } from '../../render/digest/gates.ts';
import { buildDigestModel, type DigestFrame, type ShownRelease } from './digest-model.ts';
import { imageUrlsOf, type FindDeadImages } from './dead-images.ts';
import { findSiteUrl, listOrderedTopics, loadReleaseWords } from './edition-content-store.ts';
import { archiveUrl, editionPostsUrl, editionUrl, feedUrl } from '../../kernel/site-urls.ts';
import { loadPostingHabits } from '../../sources/repeats/repeat-store.ts';

/** What rendering needs. */
export interface RenderPorts {
  readonly database: Queryable;
  readonly renderer: DigestRenderer;
  /** Public origin of our web server, without a trailing slash. */
  readonly publicUrl: string;
  /** Undefined leaves every picture in. */
  readonly findDeadImages?: FindDeadImages | undefined;
}

/** An edition, or the plan of one that is not stored. */
export interface DigestSubject {
  readonly newsletter: Newsletter;
  readonly timeZone: string;
  readonly maximum: number;
  readonly editionDate: Date;
  /** Null for a plan: its links lead to the newsletter's archive. */
  readonly edition: Edition | null;
  readonly posts: readonly EditionPost[];
}

/** What would go now on a schedule, as digests need it. */
export function subjectOfPlan(newsletter: Newsletter, schedule: Schedule, now: Date): DigestSubject {
  return { newsletter, timeZone: schedule.timeZone, maximum: schedule.maximum, editionDate: now, edition: null, posts: [] };
}

/** A digest that was rendered and put to the gates. */
export interface CheckedDigest {
  readonly model: DigestModel;
  readonly rendered: RenderedDigest;
  /** The gates that it did not pass. */
  readonly failed: readonly Gate[];
}

/** Renders one digest of an edition or a plan, unless it is `stored` already, and asks its gates. Nothing is stored. */
export async function renderChecked(
  ports: RenderPorts,
  subject: DigestSubject,
  { releases, language }: Pick<DigestGroup, 'releases' | 'language'>,
  stored?: RenderedDigest,
): Promise<CheckedDigest> {
  const model = await loadDigestModel(ports, subject, releases, language);
  const rendered = stored ?? (await ports.renderer.render(model));
  const failed = checkGates(rendered, model).filter((gate) => !gate.ok);
  return { model, rendered, failed };
}

/** Renders the groups of stored editions as they are after a retraction: the port that the ledger's re-pointing calls. */
export function createGroupRenderer(ports: RenderPorts): RenderRendition {
  return async (group) => {
    const subject = await loadDigestSubject(ports.database, group.editionId);
    return ports.renderer.render(await loadDigestModel(ports, subject, group.releases, group.language));
  };
}

/**
 * The same for the ledger's freeze, which calls it once for each rendition that was not there at the approval: what goes has passed its gates.
 * @throws InvalidInputError saying which gate failed
 */
export function createCheckedGroupRenderer(ports: RenderPorts): RenderRendition {
  return async (group) => {
    const { rendered, failed } = await renderChecked(ports, await loadDigestSubject(ports.database, group.editionId), group);
    if (failed.length > 0) throw new InvalidInputError(failed.map(faultText).join(' '));
    return rendered;
  };
}

/** A stored edition with what its digests share. @throws NotFoundError */
export async function loadDigestSubject(db: Queryable, editionId: string): Promise<DigestSubject> {
  const edition = await getEdition(db, editionId);
  const schedule = await getScheduleById(db, edition.scheduleId);
  return {
    newsletter: await getNewsletterById(db, edition.newsletterId),
    timeZone: schedule.timeZone,
    maximum: edition.maximum,
    editionDate: edition.slotAt ?? edition.composedAt,
    edition,
    posts: await listEditionPosts(db, editionId),
  };
}

/** The model of one digest of an edition or a plan, with the pinned revisions. */
export async function loadDigestModel(
  ports: RenderPorts,
  subject: DigestSubject,
  releases: readonly CarriedRelease[],
  language: string,
): Promise<DigestModel> {
  const frame = await loadFrame(ports, subject, language);
  const model = { ...buildDigestModel(await loadShownReleases(ports.database, releases, subject.posts), frame), showsPreferences: true };
  const subjectId = subject.edition === null ? `plan of ${subject.newsletter.id}` : subject.edition.id;
  const deadImages = (await ports.findDeadImages?.(imageUrlsOf(model), subjectId)) ?? new Set<string>();
  return deadImages.size === 0 ? model : { ...model, deadImages: [...deadImages] };
}

async function loadFrame(ports: RenderPorts, subject: DigestSubject, language: string): Promise<DigestFrame> {
  const { newsletter, edition } = subject;
  const page = edition ? editionUrl(ports.publicUrl, newsletter.slug, edition.id) : archiveUrl(ports.publicUrl, newsletter.slug);
  return {
    newsletter,
    language,
    editionDate: subject.editionDate,
    timeZone: subject.timeZone,
    maximum: subject.maximum,
    subject: edition?.subject ?? null,
    preheader: edition?.preheader ?? null,
    note: edition?.note ?? null,
    topics: await listOrderedTopics(ports.database, newsletter.id),
    archiveUrl: page,
    restUrl: edition ? editionPostsUrl(ports.publicUrl, newsletter.slug, edition.id) : page,
    feedUrl: feedUrl(ports.publicUrl, newsletter.slug),
    siteUrl: await findSiteUrl(ports.database, newsletter.id),
  };
}

async function loadShownReleases(
  db: Queryable,
  releases: readonly CarriedRelease[],
  posts: readonly EditionPost[],
): Promise<ShownRelease[]> {
  const contents = await loadPosts(
    db,
    releases.map(({ postId, revision }) => ({ postId, revision })),
  );
  const words = await loadReleaseWords(
    db,
    releases.map((release) => release.position),
  );
  const habits = await loadPostingHabits(
    db,
    releases.map((release) => release.postId),
  );
  const pinned = new Map<Position, EditionPost>(posts.map((post) => [post.position, post]));
  return releases.map((release) => {
    const content = contents.get(`${release.postId}:${release.revision}`);
    if (!content) throw new Error(`Expected revision ${release.revision} of post ${release.postId} to be stored, found none`);
    const pin = pinned.get(release.position);
    const word = words.get(release.position);
    const habit = habits.get(release.postId);
    return {
      ...release,
      content,
      releasedAt: word?.releasedAt ?? new Date(0),
      // What an older delivery brings along is not pinned here; its topics are those of now.
      topics: pin?.topics ?? content.topics.map((topic) => topic.id),
      rank: pin?.rank ?? null,
      isPinnedFirst: pin?.isPinnedFirst ?? false,
      note: word?.note ?? null,
      ...(habit ? { habits: habit } : {}),
    };
  });
}

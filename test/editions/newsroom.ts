/*
 * A newsroom for tests: one database, the real templates, a clock that the test sets, and newsletters made by the use cases themselves.
 * Posts are stored as a source would leave them; from their release on everything goes the way that production goes.
 */
import { randomBytes } from 'node:crypto';
import { templatesFolder } from '../../src/kernel/package-root.ts';
import type { Database } from '../../src/db/db.ts';
import type { TickPorts } from '../../src/jobs/run-tick.ts';
import type { EditionPorts } from '../../src/editions/edition-ports.ts';
import { createGoneTeller } from '../../src/editions/decide/tell-gone.ts';
import { createHoldTeller } from '../../src/editions/decide/tell-hold.ts';
import { createOutageTeller } from '../../src/editions/decide/tell-outage.ts';
import { createStaffNotifier, type NotifyPorts } from '../../src/editions/decide/notify-staff.ts';
import { freezeApproved, type Frozen } from '../../src/editions/freeze-approved.ts';
import type { Job } from '../../src/kernel/job.ts';
import type { Log } from '../../src/kernel/log.ts';
import { activateSubscription } from '../../src/ledger/change-subscription.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { parsePositions, type Position } from '../../src/ledger/position.ts';
import { releasePosts } from '../../src/ledger/releases/release-posts.ts';
import { insertNewsletter } from '../../src/newsletters/newsletter-store.ts';
import type { Newsletter } from '../../src/newsletters/newsletter.ts';
import { insertSchedule } from '../../src/newsletters/schedule-store.ts';
import type { Schedule } from '../../src/newsletters/schedule.ts';
import type { DigestRenderer } from '../../src/render/digest.ts';
import { createDigestRenderer } from '../../src/render/digest/render-digest.ts';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { createKeyRing, readToken } from '../../src/subscribers/tokens/token.ts';
import { createTestDatabase } from '../support/database.ts';

/** The slot that most tests run: a Friday at eight. */
export const friday = new Date('2026-03-06T08:00:00Z');
const hourMs = 3_600_000;

export const later = (at: Date, hours: number): Date => new Date(at.getTime() + hours * hourMs);

const tokenKeys = createKeyRing(['k'.repeat(40)]);

export interface Newsroom {
  readonly database: Database;
  readonly url: string;
  readonly renderer: DigestRenderer;
  readonly ports: EditionPorts & Pick<TickPorts, 'slotClock'>;
  readonly notifyPorts: NotifyPorts;
  /** Everything that was queued since it was last emptied. */
  readonly jobs: Job[];
  /** Events that were logged as warnings or errors. */
  readonly warnings: string[];
  setNow(at: Date): void;
  close(): Promise<void>;
}

export async function openNewsroom(): Promise<Newsroom> {
  const { database, url, drop } = await createTestDatabase();
  const [renderer, notices] = await Promise.all([createDigestRenderer({ templatesFolder }), createNoticeRenderer({ templatesFolder })]);
  const jobs: Job[] = [];
  const warnings: string[] = [];
  let now = friday;
  const log: Log = { error: (event) => warnings.push(event), warn: (event) => warnings.push(event), info: () => {}, debug: () => {} };
  const enqueue = async (_tx: unknown, job: Job): Promise<void> => void jobs.push(job);
  const clock = (): Date => now;
  const publicUrl = 'https://news.example.org';
  const notifyPorts: NotifyPorts = { database, enqueue, clock, log, notices, links: { publicUrl, tokenKeys }, staffAddress: undefined };
  const ports: Newsroom['ports'] = {
    database,
    renderer,
    publicUrl,
    enqueue,
    clock,
    slotClock: clock,
    log,
    catchUpHours: 6,
    notifyStaff: createStaffNotifier(notifyPorts),
    tellOutage: createOutageTeller(notifyPorts),
    tellHold: createHoldTeller(notifyPorts),
    tellGone: createGoneTeller(notifyPorts),
  };
  return { database, url, renderer, ports, notifyPorts, jobs, warnings, setNow: (at) => void (now = at), close: drop };
}

/** The same newsroom over a pool of its own, as a second process has it. */
export function onPool(room: Newsroom, database: Database): EditionPorts {
  return {
    ...room.ports,
    database,
    notifyStaff: createStaffNotifier({ ...room.notifyPorts, database }),
    tellOutage: createOutageTeller({ ...room.notifyPorts, database }),
    tellHold: createHoldTeller({ ...room.notifyPorts, database }),
  };
}

export interface TestPaper {
  readonly newsletter: Newsletter;
  readonly schedule: Schedule;
  readonly sourceId: string;
}

/** A newsletter with one source and one schedule: Fridays at eight, sent by itself, unless told otherwise. */
export async function foundPaper(room: Newsroom, rules: Partial<Schedule> = {}, settings: Partial<Newsletter> = {}): Promise<TestPaper> {
  const slug = `n${randomBytes(6).toString('hex')}`;
  const newsletter = await insertNewsletter(room.database, {
    slug,
    name: 'The Letter',
    senderName: 'The Letter',
    senderAddress: 'letter@example.org',
    replyTo: null,
    postalAddress: '12 Mill Lane, Bristol BS1 4QA, UK',
    language: 'en',
    colour: '#1f5f8b',
    logoUrl: null,
    intro: null,
    privacyUrl: null,
    welcome: null,
    thanksHosts: [],
    account: null,
    template: 'digest',
    sections: {},
    staffAddress: 'staff@example.org',
    isSample: false,
    ...settings,
  });
  const { rows } = await room.database.query<{ id: string }>(
    `insert into source (url) values ('https://example.org/' || $1) returning id`,
    [slug],
  );
  const sourceId = rows[0]!.id;
  await room.database.query(`insert into newsletter_source (newsletter_id, source_id) values ($1, $2)`, [newsletter.id, sourceId]);
  return { newsletter, schedule: await addSchedule(room, newsletter, rules), sourceId };
}

export async function addSchedule(room: Newsroom, newsletter: Newsletter, rules: Partial<Schedule> = {}): Promise<Schedule> {
  const schedule = {
    newsletterId: newsletter.id,
    name: 'weekly',
    cron: '0 8 * * 5',
    timeZone: 'UTC',
    minimum: 1,
    maximum: 12,
    maxWaitHours: null,
    approval: 'auto' as const,
    deadlineHours: null,
    deadlinePolicy: null,
    ...rules,
  };
  return insertSchedule(room.database, schedule, new Date('2026-01-01T00:00:00Z'));
}

export async function addTopic(room: Newsroom, name: string, ordinal = 0): Promise<string> {
  const { rows } = await room.database.query<{ id: string }>(`insert into topic (slug, name, ordinal) values ($1, $2, $3) returning id`, [
    `${name.toLowerCase().replaceAll(/\W+/g, '-')}-${randomBytes(4).toString('hex')}`,
    name,
    ordinal,
  ]);
  return rows[0]!.id;
}

export interface TestPost {
  readonly title?: string;
  readonly html?: string;
  readonly url?: string;
  readonly topics?: readonly string[];
  readonly state?: 'known' | 'held';
  readonly reason?: string;
}

/** Stores a post of the newsletter's source without releasing it. */
export async function storePost(room: Newsroom, paper: TestPaper, post: TestPost = {}): Promise<string> {
  const name = randomBytes(6).toString('hex');
  const { rows } = await room.database.query<{ id: string }>(
    `with p as (
       insert into post (tag_id, state, reason, published_at) values ('tag:example.org,2026:' || $1, $2, $3, $4) returning id),
     r as (
       insert into post_revision (post_id, revision, content_hash, title, url, html, summary)
       select id, 1, $1, $5, $6, $7, 'In a few words.' from p),
     s as (insert into post_source (source_id, entry_id, post_id, content_hash) select $8, $1, id, $1 from p),
     t as (insert into post_topic (post_id, topic_id) select p.id, unnest($9::bigint[]) from p)
     select id from p`,
    [
      name,
      post.state ?? 'held',
      post.reason ?? null,
      room.ports.clock(),
      post.title ?? `Post ${name}`,
      post.url ?? `https://example.org/posts/${name}`,
      post.html ?? '<p>Words about schools, in a sentence.</p>',
      paper.sourceId,
      post.topics ?? [],
    ],
  );
  return rows[0]!.id;
}

export interface ReleasedPost {
  readonly postId: string;
  readonly position: Position;
}

export async function releasePost(room: Newsroom, paper: TestPaper, post: TestPost = {}): Promise<ReleasedPost> {
  const postId = await storePost(room, paper, post);
  const positions = await room.database.transaction((tx) => releasePosts(tx, [{ postId, revision: 1 }], room.ports.clock()));
  return { postId, position: positions.get(postId)! };
}

export interface TestReader {
  readonly topics?: readonly string[] | null;
  readonly scheduleId?: string;
  readonly language?: string;
}

/** A reader who is active from now on; returns the subscription's id. */
export async function addReader(room: Newsroom, paper: TestPaper, reader: TestReader = {}): Promise<string> {
  return room.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `with p as (insert into subscriber (address, address_key) values ($1, md5($1)) returning id)
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, topics, language)
       select id, $2, $3, 'pending', $4, $5 from p returning id`,
      [
        `${randomBytes(6).toString('hex')}@example.org`,
        paper.newsletter.id,
        reader.scheduleId ?? paper.schedule.id,
        reader.topics ?? null,
        reader.language ?? 'en',
      ],
    );
    await activateSubscription(tx, rows[0]!.id, room.ports.clock());
    return rows[0]!.id;
  });
}

export async function freeze(room: Newsroom, editionId: string): Promise<Frozen> {
  return freezeApproved(room.ports, editionId);
}

/** What stands in each delivery of an edition, by subscription. */
export async function carried(room: Newsroom, editionId: string): Promise<Map<string, Position[]>> {
  const { rows } = await room.database.query<{ subscriptionId: string; positions: string }>(
    `select d.subscription_id as "subscriptionId", r.positions::text as positions
     from delivery d join rendition r on r.id = d.rendition_id where d.edition_id = $1`,
    [editionId],
  );
  return new Map(rows.map((row) => [row.subscriptionId, parsePositions(row.positions)]));
}

/** As if every message of an edition had been taken by its server. */
export async function acceptAll(room: Newsroom, editionId: string): Promise<void> {
  await room.database.query(`update delivery set state = 'accepted', ended_at = $2 where edition_id = $1 and state = 'queued'`, [
    editionId,
    room.ports.clock(),
  ]);
  await room.database.query(`update edition set state = 'done', ended_at = $2 where id = $1 and state = 'sending'`, [
    editionId,
    room.ports.clock(),
  ]);
}

export const stateOf = async (room: Newsroom, editionId: string): Promise<string> => (await getEdition(room.database, editionId)).state;

export interface StoredNotice {
  readonly id: string;
  readonly kind: string;
  readonly to: string;
  readonly outlet: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export async function noticesOf(room: Newsroom, paper: TestPaper): Promise<StoredNotice[]> {
  const { rows } = await room.database.query<StoredNotice>(
    `select id, kind, recipient_address as "to", outlet, subject, plain as text, html from notice where newsletter_id = $1 order by id`,
    [paper.newsletter.id],
  );
  return rows;
}

/** The id of the link that a staff mail holds for this action; undefined where it has none. */
export function linkIn(notice: StoredNotice, action: 'approve' | 'skip', at: Date = friday): string | undefined {
  for (const [, token] of notice.text.matchAll(/\/decide\/([\w-]+)/g)) {
    const reading = readToken(tokenKeys, token!, action, at);
    if (reading.kind === 'valid') return reading.subjectId;
  }
  return undefined;
}

export async function countRows(room: Newsroom, sql: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await room.database.query<{ count: string }>(`select count(*) ${sql}`, values);
  return Number(rows[0]!.count);
}

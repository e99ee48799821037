import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { collectSource } from '../../src/sources/collecting/collect-source.ts';
import type { CollectPorts, CollectReport } from '../../src/sources/collecting/collect-source.ts';
import { createTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';
import { addTestSource, collectPorts, startFeedSite, testClock, testReader } from './feed-site.ts';
import type { FeedSite, TestClock, TestItem } from './feed-site.ts';

/** A post as a test looks at it. */
export interface RoomPost {
  readonly id: string;
  readonly state: string;
  readonly revision: number;
  readonly title: string;
  readonly publishedAt: Date | null;
}

/** A database, a site and a clock for the tests of one file; each test has a path, a host and a clock of its own. */
export interface PollRoom {
  readonly stored: TestDatabase;
  readonly site: FeedSite;
  readonly time: TestClock;
  readonly ports: CollectPorts;
  readonly path: string;
  readonly host: string;
  /** Adds a source; returns its id. */
  add(ofPath?: string, first?: string): Promise<string>;
  /** One poll, an hour later, of what the source shows now. */
  poll(source: string, items: readonly TestItem[], ofPath?: string): Promise<CollectReport>;
  /** The posts of a source, in the order in which they were stored. */
  posts(source: string): Promise<RoomPost[]>;
  /** An edition that was approved carries what was released so far. */
  mail(): Promise<void>;
}

/** Opens a room for the tests of a file, and closes it behind them. */
export function openPollRoom(start = '2026-11-28T08:00:00Z'): PollRoom {
  let count = 0;
  let time = testClock(start);
  const opened = {} as { stored: TestDatabase; site: FeedSite; ports: CollectPorts; readerOf: CollectPorts['reader'] };
  beforeAll(async () => {
    opened.stored = await createTestDatabase();
    opened.site = await startFeedSite();
    opened.readerOf = testReader(() => time.clock());
  });
  afterAll(async () => {
    await opened.readerOf.close();
    await opened.site.close();
    await opened.stored.drop();
  });
  beforeEach(() => {
    count += 1;
    time = testClock(start);
    opened.ports = collectPorts(opened.stored.database, opened.readerOf, time.clock);
  });
  const room: PollRoom = {
    get stored() {
      return opened.stored;
    },
    get site() {
      return opened.site;
    },
    get time() {
      return time;
    },
    get ports() {
      return opened.ports;
    },
    get path() {
      return `/site-${count}`;
    },
    get host() {
      return `https://t${count}.example`;
    },
    add: async (ofPath = room.path, first = 'known') =>
      (await addTestSource(opened.stored.database, opened.site.url + ofPath, { firstRead: first })).id,
    poll: async (source, items, ofPath = room.path) => {
      opened.site.setFeed(ofPath, items);
      time.advanceHours(1);
      return collectSource(opened.ports, source, { force: true });
    },
    posts: (source) => postsOf(opened.stored, source),
    mail: () => mailReleased(opened.stored, String(count)),
  };
  return room;
}

async function postsOf({ database }: TestDatabase, source: string): Promise<RoomPost[]> {
  const { rows } = await database.query<RoomPost>(
    `select distinct p.id, p.state, p.revision, r.title, p.published_at as "publishedAt"
     from post p join post_revision r on r.post_id = p.id and r.revision = p.revision join post_source s on s.post_id = p.id
     where s.source_id = $1 order by p.id`,
    [source],
  );
  return rows;
}

async function mailReleased({ database }: TestDatabase, name: string): Promise<void> {
  await database.query(
    `with made as (insert into newsletter (slug, name, sender_name, sender_address, postal_address)
       values ('n' || $1, 'N', 'N', 'n@example.org', 'Street 1') on conflict (slug) do update set name = 'N' returning id),
     planned as (insert into schedule (newsletter_id, name, cron, time_zone)
       select id, 's' || (select count(*) from schedule), '0 9 * * 5', 'UTC' from made returning id, newsletter_id),
     sent as (insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum, approved_at)
       select newsletter_id, id, 'done', 1000, 0, 1, 12, now() from planned returning id)
     insert into edition_post (edition_id, position, post_id, kind, revision, topics)
     select sent.id, r.position, r.post_id, r.kind, r.revision, '{}' from sent, release r`,
    [name],
  );
}

/** A paragraph of some twenty words about something. */
export const longText = (about: string): string =>
  `<p>The ${about} meet in the library at seven. Everybody may listen; questions are taken at the end. Minutes follow within a week on this page.</p>`;

/** An hour of a day of November 2026. */
export const november = (number: number, hour = 10): string => new Date(Date.UTC(2026, 10, number, hour)).toISOString();

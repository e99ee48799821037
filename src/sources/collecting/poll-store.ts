import type { Queryable, Tx } from '../../db/db.ts';
import type { SourceHabits } from '../../posts/identity/id-habit.ts';
import { ConflictError } from '../../kernel/errors.ts';
import type { SourceDocument } from '../../reading/entry.ts';
import type { Source, SourceState } from '../source.ts';
import { sourceColumns } from '../source-store.ts';

/** A source that this process reads at present. */
export interface ClaimedSource extends Source {
  /** What `finishPoll` proves the claim with: no other claim on this source has the same. */
  readonly pollRun: number;
}

/** How to claim: `force` also what is not due, is paused or gone. */
interface ClaimOptions {
  readonly now: Date;
  readonly force: boolean;
  readonly claimMs: number;
}

/** Claims a source for reading, if it is active, nobody else reads it and (without `force`) it is due. */
export async function claimSource(db: Queryable, id: string, options: ClaimOptions): Promise<ClaimedSource | undefined> {
  const { rows } = await db.query<ClaimedSource>(
    `update source set polling_until = now() + make_interval(secs => $4::float8 / 1000), poll_run = poll_run + 1
     where id = $1 and (polling_until is null or polling_until < now())
       and (($3 and state in ('active', 'paused', 'gone')) or (state = 'active' and next_poll_at <= $2))
     returning ${sourceColumns}, poll_run as "pollRun"`,
    [id, options.now, options.force, options.claimMs],
  );
  return rows[0];
}

/** Keeps a claim for another `claimMs`, because its source is still being read. One that ran out stays ours as long as nobody else took it. */
export async function renewSourceClaim(
  db: Queryable,
  { id, pollRun }: Pick<ClaimedSource, 'id' | 'pollRun'>,
  claimMs: number,
): Promise<void> {
  await db.query(
    `update source set polling_until = now() + make_interval(secs => $3::float8 / 1000)
     where id = $1 and poll_run = $2 and polling_until is not null`,
    [id, pollRun, claimMs],
  );
}

/** Gives a claimed source free without anything learned: the reader itself failed. */
export async function releaseSourceClaim(db: Queryable, { id, pollRun }: Pick<ClaimedSource, 'id' | 'pollRun'>): Promise<void> {
  await db.query(`update source set polling_until = null where id = $1 and poll_run = $2`, [id, pollRun]);
}

/** When the claim that somebody has on a source runs out, unless they renew it; undefined where nobody has one. */
export async function findClaimEnd(db: Queryable, id: string): Promise<Date | undefined> {
  const { rows } = await db.query<{ until: Date }>(`select polling_until as until from source where id = $1 and polling_until >= now()`, [
    id,
  ]);
  return rows[0]?.until;
}

/** Takes away whatever claim a dead process left on a source. Only for somebody who knows that no other process reads it. */
export async function freeSource(db: Queryable, id: string): Promise<void> {
  await db.query(`update source set polling_until = null where id = $1`, [id]);
}

/** What a poll leaves in its source; undefined keeps what is there. */
export interface PollResult {
  readonly outcome: string;
  readonly reason: string | null;
  readonly now: Date;
  readonly nextPollAt: Date;
  readonly failureCount: number;
  readonly isUnderstood: boolean;
  /** The REST API of WordPress answered, and not the feed that stands in for it. */
  readonly isApi: boolean;
  readonly state?: SourceState;
  readonly url: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly bodyHash: string | null;
  readonly pollHints?: SourceDocument['pollHints'] | undefined;
  readonly permanentUrl: string | null;
  readonly permanentSeenCount: number;
  readonly title?: string | undefined;
  readonly siteUrl?: string | undefined;
  readonly language?: string | undefined;
}

/** Ends a poll and gives the source free. @throws ConflictError when the claim has run out and another process took the source. */
export async function finishPoll(db: Queryable, source: ClaimedSource, result: PollResult): Promise<void> {
  const { rowCount } = await db.query(
    `update source set polling_until = null, last_outcome = $3, last_reason = $4, last_polled_at = $5, next_poll_at = $6, failure_count = $7,
       last_read_at = case when $8 then $5 else last_read_at end,
       first_read_at = case when $9 then coalesce(first_read_at, $5) else first_read_at end,
       state = case when state = 'active' or $10 = 'active' then coalesce($10, state) else state end,
       url = $11, etag = $12, last_modified = $13, body_hash = $14, permanent_url = $15, permanent_seen_count = $16,
       title = coalesce($17, title), site_url = coalesce($18, site_url), language = coalesce($19, language),
       poll_hints = coalesce($20, poll_hints), api_read_at = case when $21 then $5 else api_read_at end
     where id = $1 and poll_run = $2 and polling_until is not null`,
    [
      source.id,
      source.pollRun,
      result.outcome,
      result.reason,
      result.now,
      result.nextPollAt,
      result.failureCount,
      result.isUnderstood,
      result.outcome === 'read',
      result.state ?? null,
      result.url,
      result.etag,
      result.lastModified,
      result.bodyHash,
      result.permanentUrl,
      result.permanentSeenCount,
      result.title ?? null,
      result.siteUrl ?? null,
      result.language ?? null,
      result.pollHints ?? null,
      result.isApi,
    ],
  );
  if (rowCount === 0)
    throw new ConflictError('Expected to hold the claim on the source still, it has run out', { details: { sourceId: source.id } });
}

/** The released posts that a source states. */
export async function listReleasedOfSource(db: Queryable, sourceId: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct p.id from post_source s join post p on p.id = s.post_id where s.source_id = $1 and p.state = 'released'`,
    [sourceId],
  );
  return rows.map((row) => row.id);
}

/** Whether another source has this address. */
export async function isUrlTaken(db: Queryable, url: string, exceptId: string): Promise<boolean> {
  const { rows } = await db.query(`select from source where url = $1 and id <> $2`, [url, exceptId]);
  return rows.length > 0;
}

/** Keeps what was learned of the ids and dates of a source. */
export async function setHabits(tx: Tx, id: string, habits: SourceHabits): Promise<void> {
  await tx.query(
    `update source set ids_kept_count = $2, ids_renewed_at = $3, dates_moved_count = $4, dates_kept_count = $5 where id = $1`,
    [id, habits.idsKeptCount, habits.idsRenewedAt, habits.datesMovedCount, habits.datesKeptCount],
  );
}

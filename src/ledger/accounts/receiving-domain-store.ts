import type { Queryable } from '../../db/db.ts';
import type { PublicHeldDomain } from './public-held-domain.ts';
import type { DomainTrouble, ReceivingStanding } from './receiving-standing.ts';

/** A row as it was read; `version` null: there is none yet. */
export interface ReadStanding {
  readonly group: string;
  readonly version: string | null;
  readonly standing: ReceivingStanding;
}

interface StandingRow {
  group: string;
  version: string;
  trouble: DomainTrouble | null;
  reply: string;
  beganAt: number;
  refusedAt: number;
  heldUntil: number;
  tryCount: number;
  nextAt: number;
  learnedPerSecond: number | null;
  learnedAt: number;
  answeredAt: number;
}

const msSql = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** The domains of an account that stand still or have learned a rate, and those that are named, with the database's time. Takes no lock. */
export async function readReceivingDomains(
  db: Queryable,
  account: string,
  groups: readonly string[],
): Promise<{ readonly now: number; readonly read: ReadStanding[] }> {
  const { rows } = await db.query<{ now: number } & StandingRow>(
    `select ${msSql('clock_timestamp()')} as now, r.domain_group as "group", r.version, r.trouble, r.reply, ${msSql('r.began_at')} as "beganAt",
       ${msSql('r.refused_at')} as "refusedAt", ${msSql('r.held_until')} as "heldUntil", r.try_count as "tryCount", ${msSql('r.next_at')} as "nextAt",
       r.learned_per_second as "learnedPerSecond", ${msSql('r.learned_at')} as "learnedAt", ${msSql('r.answered_at')} as "answeredAt"
     from (select $1::text as account) as asked left join receiving_domain r on r.account = asked.account
       and (r.domain_group = any($2::text[]) or r.held_until is not null or r.learned_per_second is not null)`,
    [account, groups],
  );
  const { now } = rows[0]!;
  return { now, read: rows.filter(({ version }) => version !== null).map(fromRow) };
}

function fromRow({ group, version, trouble, reply, beganAt, refusedAt, heldUntil, tryCount, ...row }: StandingRow): ReadStanding {
  const { nextAt, learnedPerSecond, learnedAt, answeredAt } = row;
  const hold = trouble === null ? null : { trouble, reply, beganAt, refusedAt, until: heldUntil, tryCount };
  return { group, version, standing: { hold, rate: { nextAt, learnedPerSecond, learnedAt, answeredAt } } };
}

/** Writes what was made of rows over them, in one statement and in one order; returns the groups of which nobody else was faster. */
export async function writeReceivingDomains(db: Queryable, account: string, changed: readonly ReadStanding[]): Promise<string[]> {
  const ordered = changed.toSorted((one, other) => (one.group < other.group ? -1 : 1));
  const [holds, rates] = [ordered.map(({ standing }) => standing.hold), ordered.map(({ standing }) => standing.rate)];
  const { rows } = await db.query<{ group: string }>(
    `insert into receiving_domain as r (account, domain_group, version, trouble, reply, began_at, refused_at, held_until, try_count,
       next_at, learned_per_second, learned_at, answered_at)
     select $1, g.domain_group, coalesce(g.version, 0) + 1, g.trouble, g.reply, to_timestamp(g.began_at / 1000), to_timestamp(g.refused_at / 1000),
       to_timestamp(g.held_until / 1000), g.try_count, to_timestamp(g.next_at / 1000), g.per_second, to_timestamp(g.learned_at / 1000), to_timestamp(g.answered_at / 1000)
     from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::float8[], $9::integer[], $10::float8[], $11::float8[], $12::float8[], $13::float8[])
       as g (domain_group, version, trouble, reply, began_at, refused_at, held_until, try_count, next_at, per_second, learned_at, answered_at)
     order by g.domain_group
     on conflict on constraint receiving_domain_pkey do update set
       version = excluded.version, trouble = excluded.trouble, reply = excluded.reply, began_at = excluded.began_at, refused_at = excluded.refused_at,
       held_until = excluded.held_until, try_count = excluded.try_count, next_at = excluded.next_at, learned_per_second = excluded.learned_per_second,
       learned_at = excluded.learned_at, answered_at = excluded.answered_at
     where r.version = excluded.version - 1
     returning r.domain_group as "group"`,
    [
      account,
      ordered.map(({ group }) => group),
      ordered.map(({ version }) => version),
      holds.map((hold) => hold?.trouble ?? null),
      holds.map((hold) => hold?.reply ?? null),
      holds.map((hold) => hold?.beganAt ?? null),
      holds.map((hold) => hold?.refusedAt ?? null),
      holds.map((hold) => hold?.until ?? null),
      holds.map((hold) => hold?.tryCount ?? 0),
      rates.map(({ nextAt }) => nextAt),
      rates.map(({ learnedPerSecond }) => learnedPerSecond),
      rates.map(({ learnedAt }) => learnedAt),
      rates.map(({ answeredAt }) => answeredAt),
    ],
  );
  return rows.map(({ group }) => group);
}

/** The domains that stand still, those that do so longest first. */
export async function listHeldDomains(db: Queryable): Promise<PublicHeldDomain[]> {
  const { rows } = await db.query<PublicHeldDomain>(
    `select account, domain_group as domain, trouble, reply, began_at as "beganAt", held_until as "heldUntil", try_count as "tryCount"
     from receiving_domain where held_until is not null order by began_at, account, domain_group`,
  );
  return rows;
}

/** Those that stand still are tried with the next message. */
export async function tryDomainsNow(db: Queryable): Promise<void> {
  await db.query(`update receiving_domain set held_until = now(), version = version + 1 where held_until > now()`);
}

/** Forgets the domains of all accounts but these: what no account spares any more stands still for nobody. */
export async function forgetDomainsOfOthers(db: Queryable, accounts: readonly string[]): Promise<void> {
  await db.query(`delete from receiving_domain where account <> all($1::text[])`, [accounts]);
}

/** Forgets domains of which nothing is to be known any more: none stands still or has learned a rate, or it was of use for so many days. */
export async function pruneReceivingDomains(db: Queryable, days: number): Promise<void> {
  await db.query(
    `delete from receiving_domain where greatest(held_until, next_at, learned_at, answered_at) < now() - case when held_until is null and learned_per_second is null then 1 else $1 end * interval '1 day'`,
    [days],
  );
}

import type { Queryable } from '../../db/db.ts';
import { type AccountRate, newAccountRate } from './account-rate.ts';
import type { PublicUsedUp } from './public-used-up.ts';

/** A row as it was read, with the database's time in milliseconds. */
export interface ReadRate {
  readonly rate: AccountRate;
  /** Null where the account has no row yet. */
  readonly version: string | null;
  readonly now: number;
}

interface RateRow {
  version: string | null;
  now: number;
  nextAt: number;
  hourSlot: string;
  hourCounts: number[];
  daySlot: string;
  dayCounts: number[];
  learnedPerSecond: number | null;
  learnedAt: number;
  answeredAt: number;
  usedUpUntil: number | null;
}

const msSql = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const rateColumns = `r.version, ${msSql('clock_timestamp()')} as now, ${msSql('r.next_at')} as "nextAt", r.hour_slot as "hourSlot", r.hour_counts as "hourCounts",
       r.day_slot as "daySlot", r.day_counts as "dayCounts", r.learned_per_second as "learnedPerSecond", ${msSql('r.learned_at')} as "learnedAt",
       ${msSql('r.answered_at')} as "answeredAt", ${msSql('r.used_up_until')} as "usedUpUntil"`;

/** What an account was given so far. Takes no lock. */
export async function readAccountRate(db: Queryable, account: string): Promise<ReadRate> {
  const { rows } = await db.query<RateRow>(
    `select ${rateColumns}
     from (select $1::text as account) as asked left join account_rate r on r.account = asked.account`,
    [account],
  );
  return readRateOf(rows[0]!);
}

function readRateOf({ version, now, hourSlot, hourCounts, daySlot, dayCounts, ...others }: RateRow): ReadRate {
  if (version === null) return { rate: newAccountRate(), version, now };
  const hour = { slot: Number(hourSlot), counts: hourCounts };
  const day = { slot: Number(daySlot), counts: dayCounts };
  return { rate: { ...others, hour, day }, version, now };
}

/** What was given of every account that something was given of. Takes no lock. */
export async function listAccountRates(db: Queryable): Promise<(ReadRate & { readonly account: string })[]> {
  const { rows } = await db.query<RateRow & { readonly account: string }>(
    `select r.account, ${rateColumns} from account_rate r order by r.account`,
  );
  return rows.map(({ account, ...row }) => ({ account, ...readRateOf(row) }));
}

/** Writes what was made of a row over it; false where somebody else was faster. */
export async function writeAccountRate(db: Queryable, account: string, version: string | null, rate: AccountRate): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into account_rate as r (account, version, next_at, hour_slot, hour_counts, day_slot, day_counts, learned_per_second, learned_at, answered_at, used_up_until)
     values ($1, 1, to_timestamp($3::float8 / 1000), $4, $5, $6, $7, $8, to_timestamp($9::float8 / 1000), to_timestamp($10::float8 / 1000), to_timestamp($11::float8 / 1000))
     on conflict on constraint account_rate_pkey do update set
       version = r.version + 1, next_at = excluded.next_at, hour_slot = excluded.hour_slot, hour_counts = excluded.hour_counts, day_slot = excluded.day_slot,
       day_counts = excluded.day_counts, learned_per_second = excluded.learned_per_second, learned_at = excluded.learned_at,
       answered_at = excluded.answered_at, used_up_until = excluded.used_up_until
     where r.version = $2::bigint`,
    [
      account,
      version,
      rate.nextAt,
      rate.hour.slot,
      rate.hour.counts,
      rate.day.slot,
      rate.day.counts,
      rate.learnedPerSecond,
      rate.learnedAt,
      rate.answeredAt,
      rate.usedUpUntil,
    ],
  );
  return rowCount === 1;
}

/** The accounts of which an hour or a day is used up at present, as whoever asked last was told. */
export async function listUsedUpAccounts(db: Queryable): Promise<PublicUsedUp[]> {
  const { rows } = await db.query<PublicUsedUp>(
    `select account, used_up_until as "usedUpUntil" from account_rate where used_up_until > now() order by account`,
  );
  return rows;
}

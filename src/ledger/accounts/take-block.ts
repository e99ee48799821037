import type { Queryable } from '../../db/db.ts';
import { type AccountRate, type Block, blockFrom, type BlockRequest, rateAfterRefusal, type RateLimits } from './account-rate.ts';
import { readAccountRate, writeAccountRate } from './account-rate-store.ts';

/** How often a race for a row is run again: of those who run one of them wins, so that all are through after as many as they are. */
const mostRaces = 200;

/**
 * Takes a block of messages for an account: reads its row, decides, and writes over what was read, in two short statements and no transaction: whoever dies in
 * between has taken nothing, and whoever dies afterwards leaves a second's worth unused.
 */
export async function takeBlock(db: Queryable, account: string, limits: RateLimits, request: BlockRequest): Promise<Block> {
  return change(db, account, (rate, now) => {
    const { rate: after, block } = blockFrom(rate, limits, request, now);
    return { rate: after, result: block };
  });
}

/** Writes down for all workers that an account refused the rate. */
export async function noteRateRefusal(
  db: Queryable,
  account: string,
  limits: RateLimits,
  refusal: Parameters<typeof rateAfterRefusal>[2],
): Promise<void> {
  await change(db, account, (rate, now) => ({ rate: rateAfterRefusal(rate, limits, refusal, now), result: undefined }));
}

async function change<Result>(
  db: Queryable,
  account: string,
  decide: (rate: AccountRate, now: number) => { readonly rate: AccountRate; readonly result: Result },
): Promise<Result> {
  for (let race = 0; race < mostRaces; race += 1) {
    const { rate, version, now } = await readAccountRate(db, account);
    const decided = decide(rate, now);
    if (decided.rate === rate || (await writeAccountRate(db, account, version, decided.rate))) return decided.result;
  }
  throw new Error(`Expected to write what an account is given within ${mostRaces} races, did not`);
}

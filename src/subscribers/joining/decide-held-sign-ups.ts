import type { Database, Queryable } from '../../db/db.ts';
import { findSetting, noteSetting } from '../../db/setting-store.ts';
import type { Clock } from '../../kernel/clock.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import type { Enqueue } from '../../kernel/job.ts';
import { listNewsletters } from '../../newsletters/newsletter-store.ts';
import { countHeldSignUps, dropHeld, listHeldSignUps, releaseHeld } from './sign-up-store.ts';
import { parseExpected, type ExpectedSignUps } from './sign-up.ts';
import type { PublicHeldSignUps } from './public-sign-up.ts';

/** Which of them: some by id, or all. */
export type HeldChoice = readonly string[] | 'all';

/** A page of the sign-ups that are held, oldest first, and how many are on all pages. */
export async function listPublicHeldSignUps(
  db: Queryable,
  page: { readonly limit: number; readonly afterId?: string | undefined },
): Promise<PublicHeldSignUps> {
  const slugs = new Map((await listNewsletters(db)).map(({ id, slug }) => [id, slug]));
  const held = await listHeldSignUps(db, page);
  const signUps = held.map(({ id, newsletterId, address, name, source, receivedAt }) => ({
    id,
    newsletter: slugs.get(newsletterId) ?? '',
    address,
    name,
    source,
    receivedAt,
  }));
  return { count: await countHeldSignUps(db), signUps };
}

/** Lets held sign-ups go on: each is asked for confirmation. Gives their ids. @throws NotFoundError for ids of which none is held */
export async function releaseSignUps(
  ports: { readonly database: Database; readonly enqueue: Enqueue },
  which: HeldChoice,
): Promise<readonly string[]> {
  return ports.database.transaction(async (tx) => {
    const ids = await releaseHeld(tx, which);
    if (ids.length === 0 && which !== 'all') throw noneHeld(which);
    for (const signUpId of ids) await ports.enqueue(tx, { name: 'sign_up', signUpId });
    return ids;
  });
}

/** Forgets held sign-ups: nobody is mailed. Gives their ids. @throws NotFoundError for ids of which none is held */
export async function dropSignUps({ database }: { readonly database: Database }, which: HeldChoice): Promise<readonly string[]> {
  return database.transaction(async (tx) => {
    const ids = await dropHeld(tx, which);
    if (ids.length === 0 && which !== 'all') throw noneHeld(which);
    return ids;
  });
}

function noneHeld(ids: readonly string[]): NotFoundError {
  return new NotFoundError(`Expected sign-ups that are held, found none with ${ids.length === 1 ? 'the id' : 'the ids'} ${ids.join(', ')}`);
}

const settingName = 'expected_sign_ups';

/** Raises the ceiling to so many unconfirmed sign-ups an hour, until then. @throws InvalidInputError */
export async function expectSignUps(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  count: number,
  until: Date,
): Promise<ExpectedSignUps> {
  const expected = parseExpected(count, until, clock());
  await noteSetting(database, settingName, JSON.stringify({ count: expected.count, until: expected.until.toISOString() }));
  return expected;
}

/** What staff expect; undefined where they said nothing. */
export async function findExpected(db: Queryable): Promise<ExpectedSignUps | undefined> {
  const text = await findSetting(db, settingName);
  if (text === undefined) return undefined;
  const { count, until } = JSON.parse(text) as { count: number; until: string };
  return { count, until: new Date(until) };
}

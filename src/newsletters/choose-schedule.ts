import type { Queryable } from '../db/db.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { didYouMean } from '../kernel/text/near-name.ts';
import type { Newsletter } from './newsletter.ts';
import { listSchedules } from './schedule-store.ts';
import type { Schedule } from './schedule.ts';

/**
 * The schedule of a newsletter that staff mean: the named one, or the only one where none is named.
 * @throws NotFoundError where there is none, or none of this name; InvalidInputError where there are several and none is named
 */
export async function chooseSchedule(db: Queryable, newsletter: Newsletter, name: string | undefined): Promise<Schedule> {
  const schedules = await listSchedules(db, newsletter.id);
  const [only] = schedules;
  const ofIt = `of "${newsletter.slug}" (${schedules.map((each) => each.name).join(', ')})`;
  if (!only)
    throw new NotFoundError(`Expected a schedule of "${newsletter.slug}", found none yet`, { remedy: { kind: 'add', what: 'schedule' } });
  if (name === undefined) {
    if (schedules.length > 1)
      throw new InvalidInputError(`Expected one of the schedules ${ofIt}, got none`, { remedy: { kind: 'say', what: 'schedule' } });
    return only;
  }
  const schedule = schedules.find((each) => each.name === name);
  if (!schedule) {
    const hint = didYouMean(
      name,
      schedules.map((each) => each.name),
    );
    throw new NotFoundError(`Expected a schedule ${ofIt}, got "${name}"${hint}`);
  }
  return schedule;
}

/*
 * Where somebody who joins begins: at what the last edition before them has passed, so that they get what was released since. An edition passes
 * what lies at or below its cutoff once that is settled for its readers: it is being sent, is done, or found nothing due while nobody waited. A send by hand
 * that brings corrections alone passes nothing where a schedule has a minimum: its posts wait, as behind an edition below the minimum.
 */
import { type Position, laterPosition } from '../position.ts';
import { type Edition, type EditionState, editionReasons } from './edition.ts';

/** States in which an edition has passed everything up to its cutoff, whatever its reason. */
export const passingStates = ['sending', 'done'] as const satisfies readonly EditionState[];

/** True where what lies at or below the cutoff of an edition is not for who joins later. */
export function passesToJoiners({
  state,
  reason,
  isStoppedByStaff,
  minimum,
  bringsCorrectionsAlone,
}: Pick<Edition, 'state' | 'reason' | 'isStoppedByStaff' | 'minimum'> & { readonly bringsCorrectionsAlone: boolean }): boolean {
  if ((passingStates as readonly EditionState[]).includes(state)) return minimum <= 1 || !bringsCorrectionsAlone;
  // Whatever words staff give for skipping one: its posts wait.
  return state === 'skipped' && !isStoppedByStaff && reason === editionReasons.nothingDue;
}

/** Releases from longer ago are not for who joins, however long there was no edition. In days. */
export const defaultJoinReachDays = 35;

/** What decides where somebody begins. */
export interface JoiningFacts {
  /** The highest that passed: of the schedule, or where it has none of the newsletter. */
  readonly edition: { readonly id: string; readonly cutoff: Position } | undefined;
  /** The last position when the newsletter was made. */
  readonly madeAt: Position;
  /** The last position that lies too far back. */
  readonly reach: Position;
}

/** Where who joins begins. */
export interface JoiningBase {
  readonly position: Position;
  /** The edition that set it; undefined where none did. */
  readonly editionId: string | undefined;
}

/** The base: what the last edition has passed, or what was before the newsletter; never what lies too far back. */
export function joiningBase({ edition, madeAt, reach }: JoiningFacts): JoiningBase {
  const passed = edition?.cutoff ?? madeAt;
  return { position: laterPosition(passed, reach), editionId: reach > passed ? undefined : edition?.id };
}

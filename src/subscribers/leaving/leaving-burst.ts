/*
 * Many leavings by one click from one network within minutes of a send: a scanner that posts, or one that does not like us. Staff see it, the leavings stay.
 */

/** What left by one click from one network within one slot of time. */
export interface LeavingSlot {
  /** Keyed hash. */
  readonly network: string;
  readonly beganAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}

/** So many from one network that it looks like a machine. */
export interface LeavingBurst {
  readonly count: number;
  readonly beganAt: Date;
  readonly lastAt: Date;
}

const slotMs = 180_000;

/** Five people of one office may press a button within minutes; that ten do is worth a look. */
const leastBurst = 10;

/** The beginning of the slot that a moment is in. */
export function slotOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / slotMs) * slotMs);
}

/** How many left by one click, and which of them came in bursts, the largest first. Slots that follow each other are one burst. */
export function burstsOf(slots: readonly LeavingSlot[]): { readonly leftCount: number; readonly bursts: readonly LeavingBurst[] } {
  const runs: LeavingSlot[] = [];
  for (const slot of slots.toSorted((a, b) =>
    a.network < b.network ? -1 : a.network > b.network ? 1 : a.beganAt.getTime() - b.beganAt.getTime(),
  )) {
    const last = runs.at(-1);
    if (last?.network === slot.network && slotOf(last.lastAt).getTime() + slotMs >= slot.beganAt.getTime())
      runs[runs.length - 1] = { ...last, lastAt: slot.lastAt, count: last.count + slot.count };
    else runs.push(slot);
  }
  return {
    leftCount: slots.reduce((sum, { count }) => sum + count, 0),
    bursts: runs
      .filter(({ count }) => count >= leastBurst)
      .map(({ count, beganAt, lastAt }) => ({ count, beganAt, lastAt }))
      .toSorted((a, b) => b.count - a.count),
  };
}

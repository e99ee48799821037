import type { IdentifiedEntry } from '../posts/identity.ts';
import { contentFromEntry } from '../content/content-from-entry.ts';
import type { PreparedEntry } from '../posts/storing-plan.ts';

// How long entries are prepared before timers and replies of the process have their turn. By time and not by number: an entry takes
// about a millisecond, one that means ill a quarter of a second.
const maxTurnMs = 10;

/** What the entries would say as posts. Gives the event loop its turn between them. */
export async function prepareEntries(entries: readonly IdentifiedEntry[]): Promise<PreparedEntry[]> {
  const prepared: PreparedEntry[] = [];
  let turnBegan = performance.now();
  for (const each of entries) {
    if (performance.now() - turnBegan > maxTurnMs) {
      await new Promise((resolve) => setImmediate(resolve));
      turnBegan = performance.now();
    }
    prepared.push({ ...each, prepared: contentFromEntry(each.entry) });
  }
  return prepared;
}

import type { OptionSpec } from '../command.ts';

/** How many lines a list shows where nobody says how many. */
export const listLimits = { deliveries: 100, editions: 30, events: 50, log: 50, posts: 50, received: 10, subscribers: 100 } as const;

/** How many it may be asked for. All are held in memory at once; whoever wants everybody exports them. */
export const listBounds = { atLeast: 1, atMost: 100_000 } as const;

/** The option that says how many. */
export function limitOption(unset: number): OptionSpec {
  return { value: 'n', help: `How many to list at most, up to ${listBounds.atMost}.`, default: String(unset) };
}

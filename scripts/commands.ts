import type { Command } from './command.ts';
import { newslettersAdd, newslettersList, newslettersSet } from './newsletters.ts';
import { schedulesAdd, schedulesList, schedulesRemove, schedulesSet } from './schedules.ts';
import { tryCommand } from './try.ts';

/** Every command, in the order of the help. To add one, write a file that exports a Command and list it here. */
export const commands: readonly Command[] = [
  tryCommand,
  newslettersAdd,
  newslettersSet,
  newslettersList,
  schedulesAdd,
  schedulesSet,
  schedulesList,
  schedulesRemove,
];

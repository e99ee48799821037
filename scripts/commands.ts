import { collect } from './collect.ts';
import type { Command } from './command.ts';
import { deliveries } from './deliveries.ts';
import { migrateCommand } from './migrate.ts';
import { newslettersAdd, newslettersList, newslettersSet } from './newsletters.ts';
import { preview } from './preview.ts';
import { sampleRemove } from './sample.ts';
import { schedulesAdd, schedulesList, schedulesRemove, schedulesSet } from './schedules.ts';
import { send } from './send.ts';
import { serve, worker } from './serve.ts';
import { subscribersAdd, subscribersList, subscribersRemove, subscribersSet } from './subscribers.ts';
import { tryCommand } from './try.ts';

/** Every command, in the order of the help. To add one, write a file that exports a Command and list it here. */
export const commands: readonly Command[] = [
  serve,
  worker,
  tryCommand,
  migrateCommand,
  newslettersAdd,
  newslettersSet,
  newslettersList,
  schedulesAdd,
  schedulesSet,
  schedulesList,
  schedulesRemove,
  collect,
  subscribersAdd,
  subscribersSet,
  subscribersList,
  subscribersRemove,
  preview,
  send,
  deliveries,
  sampleRemove,
];

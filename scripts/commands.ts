/*
 * The table of commands. Its rows say what a command is called and takes, and load nothing: help and a wrong word cost no more than reading them.
 * What a command does stands in a file of its own, which is loaded when it runs. To add one: write a function of type Run beside this file, a row
 * in table/ that imports it, and list the row here.
 * So many files: one for each command, found by its name.
 */
import type { Command } from './command.ts';
import { accountsList, accountsRetry, deliveries, deliveriesResend } from './table/deliveries.ts';
import { dkimNew, dns, dnsCheck } from './table/domains.ts';
import {
  editionsApprove,
  editionsCancel,
  editionsEdit,
  editionsList,
  editionsPause,
  editionsRecheck,
  editionsResume,
  editionsPrune,
  editionsShow,
  editionsSkip,
} from './table/editions.ts';
import {
  newslettersAdd,
  newslettersList,
  newslettersOpen,
  newslettersRemove,
  newslettersRename,
  newslettersSet,
} from './table/newsletters.ts';
import { offersList, offersRelease } from './table/offers.ts';
import { postsCorrect, postsHold, postsList, postsRelease, postsRetract, postsShow } from './table/posts.ts';
import { rulesAdd, rulesList, rulesRemove } from './table/rules.ts';
import { migrateCommand, serve, tryCommand, worker } from './table/running.ts';
import { schedulesAdd, schedulesList, schedulesRemove, schedulesSet } from './table/schedules.ts';
import { preview, send, sending, sendingHold, sendingResume, testSend } from './table/sending.ts';
import {
  collect,
  sourcesAdd,
  sourcesCheck,
  sourcesList,
  sourcesPause,
  sourcesRemove,
  sourcesResume,
  sourcesSet,
  sourcesShow,
} from './table/sources.ts';
import {
  subscribersAdd,
  subscribersDrop,
  subscribersExpect,
  subscribersExport,
  subscribersHeld,
  subscribersImport,
  subscribersList,
  subscribersRelease,
  subscribersRemove,
  subscribersSet,
  subscribersShow,
  suppressionsExport,
} from './table/subscribers.ts';
import { topicsHide, topicsIgnore, topicsList, topicsMap, topicsMerge, topicsOrder, topicsRename } from './table/topics.ts';
import { doctor, explainCommand, logCommand, sampleRemove, secretsAccept } from './table/upkeep.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  serve,
  worker,
  tryCommand,
  migrateCommand,
  newslettersAdd,
  newslettersSet,
  newslettersRename,
  newslettersRemove,
  newslettersOpen,
  newslettersList,
  schedulesAdd,
  schedulesSet,
  schedulesList,
  schedulesRemove,
  sourcesAdd,
  sourcesList,
  sourcesShow,
  sourcesSet,
  sourcesCheck,
  sourcesPause,
  sourcesResume,
  sourcesRemove,
  collect,
  postsList,
  postsShow,
  postsRelease,
  postsHold,
  postsRetract,
  postsCorrect,
  topicsList,
  topicsMap,
  topicsIgnore,
  topicsMerge,
  topicsRename,
  topicsHide,
  topicsOrder,
  rulesAdd,
  rulesList,
  rulesRemove,
  offersList,
  offersRelease,
  subscribersAdd,
  subscribersImport,
  subscribersExport,
  subscribersSet,
  subscribersList,
  subscribersShow,
  subscribersRemove,
  subscribersHeld,
  subscribersRelease,
  subscribersDrop,
  subscribersExpect,
  suppressionsExport,
  preview,
  testSend,
  send,
  editionsList,
  editionsShow,
  editionsPrune,
  editionsEdit,
  editionsRecheck,
  editionsApprove,
  editionsSkip,
  editionsCancel,
  editionsPause,
  editionsResume,
  deliveries,
  deliveriesResend,
  sending,
  sendingHold,
  sendingResume,
  accountsList,
  accountsRetry,
  explainCommand,
  logCommand,
  doctor,
  dkimNew,
  dns,
  dnsCheck,
  secretsAccept,
  sampleRemove,
];

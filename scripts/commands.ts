import { accountsList, accountsRetry } from './accounts.ts';
import { collect } from './collect.ts';
import type { Command } from './command.ts';
import { doctor } from './doctor.ts';
import { deliveries } from './deliveries.ts';
import { deliveriesResend } from './deliveries-resend.ts';
import { editionsApprove, editionsCancel, editionsPause, editionsResume, editionsSkip } from './edition-decisions.ts';
import { editionsEdit, editionsList, editionsRecheck, editionsShow } from './editions.ts';
import { explainCommand } from './explain.ts';
import { migrateCommand } from './migrate.ts';
import { newslettersAdd, newslettersList, newslettersSet } from './newsletters.ts';
import { offersList, offersRelease } from './offers.ts';
import { postsCorrect, postsHold, postsList, postsRelease, postsRetract, postsShow } from './posts.ts';
import { preview } from './preview.ts';
import { rulesAdd, rulesList, rulesRemove } from './rules.ts';
import { sampleRemove } from './sample.ts';
import { schedulesAdd, schedulesList, schedulesRemove, schedulesSet } from './schedules.ts';
import { secretsAccept } from './secrets.ts';
import { send } from './send.ts';
import { serve, worker } from './serve.ts';
import { sourcesAdd, sourcesCheck, sourcesList, sourcesPause, sourcesRemove, sourcesResume, sourcesShow } from './sources.ts';
import { subscribersSet } from './subscriber-choices.ts';
import { subscribersAdd, subscribersList, subscribersRemove } from './subscribers.ts';
import { testSend } from './test-send.ts';
import { topicsHide, topicsIgnore, topicsList, topicsMap, topicsMerge, topicsOrder, topicsRename } from './topics.ts';
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
  sourcesAdd,
  sourcesList,
  sourcesShow,
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
  subscribersSet,
  subscribersList,
  subscribersRemove,
  preview,
  testSend,
  send,
  editionsList,
  editionsShow,
  editionsEdit,
  editionsRecheck,
  editionsApprove,
  editionsSkip,
  editionsCancel,
  editionsPause,
  editionsResume,
  deliveries,
  deliveriesResend,
  accountsList,
  accountsRetry,
  explainCommand,
  doctor,
  secretsAccept,
  sampleRemove,
];

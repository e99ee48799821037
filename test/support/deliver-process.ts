/*
 * A process with one delivery worker that delivers an edition until nothing of it is due:
 * `deliver-process.ts <database url> <smtp url> <edition id> <from id> <to id> <connections> <alive ms>`. Made to be killed.
 */
import { openDatabase } from '../../src/db/db.ts';
import { createDeliveryWorker } from '../../src/deliveries/worker.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { testSetup } from './frozen-edition.ts';

const [databaseUrl = '', smtpUrl = '', editionId = '', fromId = '', toId = '', connections = '', aliveMs = ''] = process.argv.slice(2);
const database = openDatabase(databaseUrl);
const mailer = createSmtpMailer(smtpUrl, { maxConnections: Number(connections), log: silentLog });
const worker = createDeliveryWorker({
  database,
  mailers: mailerSet({}, mailer),
  log: silentLog,
  setup: testSetup,
  settings: { aliveMs: Number(aliveMs), renewEveryMs: Number(aliveMs) / 5 },
});
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
const result = await worker.deliver({ editionId, fromId, toId });
process.stdout.write(`${JSON.stringify(result)}\n`);
await worker.close();
await mailer.close();
await database.close();

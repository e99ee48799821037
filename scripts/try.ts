import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { publicUrlOf, type Config } from '../src/app/config.ts';
import { openMailers } from '../src/app/open-mailers.ts';
import { defaultAccount } from '../src/mail/mailers.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { templatesFolder } from '../src/kernel/package-root.ts';
import { publicTrial, type PublicTrial } from '../src/editions/trial/public-trial.ts';
import { checkMailboxes, partsOfTrial, sendTrial, type TrialMailboxes } from '../src/editions/trial/send-trial.ts';
import { tryFeed, type TriedFeed } from '../src/editions/trial/try-feed.ts';
import { countOf } from '../src/kernel/count-of.ts';
import type { Log } from '../src/kernel/log.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { parseLanguage } from '../src/newsletters/newsletter.ts';
import type { SendOutcome } from '../src/mail/message.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { shownUrl } from '../src/reading/source-url.ts';
import { asUsage, type CommandContext, type Run } from './command.ts';
import { createCommandLog, readConfig } from './open.ts';
import { openInBrowser } from './open-browser.ts';
import { version } from './version.ts';
import { writeWholeFile } from './write-file.ts';

/** What `gazette try` does. */
export const tryCommand: Run = async (args, context) => {
  const config = readConfig(context);
  const mailboxes = { to: args.text('to'), from: args.text('from') };
  if (mailboxes.to !== undefined && !config.SMTP_URL)
    throw new UsageError('--to needs SMTP_URL, the server that takes the mail; without --to the digest goes to the local outbox');
  checkMailboxes(mailboxes);
  const wanted = args.text('language');
  const language = wanted === undefined ? undefined : asUsage(() => parseLanguage(wanted));
  const tried = await read(config, context, { target: args.positionals[0]!, language });
  const file = writeFiles(config, tried);
  const outcome = await context.saying('handing the message over', () =>
    handOver(createCommandLog(context, config), config, tried, mailboxes),
  );
  const trial = publicTrial(tried, file, outcome);
  if (args.has('json')) context.print(JSON.stringify(trial, null, 2));
  else {
    describeTrial(trial, tried.newsletterName).forEach(context.print);
    if (outcome.kind === 'accepted') context.print(describeReceipt(mailboxes));
    else context.warn(`Not sent: ${'reply' in outcome ? `${outcome.reply.code} ${outcome.reply.text}` : outcome.reason}`);
  }
  if (args.has('open')) openInBrowser(file);
  return outcome.kind === 'accepted' ? 0 : 1;
};

async function read(
  config: Config,
  { saying }: CommandContext,
  { target, language }: { target: string; language: string | undefined },
): Promise<TriedFeed> {
  const reader = createAppReader(config, { allowFiles: true, version: version() });
  try {
    const renderer = await createDigestRenderer({ templatesFolder });
    // While the feed is on its way.
    renderer.warmUp();
    const ports = { reader, renderer, publicUrl: publicUrlOf(config), now: new Date(), language };
    return await saying(`reading ${shownUrl(target)} and making its digest`, () => tryFeed(ports, target));
  } finally {
    await reader.close();
  }
}

function writeFiles(config: Config, tried: TriedFeed): string {
  const folder = resolve(config.DATA_FOLDER, 'try');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, fileNameOf(tried.newsletterName));
  const { html, text } = partsOfTrial(tried, publicUrlOf(config));
  writeWholeFile(`${path}.html`, html);
  writeWholeFile(`${path}.txt`, text);
  return `${path}.html`;
}

/** A name that every file system takes and nobody has to quote. */
function fileNameOf(name: string): string {
  const letters =
    name
      .toLowerCase()
      .normalize('NFKD')
      .match(/[a-z0-9]+/g) ?? [];
  return letters.join('-').slice(0, 60) || 'feed';
}

async function handOver(log: Log, config: Config, tried: TriedFeed, mailboxes: TrialMailboxes): Promise<SendOutcome> {
  const mailers = await openMailers(config, log);
  try {
    const mailer = mailboxes.to === undefined ? mailers.outbox : mailers.find(defaultAccount)!;
    return await sendTrial({ mailer, homeUrl: publicUrlOf(config), now: new Date(), id: randomUUID() }, tried, mailboxes);
  } finally {
    await mailers.close();
  }
}

function describeTrial(trial: PublicTrial, name: string): string[] {
  const { format, entries, shown, documents, subject, htmlBytes, skipped, repairs, file } = trial;
  const noteCount = skipped.length;
  const rest = entries - shown;
  return [
    `Read:     ${name} (${format}), ${countOf(entries, 'post')}${noteCount > 0 ? `, ${countOf(noteCount, 'note')} below` : ''}`,
    `Subject:  ${subject}`,
    `Shown:    ${countOf(shown, 'post')}${documents > 0 ? ` with ${countOf(documents, 'document')}` : ''}${rest > 0 ? `, ${rest} more by title or link` : ''}; ${(htmlBytes / 1000).toFixed(1)} KB of html`,
    ...[...skipped, ...repairs].map((line) => `Note:     ${line}`),
    `Look:     ${file}`,
  ];
}

function describeReceipt({ to }: TrialMailboxes): string {
  return to === undefined
    ? 'Sent:     to the local outbox ("gazette serve" shows it under /outbox)'
    : `Sent:     accepted by the server for ${to}`;
}

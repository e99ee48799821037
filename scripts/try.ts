import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { publicUrlOf, type Config } from '../src/app/config.ts';
import { createLogger } from '../src/app/logger.ts';
import { openMailers } from '../src/app/open-mailers.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import { templatesFolder } from '../src/app/templates-folder.ts';
import { tryFeed, type TriedFeed } from '../src/editions/try-feed.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import { parseAddress } from '../src/mail/address.ts';
import type { OutgoingMessage, SendOutcome } from '../src/mail/message.ts';
import { createDigestRenderer } from '../src/render/digest/render-digest.ts';
import { fillPlaceholders, type PlaceholderValues } from '../src/render/templates/placeholder.ts';
import { shownUrl } from '../src/reading/source-url.ts';
import type { CommandContext, Run } from './command.ts';
import { readConfig } from './open.ts';
import { openInBrowser } from './open-browser.ts';
import { version } from './version.ts';
import { writeWholeFile } from './write-file.ts';

/** What `gazette try` does. */
export const tryCommand: Run = async (args, context) => {
  const config = readConfig(context);
  const to = args.text('to');
  if (to !== undefined && !config.SMTP_URL)
    throw new UsageError('--to needs SMTP_URL, the server that takes the mail; without --to the digest goes to the local outbox');
  const tried = await read(config, context, args.positionals[0]!);
  const path = writeFiles(config, tried);
  const outcome = await context.saying('handing the message over', () => deliver(config, tried, to, args.text('from') ?? to));
  report(context, { tried, path, outcome, to, json: args.has('json') });
  if (args.has('open')) openInBrowser(path);
  return outcome.kind === 'accepted' ? 0 : 1;
};

async function read(config: Config, { saying }: CommandContext, target: string): Promise<TriedFeed> {
  const reader = createAppReader(config, { allowFiles: true, version: version() });
  try {
    const renderer = await createDigestRenderer({ templatesFolder });
    // While the feed is on its way.
    renderer.warmUp();
    const ports = { reader, renderer, publicUrl: publicUrlOf(config), now: new Date() };
    return await saying(`reading ${shownUrl(target)} and making its digest`, () => tryFeed(ports, target));
  } finally {
    await reader.close();
  }
}

function valuesFor(config: Config, address: string): PlaceholderValues {
  const home = publicUrlOf(config);
  return { 'reader.name': '', 'reader.address': address, 'links.unsubscribe': home, 'links.preferences': '', 'links.browser': home };
}

const exampleAddress = 'you@gazette.example';

function writeFiles(config: Config, { digest, newsletterName }: TriedFeed): string {
  const folder = join(config.DATA_FOLDER, 'try');
  mkdirSync(folder, { recursive: true });
  const name =
    newsletterName
      .toLowerCase()
      .normalize('NFKD')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 60) || 'feed';
  const path = resolve(folder, `${name}.html`);
  writeWholeFile(path, fillPlaceholders(digest.html, valuesFor(config, exampleAddress), 'html'));
  writeWholeFile(resolve(folder, `${name}.txt`), fillPlaceholders(digest.text, valuesFor(config, exampleAddress), 'text'));
  return path;
}

async function deliver(config: Config, tried: TriedFeed, to: string | undefined, from: string | undefined): Promise<SendOutcome> {
  const mailers = await openMailers(config, createLogger('error'));
  try {
    const sender = from === undefined ? 'try@gazette.example' : parseAddress(from).typed;
    const recipient = to === undefined ? exampleAddress : parseAddress(to).typed;
    const values = valuesFor(config, recipient);
    const message: OutgoingMessage = {
      from: { name: tried.newsletterName, address: sender },
      to: { address: recipient },
      subject: tried.digest.subject,
      date: new Date(),
      messageId: `<try.${randomUUID()}@${parseAddress(sender).domain}>`,
      headers: [],
      html: fillPlaceholders(tried.digest.html, values, 'html'),
      text: fillPlaceholders(tried.digest.text, values, 'text'),
      envelopeFrom: sender,
    };
    return await (to === undefined ? mailers.outbox : mailers.smtp).send(message);
  } finally {
    await mailers.close();
  }
}

interface Report {
  readonly tried: TriedFeed;
  readonly path: string;
  readonly outcome: SendOutcome;
  readonly to: string | undefined;
  readonly json: boolean;
}

function report(context: CommandContext, { tried, path, outcome, to, json }: Report): void {
  const { document, digest, shownCount, documentCount } = tried;
  if (json) {
    context.print(
      JSON.stringify(
        {
          title: document.title,
          format: document.format,
          entries: document.entries.length,
          subject: digest.subject,
          file: path,
          outcome: outcome.kind,
          skipped: document.skipped,
        },
        null,
        2,
      ),
    );
    return;
  }
  const rest = document.entries.length - shownCount;
  context.print(
    `Read:     ${tried.newsletterName} (${document.format}), ${countOf(document.entries.length, 'post')}${document.skipped.length > 0 ? `, ${countOf(document.skipped.length, 'note')} below` : ''}`,
  );
  context.print(`Subject:  ${digest.subject}`);
  context.print(
    `Shown:    ${countOf(shownCount, 'post')}${documentCount > 0 ? ` with ${countOf(documentCount, 'document')}` : ''}${rest > 0 ? `, ${rest} more by title or link` : ''}; ${(Buffer.byteLength(digest.html) / 1000).toFixed(1)} KB of html`,
  );
  for (const line of [...document.skipped, ...digest.repairs]) context.print(`Note:     ${line}`);
  context.print(`Look:     ${path}`);
  if (outcome.kind === 'accepted')
    context.print(
      to === undefined
        ? 'Sent:     to the local outbox ("gazette serve" shows it under /outbox)'
        : `Sent:     accepted by the server for ${to}`,
    );
  else context.warn(`Not sent: ${'reply' in outcome ? `${outcome.reply.code} ${outcome.reply.text}` : outcome.reason}`);
}

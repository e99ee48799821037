import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../src/app/open-store.ts';
import { previewEdition, type PreviewQuery } from '../src/editions/by-hand/preview-edition.ts';
import type { PublicPreview, PublicPreviewedDigest } from '../src/editions/by-hand/public-preview.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { InvalidInputError } from '../src/kernel/errors.ts';
import { chooseNewsletterOf } from '../src/subscribers/choose-newsletter-of.ts';
import { columns, type Arguments, type Run } from './command.ts';
import { parseMoment } from './dates.ts';
import { parseId } from './deliveries.ts';
import { describeNothing } from './nothing.ts';
import { openInBrowser } from './open-browser.ts';
import { withEditing } from './with-editing.ts';
import { writeWholeFile } from './write-file.ts';

/** What `gazette preview` does. */
export const preview: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const atText = args.text('at');
    const at = atText === undefined ? undefined : parseMoment(atText, 'at');
    const address = args.text('for');
    const shown = await previewEdition(ports, {
      target: await readTarget(args, store),
      reader: address === undefined ? undefined : { address, addressKeySecret: store.secrets.addressKey },
      at,
    });
    const folder = args.text('out') ?? join(store.config.DATA_FOLDER, 'preview');
    makeFolder(folder, shown.newsletter);
    const digests: PublicPreviewedDigest[] = [];
    for await (const digest of shown.digests) digests.push(writeDigest(digest, join(folder, `${shown.newsletter}-${digests.length + 1}`)));
    const found: PublicPreview = { recipients: shown.recipients, waiting: shown.waiting, nothing: shown.nothing, digests };
    if (args.has('json')) context.print(JSON.stringify(found, null, 2));
    else describe(found, address).forEach(context.print);
    if (args.has('open') && digests[0]) openInBrowser(digests[0].html);
    return 0;
  });

async function readTarget(args: Arguments, { database, secrets }: Store): Promise<PreviewQuery['target']> {
  const editionId = args.text('edition');
  if (editionId !== undefined) return { editionId: parseId(editionId) };
  const spoken = { newsletter: args.text('newsletter'), person: args.text('for') };
  const newsletter = await chooseNewsletterOf({ database, addressKeySecret: secrets.addressKey }, spoken);
  return { newsletter: newsletter.slug, schedule: args.text('schedule') };
}

/** Makes the folder, and takes away what an earlier preview of this newsletter left there. */
function makeFolder(folder: string, slug: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const own = new RegExp(`^${slug}-\\d+\\.(html|txt)$`);
    for (const name of readdirSync(folder)) if (own.test(name)) rmSync(join(folder, name));
  } catch (cause) {
    throw new InvalidInputError(`Expected --out as a folder that can be written, got "${folder}"`, { cause });
  }
}

/** The same digest with the names of its files in place of what is in them. */
function writeDigest(digest: PublicPreviewedDigest, path: string): PublicPreviewedDigest {
  writeWholeFile(`${path}.html`, digest.html);
  writeWholeFile(`${path}.txt`, digest.text);
  return { ...digest, html: `${path}.html`, text: `${path}.txt` };
}

function describe(found: PublicPreview, reader: string | undefined): string[] {
  const { digests, recipients } = found;
  if (digests.length === 0) {
    const nothing = 'Nothing is due: there is no post that was not sent.';
    const nothingForOne = `Nothing is due for ${reader} on this schedule; "gazette explain" tells why of a post.`;
    return [reader === undefined ? nothing : nothingForOne, ...describeNothing(found.nothing)];
  }
  const rows = digests.map((digest) => [
    digest.html,
    String(digest.recipientCount),
    String(digest.postCount),
    `${(digest.htmlBytes / 1000).toFixed(1)} KB`,
    digest.subject,
  ]);
  const problems = [...new Set(digests.flatMap((digest) => digest.failedGates))];
  const repairs = [...new Set(digests.flatMap((digest) => digest.repairs))];
  return [
    ...columns([['FILE', 'RECIPIENTS', 'POSTS', 'SIZE', 'SUBJECT'], ...rows]),
    '',
    recipients === 0
      ? 'Nobody is to get it now: this is the archive page.'
      : `${countOf(recipients, 'recipient')}, ${countOf(digests.length, 'digest')}. The text part stands beside each file as .txt.`,
    ...describeNothing(found.nothing),
    ...repairs.map((repair) => `Mended: ${repair}`),
    ...problems.map((problem) => `Would be held: ${problem}`),
  ];
}

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadDigestModel, loadDigestSubject, type DigestSubject } from '../src/editions/digests/render-releases.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { InvalidInputError } from '../src/kernel/errors.ts';
import { planDraft, planEdition, type EditionPlan, type PlannedGroup } from '../src/ledger/drafts/plan-edition.ts';
import type { Newsletter } from '../src/newsletters/newsletter.ts';
import { chooseSchedule } from '../src/newsletters/schedule-store.ts';
import { checkGates } from '../src/render/digest/gates.ts';
import { fillPlaceholders, type PlaceholderValues } from '../src/render/templates/placeholder.ts';
import { chooseNewsletter, getSubscriptionId } from './choose.ts';
import { columns, type Arguments, type Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { openInBrowser } from './open-browser.ts';
import { withEditing } from './open-editing.ts';
import { writeWholeFile } from './write-file.ts';

interface PreviewedDigest {
  readonly html: string;
  readonly text: string;
  readonly recipientCount: number;
  readonly postCount: number;
  readonly htmlBytes: number;
  readonly subject: string;
  readonly failedGates: readonly string[];
  readonly repairs: readonly string[];
}

/** What `gazette preview` does. */
export const preview: Run = (args, context) =>
  withEditing(context, async (store, ports) => {
    const { plan, subject } = await planPreview(args, ports, store.secrets.addressKey);
    const reader = args.text('for');
    const archive = reader === undefined && plan.archive.releases.length > 0 ? [plan.archive] : [];
    const groups = plan.groups.length > 0 ? plan.groups : archive;
    const folder = args.text('out') ?? join(store.config.DATA_FOLDER, 'preview');
    makeFolder(folder, subject.newsletter.slug);
    const digests: PreviewedDigest[] = [];
    for (const [index, group] of groups.entries()) {
      digests.push(await writeDigest(ports, subject, group, join(folder, `${subject.newsletter.slug}-${index + 1}`)));
    }
    if (args.has('json')) context.print(JSON.stringify({ recipients: plan.recipientCount, waiting: plan.waitingCount, digests }, null, 2));
    else describe(plan, digests, reader).forEach(context.print);
    if (args.has('open') && digests[0]) openInBrowser(digests[0].html);
    return 0;
  });

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

async function planPreview(
  args: Arguments,
  ports: EditionPorts,
  addressKeySecret: Buffer,
): Promise<{ plan: EditionPlan; subject: DigestSubject }> {
  const { database } = ports;
  const now = readTime(args) ?? ports.clock();
  const editionId = args.text('edition') === undefined ? undefined : parseId(args.required('edition'));
  const onlySubscription = async (newsletter: Newsletter): Promise<string | undefined> => {
    const address = args.text('for');
    return address === undefined ? undefined : getSubscriptionId(database, newsletter, address, addressKeySecret);
  };
  if (editionId !== undefined) {
    const subject = await loadDigestSubject(database, editionId);
    const only = await onlySubscription(subject.newsletter);
    return { plan: await planDraft(database, { editionId, now, ...(only ? { subscriptionId: only } : {}) }), subject };
  }
  const newsletter = await chooseNewsletter(database, args.text('newsletter'));
  const schedule = await chooseSchedule(database, newsletter, args.text('schedule'));
  const only = await onlySubscription(newsletter);
  const plan = await planEdition(database, {
    newsletterId: newsletter.id,
    scheduleId: schedule.id,
    now,
    ...(args.text('at') === undefined ? {} : { releasedUntil: now }),
    ...(only ? { subscriptionId: only } : {}),
  });
  return {
    plan,
    subject: { newsletter, timeZone: schedule.timeZone, maximum: schedule.maximum, editionDate: now, edition: null, posts: [] },
  };
}

function readTime(args: Arguments): Date | undefined {
  const text = args.text('at');
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime()))
    throw new InvalidInputError(`Expected --at as a time such as 2026-05-01T08:00:00Z, got "${text}"`);
  return time;
}

async function writeDigest(ports: EditionPorts, subject: DigestSubject, group: PlannedGroup, path: string): Promise<PreviewedDigest> {
  const model = await loadDigestModel(ports, subject, group.releases, group.language);
  const rendered = await ports.renderer.render(model);
  const values = exampleValues(ports.publicUrl, model.archiveUrl);
  const html = fillPlaceholders(rendered.html, values, 'html');
  writeWholeFile(`${path}.html`, html);
  writeWholeFile(`${path}.txt`, fillPlaceholders(rendered.text, values, 'text'));
  const failed = checkGates(rendered, model).filter((gate) => !gate.ok);
  return {
    html: `${path}.html`,
    text: `${path}.txt`,
    recipientCount: group.recipientCount,
    postCount: group.releases.length,
    htmlBytes: Buffer.byteLength(html),
    subject: rendered.subject,
    failedGates: failed.map((gate) => `${gate.what} ${gate.remedy}`),
    repairs: rendered.repairs,
  };
}

/** Values that look like a reader's and lead nowhere. */
function exampleValues(publicUrl: string, archiveUrl: string): PlaceholderValues {
  return {
    'reader.name': 'Ann Example',
    'reader.address': 'ann@example.org',
    'links.unsubscribe': `${publicUrl}/unsubscribe/preview`,
    'links.preferences': '',
    'links.browser': archiveUrl,
  };
}

function describe(plan: EditionPlan, digests: readonly PreviewedDigest[], reader: string | undefined): string[] {
  if (digests.length === 0) {
    const nothing = 'Nothing is due: there is no post that was not sent.';
    const nothingForOne = `Nothing is due for ${reader} on this schedule; "gazette explain" tells why of a post.`;
    return [reader === undefined ? nothing : nothingForOne, ...waiting(plan)];
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
    plan.recipientCount === 0
      ? 'Nobody is to get it now: this is the archive page.'
      : `${countOf(plan.recipientCount, 'recipient')}, ${countOf(digests.length, 'digest')}. The text part stands beside each file as .txt.`,
    ...waiting(plan),
    ...repairs.map((repair) => `Mended: ${repair}`),
    ...problems.map((problem) => `Would be held: ${problem}`),
  ];
}

function waiting(plan: EditionPlan): string[] {
  return plan.waitingCount > 0
    ? [`${countOf(plan.waitingCount, 'subscriber')} would get fewer posts than the schedule's minimum, so their posts wait.`]
    : [];
}

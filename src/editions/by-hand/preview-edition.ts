import { preferencesPageUrl, unsubscribePageUrl } from '../../kernel/site-urls.ts';
import { faultText } from '../../ledger/drafts/edition.ts';
import type { NothingCounts } from '../../ledger/drafts/judgement.ts';
import { planDraft, planEdition, type EditionPlan } from '../../ledger/drafts/plan-edition.ts';
import type { Newsletter } from '../../newsletters/newsletter.ts';
import { loadChosenSchedule, type ScheduleChoice } from '../../newsletters/list-schedules.ts';
import { fillPlaceholders, type PlaceholderValues } from '../../content/text/placeholder.ts';
import { getSubscriptionId } from '../../subscribers/choices/find-subscription.ts';
import { loadDigestSubject, renderChecked, subjectOfPlan, type DigestSubject } from '../digests/render-releases.ts';
import type { EditionPorts } from '../edition-ports.ts';
import type { PublicPreviewedDigest } from './public-preview.ts';

/** What to preview: a stored draft as it is pinned and edited, or what would go on a schedule. */
export interface PreviewQuery {
  readonly target: { readonly editionId: string } | ScheduleChoice;
  /** Only the digest of the subscriber with this address. */
  readonly reader?: { readonly address: string; readonly addressKeySecret: Buffer } | undefined;
  /** As of this moment: its date, whose wait is over, and only posts released by then. Now where undefined. */
  readonly at?: Date | undefined;
}

/** What would go, and to how many. */
export interface EditionPreview {
  /** The slug of the newsletter. */
  readonly newsletter: string;
  readonly recipients: number;
  /** Those whose posts are fewer than the minimum. */
  readonly waiting: number;
  /** How many get nothing, by why: with the recipients these are all active subscriptions of the schedule. */
  readonly nothing: NothingCounts;
  /** Rendered one after the other as they are asked for. Where nobody is to get anything: the archive page, if there is one. */
  readonly digests: AsyncIterable<PublicPreviewedDigest>;
}

/** Renders what would go, without sending or storing anything. @throws NotFoundError, InvalidInputError */
export async function previewEdition(ports: EditionPorts, query: PreviewQuery): Promise<EditionPreview> {
  const { plan, subject } = await planPreview(ports, query);
  const archive = query.reader === undefined && plan.archive.releases.length > 0 ? [plan.archive] : [];
  return {
    newsletter: subject.newsletter.slug,
    recipients: plan.recipientCount,
    waiting: plan.waitingCount,
    nothing: plan.nothing,
    digests: renderAll(ports, subject, plan.groups.length > 0 ? plan.groups : archive),
  };
}

async function planPreview(
  { database, clock }: EditionPorts,
  { target, reader, at }: PreviewQuery,
): Promise<{ plan: EditionPlan; subject: DigestSubject }> {
  const now = at ?? clock();
  const onlyFor = async (newsletter: Newsletter): Promise<{ subscriptionId?: string }> =>
    reader ? { subscriptionId: await getSubscriptionId(database, newsletter, reader.address, reader.addressKeySecret) } : {};
  if ('editionId' in target) {
    const { editionId } = target;
    const subject = await loadDigestSubject(database, editionId);
    return { plan: await planDraft(database, { editionId, now, ...(await onlyFor(subject.newsletter)) }), subject };
  }
  const { newsletter, schedule } = await loadChosenSchedule(database, target);
  const plan = await planEdition(database, {
    newsletterId: newsletter.id,
    scheduleId: schedule.id,
    now,
    ...(at === undefined ? {} : { releasedUntil: at }),
    ...(await onlyFor(newsletter)),
  });
  return { plan, subject: subjectOfPlan(newsletter, schedule, now) };
}

async function* renderAll(
  ports: EditionPorts,
  subject: DigestSubject,
  groups: EditionPlan['groups'],
): AsyncGenerator<PublicPreviewedDigest> {
  for (const group of groups) {
    const { model, rendered, failed } = await renderChecked(ports, subject, group);
    const values = exampleValues(ports.publicUrl, model.archiveUrl);
    const html = fillPlaceholders(rendered.html, values, 'html');
    yield {
      html,
      text: fillPlaceholders(rendered.text, values, 'text'),
      recipientCount: group.recipientCount,
      postCount: group.releases.length,
      htmlBytes: Buffer.byteLength(html),
      subject: rendered.subject,
      failedGates: failed.map(faultText),
      repairs: rendered.repairs,
    };
  }
}

/** Values that look like a reader's and lead nowhere. */
function exampleValues(publicUrl: string, archiveUrl: string): PlaceholderValues {
  return {
    'reader.name': 'Ann Example',
    'reader.address': 'ann@example.org',
    'links.unsubscribe': unsubscribePageUrl(publicUrl, 'preview'),
    'links.preferences': preferencesPageUrl(publicUrl, 'preview'),
    'links.browser': archiveUrl,
  };
}

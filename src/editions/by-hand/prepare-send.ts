import { loadChosenSchedule, type ScheduleChoice } from '../../newsletters/list-schedules.ts';
import type { CheckedDraft } from '../check-draft.ts';
import { loadDigestSubject } from '../digests/render-releases.ts';
import type { EditionPorts } from '../edition-ports.ts';
import { loadNothingDue, loadPublicPlan } from './plan-send.ts';
import type { PublicNothingDue, PublicPlan } from './public-plan.ts';
import { composeByHand, type HandConflict } from './send-by-hand.ts';

/** An edition that staff are about to send, before they agree. */
export type PreparedSend =
  | { readonly kind: 'nothing_due'; readonly nothing: PublicNothingDue }
  /** A draft that the schedule composed waits for staff; nothing was stored. */
  | { readonly kind: 'draft_waits'; readonly editionId: string }
  /** A gate failed: the edition is held, and the reason says what to do. */
  | { readonly kind: 'held'; readonly editionId: string; readonly reason: string }
  | (HandConflict & { readonly editionId: string })
  | {
      readonly kind: 'ready';
      readonly editionId: string;
      readonly plan: PublicPlan;
      readonly replacedEditionId: string | undefined;
      /** What was seen: `approveByHand` lets go this and nothing else. */
      readonly draft: CheckedDraft;
    };

/** Composes an edition by hand and says what it would do. The schedule's own draft is replaced only when asked. @throws NotFoundError */
export async function prepareSend(ports: EditionPorts, choice: ScheduleChoice, replacesDraft: boolean): Promise<PreparedSend> {
  const { schedule } = await loadChosenSchedule(ports.database, choice);
  const composed = await composeByHand(ports, schedule, replacesDraft);
  if (composed.kind === 'nothing_due')
    return { kind: 'nothing_due', nothing: await loadNothingDue(ports.database, schedule, composed.waitingCount) };
  if (composed.kind !== 'ready') return composed;
  const { editionId, draft, replacedEditionId } = composed;
  const plan = await loadPublicPlan(ports, await loadDigestSubject(ports.database, editionId), draft.plan);
  return { kind: 'ready', editionId, plan, replacedEditionId, draft };
}

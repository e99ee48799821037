import type { Tx } from '../../db/db.ts';
import { ConflictError } from '../../kernel/errors.ts';
import { changeLocalHour, changeRendering, changeTopics, moveToSchedule } from '../../ledger/change-subscription.ts';
import { holdSchedule } from '../../newsletters/schedule-store.ts';
import { holdTopics } from '../../topics/topic-store.ts';
import { insertConsentEvent } from '../consent/consent-store.ts';
import type { ConsentKind } from '../consent/consent.ts';
import type { Choices, Subscription } from '../subscriber.ts';
import type { ChoiceOf, ChoicePorts } from './change-choices.ts';
import { lockSubscriptionById } from './choice-store.ts';

/**
 * Sets all choices of a subscription at once, or none: each that differs has a line in the consent log. Of two at the same time the later one stands.
 * False where the person left. @throws ConflictError for a topic or schedule that is gone by now
 */
export async function saveChoices(ports: ChoicePorts, who: ChoiceOf, wanted: Choices): Promise<boolean> {
  return ports.database.transaction(async (tx) => {
    const before = await lockSubscriptionById(tx, who.subscriptionId);
    if (!before || before.state === 'left') return false;
    await holdTopics(tx, wanted.topicIds);
    if (!(await holdSchedule(tx, wanted.scheduleId)))
      throw new ConflictError('Expected a schedule that is there, got one that was removed a moment ago');
    for (const { kind, details, apply } of changesOf(before, wanted)) {
      await apply(tx, before.id);
      await insertConsentEvent(tx, { subscriptionId: before.id, kind, at: ports.clock(), source: who.source, details });
    }
    return true;
  });
}

interface Change {
  readonly kind: ConsentKind;
  readonly details: Readonly<Record<string, unknown>>;
  readonly apply: (tx: Tx, subscriptionId: string) => Promise<void>;
}

function changesOf(before: Subscription, wanted: Choices): Change[] {
  const changes: Change[] = [];
  const { topicIds, scheduleId, localHour, timeZone, language, format } = wanted;
  if (String(topicIds) !== String(before.topicIds) || (topicIds === null) !== (before.topicIds === null))
    changes.push({ kind: 'topics_chosen', details: { topicIds }, apply: (tx, id) => changeTopics(tx, id, topicIds) });
  if (scheduleId !== before.scheduleId)
    changes.push({ kind: 'schedule_chosen', details: { scheduleId }, apply: (tx, id) => moveToSchedule(tx, id, scheduleId) });
  if (localHour !== before.localHour || (localHour !== null && timeZone !== before.timeZone)) {
    const local = localHour === null || timeZone === null ? null : { hour: localHour, timeZone };
    changes.push({ kind: 'hour_chosen', details: { localHour, timeZone }, apply: (tx, id) => changeLocalHour(tx, id, local) });
  }
  if (language !== before.language)
    changes.push({ kind: 'language_chosen', details: { language }, apply: (tx, id) => changeRendering(tx, id, { language }) });
  if (format !== before.format)
    changes.push({ kind: 'format_chosen', details: { format }, apply: (tx, id) => changeRendering(tx, id, { format }) });
  return changes;
}

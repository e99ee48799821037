import { ConflictError } from '../../kernel/errors.ts';
import { holdSchedule } from '../../newsletters/schedule-store.ts';
import { holdTopics } from '../../topics/topic-store.ts';
import type { Choices, Subscription } from '../subscriber.ts';
import { applyChoice, type ChoiceDetails, type ChoiceOf } from './apply-choice.ts';
import type { ChoicePorts } from './change-choices.ts';
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
    for (const choice of changesOf(before, wanted)) await applyChoice(tx, who, choice, ports.clock());
    return true;
  });
}

type Change = {
  readonly [Kind in keyof ChoiceDetails]: { readonly kind: Kind; readonly details: ChoiceDetails[Kind] };
}[keyof ChoiceDetails];

function changesOf(before: Subscription, wanted: Choices): Change[] {
  const changes: Change[] = [];
  const { topicIds, scheduleId, localHour, timeZone, language, format } = wanted;
  if (String(topicIds) !== String(before.topicIds) || (topicIds === null) !== (before.topicIds === null))
    changes.push({ kind: 'topics_chosen', details: { topicIds } });
  if (scheduleId !== before.scheduleId) changes.push({ kind: 'schedule_chosen', details: { scheduleId } });
  if (localHour !== before.localHour || (localHour !== null && timeZone !== before.timeZone))
    changes.push({ kind: 'hour_chosen', details: { localHour, timeZone } });
  if (language !== before.language) changes.push({ kind: 'language_chosen', details: { language } });
  if (format !== before.format) changes.push({ kind: 'format_chosen', details: { format } });
  return changes;
}

/*
 * Faults that are planted in the record of a run which was clean: a model that does not see them in this very run has proved nothing.
 */
import type { History, Message } from './history.ts';
import { reconcile, type Finding } from './reconcile.ts';

interface Plant {
  readonly kind: Finding['kind'];
  /** The messages with the fault; undefined where the run gives no occasion. */
  plant(history: History): readonly Message[] | undefined;
}

const plants: readonly Plant[] = [
  {
    kind: 'lost',
    plant: ({ messages }) =>
      without(
        messages,
        lastWith(messages, ({ posts }) => posts.length > 0),
      ),
  },
  {
    kind: 'twice',
    plant: ({ messages }) =>
      also(
        messages,
        lastWith(messages, ({ posts }) => posts.length > 0),
        { messageId: '<d0.e0.planted@example.org>' },
      ),
  },
  {
    kind: 'repeated without doubt',
    plant: ({ messages, doubts }) =>
      also(
        messages,
        lastWith(messages, ({ messageId }) => !doubts.has(messageId.slice(2).split('.')[0] ?? '')),
        {},
      ),
  },
  {
    kind: 'after leaving',
    plant: ({ messages, subscriptions }) => {
      const gone = subscriptions.find(({ steps }) => steps.at(-1)?.kind === 'leave');
      const startedAt = (gone?.steps.at(-1)?.to ?? 0) + 2_100;
      return gone && [...messages, empty({ to: gone.address, newsletter: gone.newsletter, startedAt })];
    },
  },
  { kind: 'correction lost', plant: ({ messages }) => withoutCorrections(messages) },
  {
    kind: 'correction without its post',
    plant: ({ messages, subscriptions, corrections }) => {
      const [correction] = corrections;
      const stranger = subscriptions.find(
        ({ address, newsletter, steps }) =>
          steps.length > 0 &&
          !messages.some(
            (each) => each.to === address && each.newsletter === newsletter && each.posts.some(({ key }) => key === correction?.post),
          ),
      );
      if (correction === undefined || stranger === undefined) return undefined;
      const { address: to, newsletter, steps } = stranger;
      return [...messages, empty({ to, newsletter, startedAt: steps[0]!.to + 1, corrections: [correction.key] })];
    },
  },
];

/** How many faults could be planted, and the kinds of those that were not found. */
export function plantFaults(history: History): { readonly plantedCount: number; readonly unseen: readonly string[] } {
  const planted = plants.flatMap(({ kind, plant }) => {
    const messages = plant(history);
    return messages ? [{ kind, messages }] : [];
  });
  const unseen = planted.filter(
    ({ kind, messages }) => !reconcile({ ...history, messages }).findings.some((finding) => finding.kind === kind),
  );
  return { plantedCount: planted.length, unseen: unseen.map(({ kind }) => kind) };
}

function lastWith(messages: readonly Message[], holds: (message: Message) => boolean): Message | undefined {
  return messages.findLast((message) => message.kind === 'digest' && holds(message));
}

/** Without it, and without its repeats. */
function without(messages: readonly Message[], dropped: Message | undefined): readonly Message[] | undefined {
  return dropped && messages.filter(({ messageId }) => messageId !== dropped.messageId);
}

function also(messages: readonly Message[], message: Message | undefined, changes: Partial<Message>): readonly Message[] | undefined {
  return message && [...messages, { ...message, ...changes }];
}

function withoutCorrections(messages: readonly Message[]): readonly Message[] | undefined {
  if (!messages.some(({ corrections }) => corrections.length > 0)) return undefined;
  return messages.map((message) => ({ ...message, corrections: [] }));
}

function empty(about: Pick<Message, 'to' | 'newsletter' | 'startedAt'> & Partial<Message>): Message {
  return { kind: 'digest', messageId: '<d0.e0.planted@example.org>', endedAt: about.startedAt, posts: [], corrections: [], ...about };
}

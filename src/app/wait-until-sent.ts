import { setTimeout as delay } from 'node:timers/promises';
import type { CheckedDraft } from '../editions/check-draft.ts';
import type { PublicEditionBesides, PublicEditionLeft } from '../editions/by-hand/public-plan.ts';
import type { EditionPorts } from '../editions/edition-ports.ts';
import { approveByHand, type HandDecision } from '../editions/by-hand/send-by-hand.ts';
import type { PublicUsedUp } from '../ledger/accounts/public-used-up.ts';
import type { AccountOutage } from '../ledger/accounts/account-outage.ts';
import { getEdition } from '../ledger/drafts/edition-store.ts';
import { deliveryCounts, type DeliveryCounts } from '../ledger/queue/delivery-report-store.ts';
import { listUnfinishedEditions, type UnfinishedEdition } from '../ledger/unfinished-edition-store.ts';
import { getNewsletter } from '../newsletters/newsletter-store.ts';
import { createBridge, DatabaseLostError, StoppedError, type Bridge } from './bridge-loss.ts';
import type { Store } from './open-store.ts';
import type { SendProgress } from '../deliveries/report/send-pace.ts';
import { createOwnWorker, runUntilSent, type OwnWorker } from './run-until-sent.ts';

/** What is waited for, and who is told meanwhile. */
export interface WaitOptions {
  /** The slug of the newsletter. */
  readonly newsletter: string;
  readonly version: string;
  /** Resolves when nobody wants to wait any longer. */
  readonly stopped: Promise<void>;
  /** Told when the database is lost, and when it is back. */
  readonly say: (line: string) => void;
  /** Told about every second how far what is waited for is. */
  readonly onProgress: (progress: SendProgress) => void;
  /** Told of each account that stands still, once. */
  readonly onOutage: (outage: AccountOutage) => void;
  /** Told of each account whose hour or day is used up, once. */
  readonly onUsedUp: (account: PublicUsedUp) => void;
}

/** One wait for a newsletter: what was open when it began, a worker of its own where there is need for one, and a way over a lost database. */
export interface Waiting {
  /** Approves a draft as it was shown, also where another edition has to be frozen first. */
  approve(draft: CheckedDraft, by: string): Promise<HandDecision>;
  /** Waits until nothing of the newsletter is under way. */
  finish(editionId: string | undefined): Promise<WaitEnd>;
  close(): Promise<void>;
}

/** What came of waiting. */
export type WaitEnd =
  | { readonly kind: 'ended'; readonly end: SendEnd }
  /** Nobody wants to wait any longer; what was under way goes on while a worker runs. */
  | { readonly kind: 'stopped' }
  /** The database did not come back in time. */
  | { readonly kind: 'database_lost'; readonly message: string };

/** How the editions of a newsletter ended. */
export interface SendEnd {
  /** Of the edition that was sent; undefined where none was. */
  readonly counts: DeliveryCounts | undefined;
  /** Editions that were open besides and have ended, with what became of them meanwhile. */
  readonly others: readonly PublicEditionBesides[];
  /** Editions that wait for a person: they are not waited for. */
  readonly left: readonly PublicEditionLeft[];
  /** Editions of which something was not accepted. */
  readonly incomplete: readonly string[];
  /** Editions that ended with more refused than should be, and why. */
  readonly faults: readonly { readonly edition: string; readonly reason: string }[];
}

/** Looks at what is open in the newsletter, and starts a worker where none lives. Close it. @throws NotFoundError */
export async function beginWaiting(store: Store, ports: EditionPorts, options: WaitOptions): Promise<Waiting> {
  const { database } = store;
  const { id: newsletterId, senderAddress: sender } = await getNewsletter(database, options.newsletter);
  const bridge = createBridge({ stopped: options.stopped, say: options.say });
  const own = createOwnWorker(store, ports, options.version);
  const before = new Map<string, DeliveryCounts>();
  for (const { id } of await bridge.ask(() => listUnfinishedEditions(database, newsletterId)))
    before.set(id, await bridge.ask(() => deliveryCounts(database, id)));
  await bridge.ask(() => own.startWhereNoneLives());
  return {
    approve: (draft, by) => approveOverLoss(ports, { draft, by, bridge, own }),
    close: () => own.close({ isLost: bridge.isLost() }),
    async finish(editionId) {
      const seen = new Set<string>(editionId === undefined ? [] : [editionId]);
      // What was open at the beginning may have ended before the first look.
      for (const id of before.keys()) seen.add(id);
      const tellers = { onProgress: options.onProgress, onOutage: options.onOutage, onUsedUp: options.onUsedUp };
      const watch = { newsletterId, sender, bridge, own, onUnderWay: (id: string) => void seen.add(id), ...tellers };
      try {
        const left = await runUntilSent(store, watch);
        for (const { id } of left) seen.add(id);
        return { kind: 'ended', end: endOf(editionId, before, left, await lookAt(store, bridge, seen)) };
      } catch (error) {
        if (error instanceof StoppedError) return { kind: 'stopped' };
        if (error instanceof DatabaseLostError) return { kind: 'database_lost', message: error.message };
        throw error;
      }
    },
  };
}

/** Asked again where the database was lost: then nobody knows whether the first answer was a yes, and the edition's own state says it. */
async function approveOverLoss(
  ports: EditionPorts,
  { draft, by, bridge, own }: { draft: CheckedDraft; by: string; bridge: Bridge; own: OwnWorker },
): Promise<HandDecision> {
  // What has to be frozen first needs a worker. Otherwise none is started yet: it would send what this edition takes over.
  const others = await bridge.ask(() => listUnfinishedEditions(ports.database, draft.edition.newsletterId));
  if (others.some(({ state }) => state === 'approved')) await bridge.ask(() => own.startWhereNoneLives());
  const decision = await bridge.ask(() => approveByHand(ports, draft, by, delay));
  const isApproved = decision.kind === 'conflict' && ['approved', 'sending', 'done'].includes(decision.state);
  return isApproved && bridge.wasLost() ? { kind: 'approved' } : decision;
}

interface Seen {
  readonly counts: DeliveryCounts;
  /** Why it ended as it should not; undefined where it did not. */
  readonly fault: string | undefined;
}

async function lookAt({ database }: Store, bridge: Bridge, editionIds: ReadonlySet<string>): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  for (const id of editionIds) {
    const counts = await bridge.ask(() => deliveryCounts(database, id));
    const { state, reason } = await bridge.ask(() => getEdition(database, id));
    seen.set(id, { counts, fault: state === 'done' ? (reason ?? undefined) : undefined });
  }
  return seen;
}

function endOf(
  editionId: string | undefined,
  before: ReadonlyMap<string, DeliveryCounts>,
  left: readonly UnfinishedEdition[],
  seen: ReadonlyMap<string, Seen>,
): SendEnd {
  const ended = [...seen].filter(([id]) => id !== editionId && !left.some((edition) => edition.id === id));
  const others = ended.map(([id, { counts }]) => ({ edition: id, meanwhile: difference(counts, before.get(id)) }));
  const own = editionId === undefined ? undefined : seen.get(editionId)?.counts;
  return {
    counts: own,
    others,
    left: left.map(({ id, state, reason }) => ({ edition: id, state, reason, counts: seen.get(id)?.counts })),
    incomplete: [
      ...(editionId !== undefined && own !== undefined && isIncomplete(own) ? [editionId] : []),
      ...others.filter(({ meanwhile }) => isIncomplete(meanwhile)).map(({ edition }) => edition),
    ],
    faults: [...seen].flatMap(([id, { fault }]) => (fault === undefined ? [] : [{ edition: id, reason: fault }])),
  };
}

/** What a newer digest took over is no failure: its posts went with that one, which is waited for too. */
function isIncomplete(counts: Partial<DeliveryCounts>): boolean {
  return Object.entries(counts).some(([state, count]) => state !== 'accepted' && state !== 'superseded' && count > 0);
}

/** What changed: an edition that was open before has a history that is not this wait's. Open states count as they are. */
function difference(after: DeliveryCounts, before: DeliveryCounts | undefined): Partial<DeliveryCounts> {
  return Object.fromEntries(
    Object.entries(after).map(([state, count]) => {
      const isOpen = state === 'queued' || state === 'sending';
      return [state, isOpen ? count : Math.max(0, count - (before?.[state as keyof DeliveryCounts] ?? 0))];
    }),
  );
}

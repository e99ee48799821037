import type { Database, Tx } from '../../db/db.ts';
import { cohortKey, cohortState } from './cohort.ts';
import { type ReaderColumns, listQueuedRenditions, listReaders } from './cohort-store.ts';
import type { Edition } from './edition.ts';
import { getEdition, listEditionPosts, listOpenEditionIds } from './edition-store.ts';
import { carriedTopics, judgeCohort, type JudgedEdition, type Judgement, type NothingReason } from './judgement.ts';
import { selectionFrameOf } from './plan-edition.ts';
import { listArrived, listCorrectionsAmong, listHoldings } from './holding-store.ts';
import { type Position, parsePositions } from '../position.ts';
import { ReleaseIndex } from '../releases/release.ts';
import { loadReleaseFacts } from '../releases/release-facts-store.ts';
import { loadRenditionContents } from './rendition-store.ts';
import { type QueuedContent, type SelectionFrame, listToBeSent } from './selection.ts';

/** An active subscription that gets nothing of an edition, or got nothing, and why. */
export interface PassedOver {
  readonly subscriptionId: string;
  readonly why: NothingReason;
}

/** Subscriptions per look. */
const judgeStepSize = 2_000;

/**
 * The active subscriptions of an edition's schedule that get nothing of it, in id order, with the reason that `planDraft` counts them under. Of one that was
 * frozen, or whose freeze has passed them, those that have no delivery in it, judged by what holds now: whoever would get something has come back or changed
 * their choices since, and gets it `later`. At most `limit`, after a subscription id. @throws NotFoundError
 */
export async function listPassedOver(
  database: Database,
  query: { readonly editionId: string; readonly now: Date; readonly afterId?: string | undefined; readonly limit: number },
): Promise<PassedOver[]> {
  return database.transaction(async (tx) => {
    const edition = await getEdition(tx, query.editionId);
    const pins = await listEditionPosts(tx, edition.id);
    const { scheduleId, newsletterId } = edition;
    const judged = { frame: selectionFrameOf(edition, pins, query.now), index: new ReleaseIndex() };
    const found: PassedOver[] = [];
    for (let afterId = query.afterId ?? '0'; found.length < query.limit;) {
      const readers = await listReaders(tx, { scheduleId, editionId: edition.id, now: query.now, afterId, limit: judgeStepSize });
      const left = await withCorrections(
        tx,
        edition,
        readers.filter((reader) => !reader.hasDelivery),
      );
      await loadFactsOf(tx, newsletterId, judged, left, pins);
      const frame = pins.length > 0 ? judged.frame : asIfPinned(judged, left);
      const judge = judgeOf({ ...judged, frame, postTopics: carriedTopics(pins, judged.index) }, left.contents, {
        ...edition,
        hasEnded: edition.frozenAt !== null || edition.state === 'cancelled' || pins.length === 0,
      });
      for (const reader of left.readers) {
        const why = judge(reader);
        if (why !== undefined) found.push({ subscriptionId: reader.id, why });
      }
      if (readers.length < judgeStepSize) break;
      afterId = readers.at(-1)!.id;
    }
    return found.slice(0, query.limit);
  });
}

/** Readers, and what the renditions hold that wait for them in other editions. */
interface Looked {
  readonly readers: readonly ReaderColumns[];
  readonly contents: ReadonlyMap<string, QueuedContent>;
}

/** A correction goes only where its post has arrived, or travels along out of the queue: both are asked of those who are owed one. */
async function withCorrections(tx: Tx, { id, newsletterId }: Edition, readers: readonly ReaderColumns[]): Promise<Looked> {
  const owing = readers.filter(({ owed }) => owed !== '{}');
  const corrections = await listCorrectionsAmong(tx, [...new Set(owing.flatMap(({ owed }) => parsePositions(owed)))]);
  if (corrections.length === 0) return { readers, contents: new Map() };
  const ids = owing.map((reader) => reader.id);
  const arrived = await listArrived(tx, ids, await listHoldings(tx, newsletterId, corrections));
  const queued = await listQueuedRenditions(tx, ids, await listOpenEditionIds(tx, newsletterId, id));
  return {
    readers: readers.map((reader) => ({
      ...reader,
      arrived: arrived.get(reader.id) ?? reader.arrived,
      queuedRenditionIds: queued.get(reader.id) ?? reader.queuedRenditionIds,
    })),
    contents: await loadRenditionContents(tx, [...new Set([...queued.values()].flat())]),
  };
}

async function loadFactsOf(
  tx: Tx,
  newsletterId: string,
  { index, frame }: Pick<JudgedEdition, 'index' | 'frame'>,
  { readers, contents }: Looked,
  pins: readonly { readonly position: Position }[],
): Promise<void> {
  const states = readers.filter(({ standing }) => standing === null).map((reader) => cohortState(reader, contents));
  const lowest = states.reduce((low, { cursor }) => (cursor < low ? cursor : low), frame.cutoff);
  const positions = new Set([
    ...pins.map((pin) => pin.position),
    ...states.flatMap(({ owed }) => owed),
    ...[...contents.values()].flatMap((content) => content.positions),
  ]);
  index.add(await loadReleaseFacts(tx, newsletterId, { above: lowest, upto: frame.cutoff, positions: [...positions] }));
}

/** The frame of an edition that ended when it was composed: it pinned nothing, and what waited is judged as if it had. */
function asIfPinned({ frame, index }: Pick<JudgedEdition, 'index' | 'frame'>, { readers, contents }: Looked): SelectionFrame {
  const waiting = readers
    .filter(({ standing }) => standing === null)
    .flatMap((reader) => listToBeSent(cohortState(reader, contents), frame.cutoff, index));
  return { ...frame, pins: new Map(waiting.map(({ position, revision }) => [position, { revision, isLeftOut: false }])) };
}

/** Judges readers one by one, those of one cohort once. Undefined for who gets a digest, also where a freeze under way has not come to them. */
function judgeOf(
  judged: JudgedEdition,
  contents: Looked['contents'],
  { frozenUpto, hasEnded }: Pick<Edition, 'frozenUpto'> & { readonly hasEnded: boolean },
): (reader: ReaderColumns) => NothingReason | undefined {
  const decided = new Map<string, Judgement>();
  return (reader) => {
    if (reader.standing !== null) return reader.standing;
    const key = cohortKey(reader);
    const judgement = decided.get(key) ?? judgeCohort(cohortState(reader, contents), judged);
    decided.set(key, judgement);
    if (judgement.kind === 'nothing') return judgement.why;
    return hasEnded || BigInt(reader.id) <= frozenUpto ? 'later' : undefined;
  };
}

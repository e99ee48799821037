/*
 * Histories on Postgres: the use cases themselves, two steps at a time on connections of their own, freezes that are killed between chunks, and the
 * real claim. What P2 promises is kept beside it, carefully: where two steps race for the same thing, nothing is promised.
 */
import { type Database, openDatabase } from '../../src/db/db.ts';
import { applyOffers, recordOffer } from '../../src/ledger/apply-offers.ts';
import { approveEdition, resumeEdition } from '../../src/ledger/approve-edition.ts';
import { type AttemptOutcome, type RetryPolicy, recordOfAttempt } from '../../src/ledger/queue/attempt.ts';
import {
  activateSubscription,
  moveToSchedule,
  changeTopics,
  leaveSubscription,
  pauseSubscription,
  resumeSubscription,
  takeBackLeaving,
} from '../../src/ledger/change-subscription.ts';
import { type ClaimedDelivery, type ClaimStatement, claimAndRecord, prepareClaimSession } from '../../src/ledger/queue/claim-store.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { cancelEdition, pauseEdition, skipEdition } from '../../src/ledger/drafts/decide-edition.ts';
import { type DeliveryState, hasArrived, holdsItsPosts } from '../../src/ledger/queue/delivery.ts';
import { editEditionPost } from '../../src/ledger/drafts/draft-store.ts';
import { listEditionPosts } from '../../src/ledger/drafts/edition-store.ts';
import type { EditionState } from '../../src/ledger/drafts/edition.ts';
import { endIneligible, needsTransaction, recordEndOfAttempt } from '../../src/ledger/end-delivery.ts';
import { giveBack } from '../../src/ledger/queue/give-back-store.ts';
import { type Position, parsePosition, parsePositions } from '../../src/ledger/position.ts';
import { takeBackSuppressions } from '../../src/ledger/queue/refusal-count-store.ts';
import { recordCorrection, takeBackCorrection } from '../../src/ledger/record-correction.ts';
import { lastPosition } from '../../src/ledger/releases/release-store.ts';
import { topicsOverlap } from '../../src/ledger/releases/release.ts';
import { repointRetracted } from '../../src/ledger/freeze/repoint-retracted.ts';
import { resendDeliveries } from '../../src/ledger/resend-deliveries.ts';
import { retractPost, undoRetraction } from '../../src/ledger/retract-post.ts';
import { eraseSubscriber, liftSuppression, suppressAddress } from '../../src/ledger/suppress-address.ts';
import { sweepDeliveries } from '../../src/ledger/sweep/sweep-deliveries.ts';
import { endWorker, registerWorker } from '../../src/ledger/queue/worker-store.ts';
import {
  type TestNewsletter,
  freeze,
  insertNewsletter,
  insertPendingSubscription,
  one,
  recordingRenderer,
  releaseNewPost,
} from './fixture.ts';
import { type Step, pick, pickTopics } from './history.ts';
import type { Picture, SeenDelivery, SeenSubscription } from './invariants.ts';

const policy: RetryPolicy = { gapsMs: [0], patienceMs: 1_000_000, inDoubt: 'resend' };
const { render } = recordingRenderer();

/** Thrown by a freeze that is to die between two chunks. */
class Killed extends Error {}

interface InFlight {
  readonly delivery: ClaimedDelivery;
  readonly workerId: string;
}

interface WorldSubscription extends SeenSubscription {
  readonly topics: readonly string[] | null;
  /** Suppressed by the word of a server, which may be taken back. */
  readonly isBounced: boolean;
}

/** One newsletter of a database that many histories share. */
export class PostgresWorld {
  readonly #database: Database;
  readonly #claims: Database;
  readonly #topics: readonly string[];
  readonly #newsletter: TestNewsletter;
  readonly #subscriptionIds: string[] = [];
  /** By subscription: the key of the address that its person had or has. */
  readonly #persons = new Map<string, string>();
  /** Keys of people who were erased and have not come back. */
  readonly #erased = new Set<string>();
  readonly #posts: { postId: string; position: Position }[] = [];
  readonly #promised = new Map<string, Set<Position>>();
  readonly #taken = new Set<string>();
  readonly #inFlight = new Map<string, InFlight>();
  #workerId: string;
  /** Subscriptions that a step of this turn changed, and posts that it released. */
  #touched = new Set<string>();
  /** Those of them that joined and that no other step changed: what waits for them is promised. */
  #joined = new Set<string>();
  #released: Position[] = [];
  /** By subscription that was left: what was promised to it then, and since. */
  readonly #left = new Map<string, Set<Position>>();
  /** Those whose leaving was taken back in this turn. */
  #returned = new Set<string>();
  /** The last release when a step changed a subscription last: what was corrected before is not promised. */
  readonly #changedAt = new Map<string, Position>();

  private constructor(database: Database, claims: Database, newsletter: TestNewsletter, topics: readonly string[], workerId: string) {
    this.#database = database;
    this.#claims = claims;
    this.#newsletter = newsletter;
    this.#topics = topics;
    this.#workerId = workerId;
  }

  static async open(database: Database, claims: Database, topics: readonly string[]): Promise<PostgresWorld> {
    const newsletter = await insertNewsletter(database, { minimum: 2 });
    const world = new PostgresWorld(database, claims, newsletter, topics, await startWorker(database));
    // Those who have not confirmed yet stand before, between and behind the others: a freeze may have passed them when they do.
    for (const [i, number] of [2, 0, 1, 5, 6, 3].entries()) {
      const id = await world.#addPending(number, number);
      if (i % 3 !== 0) await world.#activate(id);
    }
    return world;
  }

  /** Plays two steps at the same time and returns what was promised and what is there. */
  async playTogether(steps: readonly Step[]): Promise<Picture> {
    this.#touched = new Set();
    this.#joined = new Set();
    this.#returned = new Set();
    this.#released = [];
    await Promise.all(steps.map(async (step) => this.#actions[step.operation](step)));
    return this.#look();
  }

  /** A delivery that is open without a range that is due no later, or in an edition that has ended; undefined where there is none. */
  async findUncovered(): Promise<string | undefined> {
    const { rows } = await this.#database.query<{ id: string }>(
      `select d.id from edition e join delivery d on d.edition_id = e.id
       where e.newsletter_id = $1 and d.state in ('queued', 'sending') and (e.ended_at is not null or not exists (
         select from open_range r where r.edition_id = e.id and d.id between r.from_id and r.to_id and r.due_at <= d.due_at)) limit 1`,
      [this.#newsletter.id],
    );
    return rows[0] && `delivery ${rows[0].id} is open and in no range`;
  }

  /** Sends until nothing is due and returns what was promised and is in no delivery. */
  async drain(): Promise<string[]> {
    await this.#takeBack();
    await this.#database.query(`update subscription set paused_until = null where newsletter_id = $1`, [this.#newsletter.id]);
    await this.#freezeAll();
    for (const { id } of await this.#editions(['paused'])) {
      await resumeEdition(this.#database, id, { now: new Date() });
      await this.#freezeAll();
    }
    for (let round = 0; round < 2; round += 1) {
      await this.#sweep();
      await applyOffers(this.#database, { now: new Date(), guardLimit: 1_000 });
      for (const schedule of [0, 1]) {
        await this.#database.query(`update schedule set minimum = 1 where newsletter_id = $1`, [this.#newsletter.id]);
        await this.#compose(schedule);
        const [draft] = await this.#editions(['draft'], schedule);
        if (draft !== undefined) await approveEdition(this.#database, draft.id, { by: 'test', now: new Date() });
        await this.#freezeAll();
      }
    }
    const picture = await this.#look();
    return [
      ...this.#untold(picture),
      ...[...picture.promised].flatMap(([id, positions]) => {
        const held = picture.deliveries
          .filter((delivery) => delivery.subscriptionId === id && holdsItsPosts(delivery))
          .flatMap((d) => d.positions);
        return [...positions]
          .filter((position) => !held.includes(position))
          .map((position) => `${position} never reached subscription ${id}`);
      }),
    ];
  }

  /** Holders of an older text who are not told of a correction. */
  #untold({ subscriptions, deliveries, corrections }: Picture): string[] {
    const isTold = (id: string, position: Position): boolean =>
      deliveries.some((d) => d.subscriptionId === id && holdsItsPosts(d) && d.positions.includes(position));
    const hasOlder = (id: string, own: Position, revision: number): boolean =>
      deliveries.some(
        (d) =>
          d.subscriptionId === id && hasArrived(d) && d.positions.includes(own) && (d.revisions[d.positions.indexOf(own)] ?? 0) < revision,
      );
    return subscriptions
      .filter(({ isActive }) => isActive)
      .flatMap(({ id, owed }) =>
        [...corrections]
          .filter(([position, { isVoid }]) => !isVoid && position > (this.#changedAt.get(id) ?? 0n))
          .filter(
            ([position, { postPosition, revision }]) =>
              hasOlder(id, postPosition, revision) && !isTold(id, position) && !owed.includes(position),
          )
          .map(([position]) => `correction ${position} never reached subscription ${id}`),
      );
  }

  /** Leaves nothing open for the histories that follow. */
  async close(): Promise<void> {
    await this.#database.query(
      `with o as (update offer set applied_at = now() where applied_at is null)
       update edition set state = case when state in ('draft', 'approved') then 'skipped' else state end, ended_at = now()
       where newsletter_id = $1 and ended_at is null`,
      [this.#newsletter.id],
    );
  }

  readonly #actions: Record<Step['operation'], (step: Step) => Promise<unknown>> = {
    release: async ({ a }) => {
      const post = await releaseNewPost(this.#database, this.#newsletter, pickTopics(this.#topics, a % 5) ?? []);
      this.#posts.push(post);
      this.#released.push(post.position);
    },
    retract: async ({ a }) => this.#withPost(a, async (postId) => retractPost(this.#database, postId, { reason: 'test', now: new Date() })),
    undo_retraction: async ({ a }) => this.#withPost(a, async (postId) => undoRetraction(this.#database, postId, new Date())),
    correct: async ({ a, b }) =>
      this.#withPost(a, async (postId) =>
        this.#database.transaction(async (tx) => {
          const { rows } = await tx.query<{ revision: number }>(
            `update post set revision = revision + $2 where id = $1 returning revision`,
            [postId, b % 3 === 0 ? 0 : 1],
          );
          await recordCorrection(tx, { postId, revision: one(rows).revision, note: undefined, now: new Date() });
        }),
      ),
    revise: async ({ a }) =>
      this.#withPost(a, async (postId) => this.#database.query(`update post set revision = revision + 1 where id = $1`, [postId])),
    take_back_correction: async ({ a }) => this.#withPost(a, async (postId) => takeBackCorrection(this.#database, postId, new Date())),
    gain_topic: async ({ a, b }) => this.#withPost(a, async (postId) => this.#gainTopic(postId, this.#topics[b % 3] ?? '')),
    lose_topic: async ({ a, b }) =>
      this.#withPost(a, async (postId) =>
        this.#database.query(`delete from post_topic where post_id = $1 and topic_id = $2`, [postId, this.#topics[b % 3]]),
      ),
    apply_offers: async () => applyOffers(this.#database, { now: new Date(), guardLimit: 1_000 }),
    subscribe: async (step) => this.#join(step),
    change_topics: async ({ a, b }) =>
      this.#change(a, async (id) => this.#database.transaction(async (tx) => changeTopics(tx, id, pickTopics(this.#topics, b)))),
    change_schedule: async ({ a, b }) =>
      this.#change(a, async (id) =>
        this.#database.transaction(async (tx) => moveToSchedule(tx, id, this.#newsletter.scheduleIds[b % 2 === 0 ? 0 : 1])),
      ),
    pause: async ({ a }) =>
      this.#change(a, async (id) => this.#database.transaction(async (tx) => pauseSubscription(tx, id, 'indefinitely', new Date()))),
    resume: async ({ a, b }) =>
      this.#change(a, async (id) =>
        this.#database.transaction(async (tx) => resumeSubscription(tx, id, b % 3 === 0 ? 'afresh' : 'catch_up', new Date())),
      ),
    leave: async ({ a }) =>
      this.#change(a, async (id) => {
        await this.#database.transaction(async (tx) => {
          const { rows } = await tx.query<{ state: string }>(`select state from subscription where id = $1 for update`, [id]);
          if (one(rows).state === 'active' && !this.#left.has(id)) this.#left.set(id, new Set(this.#promised.get(id)));
          await leaveSubscription(tx, id, new Date());
        });
      }),
    take_back_leaving: async ({ a }) => this.#change(a, async (id) => this.#takeBackLeaving(id)),
    rejoin: async ({ a }) => {
      const id = pick(this.#subscriptionIds, a);
      if (id !== undefined) await this.#activate(id);
    },
    erase: async ({ a }) =>
      this.#change(a, async (id) => {
        await this.#database.transaction(async (tx) => {
          const { rows } = await tx.query<{ id: string; key: string | null }>(
            `select p.id, p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1 for update of s`,
            [id],
          );
          const { id: personId, key } = one(rows);
          if (key === null) return;
          await eraseSubscriber(tx, personId, new Date());
          await tx.query(`update subscriber set address = null, address_key = null, erased_at = now() where id = $1`, [personId]);
          this.#erased.add(key);
          this.#left.delete(id);
        });
      }),
    come_back: async ({ a, b }) => {
      const key = pick([...this.#erased], a);
      if (key === undefined || this.#subscriptionIds.length > 9) return;
      this.#erased.delete(key);
      await this.#activate(await this.#addPending(b, b, key));
    },
    suppress: async ({ a }) =>
      this.#change(a, async (id) => {
        const key = this.#persons.get(id) ?? '';
        this.#left.get(id)?.clear();
        await this.#database.transaction(async (tx) => suppressAddress(tx, key, { reason: 'staff', source: 'test', now: new Date() }));
      }),
    lift: async ({ a }) =>
      this.#change(a, async (id) => {
        const key = this.#persons.get(id) ?? '';
        await this.#database.transaction(async (tx) => liftSuppression(tx, key, new Date()));
      }),
    compose: async ({ a, b }) => this.#compose(a % 2, b % 2 === 0),
    leave_out: async ({ a, b }) =>
      this.#withEdition(a, ['draft'], async (id) => {
        const post = pick(await listEditionPosts(this.#database, id), b);
        if (post === undefined) return;
        await this.#database.transaction(async (tx) => editEditionPost(tx, id, post.position, { isLeftOut: true }));
      }),
    approve: async ({ a }) =>
      this.#withEdition(a, ['draft'], async (id) => approveEdition(this.#database, id, { by: 'test', now: new Date() })),
    freeze_chunk: async () => this.#freeze({ diesAfter: 1 }),
    freeze: async (step) => this.#freeze({ ...(step.c % 5 === 0 ? { diesAfter: 2 } : {}), joiner: step.c % 3 === 0 ? step : undefined }),
    kill_freeze: async () => this.#freeze({ diesAfter: 2 }),
    skip: async ({ a }) =>
      this.#withEdition(a, ['draft'], async (id) => skipEdition(this.#database, id, { reason: 'test', now: new Date() })),
    cancel: async ({ a }) =>
      this.#withEdition(a, ['approved', 'sending', 'paused'], async (id) =>
        cancelEdition(this.#database, id, { reason: 'test', now: new Date() }),
      ),
    pause_edition: async ({ a }) =>
      this.#withEdition(a, ['approved', 'sending'], async (id) => pauseEdition(this.#database, id, { reason: 'test', now: new Date() })),
    resume_edition: async ({ a }) => this.#withEdition(a, ['paused'], async (id) => resumeEdition(this.#database, id, { now: new Date() })),
    claim: async ({ a }) => this.#claim(a),
    accepted: async ({ a }) => this.#reply(a, { kind: 'accepted', reply: '250' }),
    deferred: async ({ a }) => this.#reply(a, { kind: 'deferred', reply: '451', subject: 'host' }),
    rejected: async ({ a }) => this.#reply(a, { kind: 'rejected', reply: '550', subject: 'address' }),
    policy: async ({ a, b }) =>
      this.#reply(a, { kind: 'rejected', reply: '550', subject: (['policy', 'message', 'mailbox', 'unclear'] as const)[b % 4]! }),
    take_back: async () => this.#takeBack(),
    lost: async ({ a, b }) => this.#reply(a, { kind: 'in_doubt', reply: 'lost' }, b % 2 === 1),
    expired: async ({ a }) => this.#reply(a, { kind: 'deferred', reply: '451', subject: 'host' }, false, policy.patienceMs + 1),
    kill_worker: async ({ a }) => {
      const dead = this.#workerId;
      this.#workerId = await startWorker(this.#database);
      await endWorker(this.#database, dead);
      // A worker that is only taken for dead may still hear from its server.
      if (a % 2 === 0) this.#inFlight.clear();
      await this.#sweep();
    },
    resend: async ({ a }) => {
      const ended = pick(await this.#deliveries(['in_doubt']), a);
      if (ended === undefined) return;
      await this.#database.transaction(async (tx) => resendDeliveries(tx, ended.editionId, [ended.id], new Date()));
    },
    sweep: async () => this.#sweep(),
    later: async () => Promise.resolve(),
  };

  /** As its reader does, who is neither suppressed nor erased: only from `left`, under the lock. */
  async #takeBackLeaving(id: string): Promise<void> {
    const isTakenBack = await this.#database.transaction(async (tx) => {
      const { rows } = await tx.query(
        `select from subscription s join subscriber p on p.id = s.subscriber_id
         where s.id = $1 and s.state = 'left' and p.erased_at is null
           and not exists (select from suppression x where x.address_key = p.address_key) for update of s`,
        [id],
      );
      // Who left without having been active has no way back.
      if (rows.length === 0 || !this.#left.has(id)) return false;
      await takeBackLeaving(tx, id, new Date());
      return true;
    });
    if (isTakenBack) this.#returned.add(id);
  }

  async #addPending(topicNumber: number, schedule: number, addressKey?: string): Promise<string> {
    const id = await insertPendingSubscription(this.#database, this.#newsletter, {
      topics: pickTopics(this.#topics, topicNumber),
      scheduleId: this.#newsletter.scheduleIds[schedule % 2 === 0 ? 0 : 1],
      ...(addressKey === undefined ? {} : { addressKey }),
    });
    this.#persons.set(id, addressKey ?? (await this.#addressKey(id)));
    this.#subscriptionIds.push(id);
    return id;
  }

  /** One who has not confirmed yet does, or somebody new comes. */
  async #join({ a, b }: Step): Promise<void> {
    const { rows } = await this.#database.query<{ id: string }>(
      `select id from subscription where id = any($1::bigint[]) and state = 'pending' order by id`,
      [this.#subscriptionIds],
    );
    const pending = pick(rows, a)?.id;
    if (pending !== undefined) await this.#activate(pending);
    else if (this.#subscriptionIds.length < 8) await this.#activate(await this.#addPending(a, b));
  }

  async #activate(id: string): Promise<void> {
    const isTouched = this.#touched.has(id);
    this.#touch(id);
    if (!isTouched) this.#joined.add(id);
    await this.#database.transaction(async (tx) => {
      const { rows } = await tx.query(
        `select from subscription s join subscriber p on p.id = s.subscriber_id where s.id = $1 and p.erased_at is null for update of s`,
        [id],
      );
      if (rows.length > 0) await activateSubscription(tx, id, new Date());
    });
    this.#left.delete(id);
  }

  /** A step changes it, and whatever else its person has. */
  #touch(id: string): void {
    for (const [other, personId] of this.#persons) {
      if (personId !== this.#persons.get(id)) continue;
      this.#touched.add(other);
      this.#joined.delete(other);
    }
  }

  async #gainTopic(postId: string, topicId: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const { rowCount } = await tx.query(`insert into post_topic (post_id, topic_id) values ($1, $2) on conflict do nothing`, [
        postId,
        topicId,
      ]);
      if (rowCount === 1) await recordOffer(tx, { postId, kind: 'topic', topicId, now: new Date() });
    });
  }

  async #compose(schedule: number, byHand = true): Promise<void> {
    const scheduleId = this.#newsletter.scheduleIds[schedule === 0 ? 0 : 1];
    await composeEdition(this.#database, { newsletterId: this.#newsletter.id, scheduleId, slotAt: null, byHand, now: new Date() });
  }

  async #freezeAll(): Promise<void> {
    while ((await this.#editions(['approved'])).length > 0) await this.#freeze();
  }

  /** Freezes what is approved, in chunks of two; dies after so many of them. Somebody joins after the first. */
  async #freeze({ diesAfter, joiner }: { diesAfter?: number; joiner?: Step | undefined } = {}): Promise<void> {
    const [edition] = await this.#editions(['approved']);
    if (edition === undefined) return;
    let chunkCount = 0;
    try {
      await freeze(this.#database, edition.id, {
        renderRendition: render,
        chunkSize: 2,
        afterChunk: async () => {
          chunkCount += 1;
          if (joiner !== undefined && chunkCount === 1) await this.#join(joiner);
          if (chunkCount === diesAfter) throw new Killed();
        },
      });
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }

  /** As when its domain had refused too many: nobody's refusals are believed. */
  async #takeBack(): Promise<void> {
    await this.#database.query(`update refusal r set domain = $2 from edition e where e.id = r.edition_id and e.newsletter_id = $1`, [
      this.#newsletter.id,
      this.#domain,
    ]);
    await this.#database.transaction(async (tx) => giveBack(tx, await takeBackSuppressions(tx, this.#domain)));
  }

  get #domain(): string {
    return `n${this.#newsletter.id}.example`;
  }

  async #sweep(): Promise<void> {
    await repointRetracted(this.#database, { renderRendition: render, now: new Date() });
    await sweepDeliveries(this.#database, { policy, enqueue: async () => Promise.resolve(), now: new Date() });
  }

  async #claim(number: number): Promise<void> {
    const queued = pick(await this.#deliveries(['queued']), number);
    if (queued === undefined) return;
    const workerId = this.#workerId;
    const { claimed, ineligibleIds } = await this.#tick({ workerId, record: [], giveUp: [], claimIds: [queued.id] });
    for (const delivery of claimed) this.#inFlight.set(delivery.id, { delivery, workerId });
    if (ineligibleIds.length > 0) await endIneligible(this.#database, ineligibleIds);
  }

  async #reply(number: number, outcome: AttemptOutcome, isTaken = outcome.kind === 'accepted', ageMs = 0): Promise<void> {
    const flight = pick([...this.#inFlight.values()], number);
    if (flight === undefined) return;
    const { delivery, workerId } = flight;
    this.#inFlight.delete(delivery.id);
    if (isTaken) this.#taken.add(delivery.id);
    const record = recordOfAttempt(outcome, { ...delivery, firstAttemptAgeMs: ageMs }, policy, 0.5);
    const recorded = { deliveryId: delivery.id, workerId, record };
    if (needsTransaction(recorded)) await recordEndOfAttempt(this.#database, recorded, new Date());
    else await this.#tick({ workerId, record: [recorded], giveUp: [], claimIds: [] });
  }

  async #tick(tick: ClaimStatement): ReturnType<typeof claimAndRecord> {
    return this.#claims.connection(async (session) => {
      await prepareClaimSession(session);
      return claimAndRecord(session, tick);
    });
  }

  async #look(): Promise<Picture> {
    const subscriptions = await this.#subscriptions();
    const deliveries = await this.#deliveries();
    const { rows } = await this.#database.query<{ position: string; topics: string[]; is_retracted: boolean }>(
      `select r.position, p.state = 'retracted' as is_retracted,
         coalesce((select array_agg(topic_id) from post_topic where post_id = p.id), '{}') as topics
       from release r join post p on p.id = r.post_id where r.post_id = any($1::bigint[]) and r.kind = 'post'`,
      [this.#posts.map((post) => post.postId)],
    );
    const posts = new Map(rows.map((row) => [parsePosition(row.position), row]));
    const { rows: corrected } = await this.#database.query<{ position: string; own: string; revision: number; is_void: boolean }>(
      `select k.position, o.position as own, k.revision, k.taken_back_at is not null or p.state = 'retracted' as is_void
       from release k join release o on o.post_id = k.post_id and o.kind = 'post' join post p on p.id = k.post_id
       where k.kind = 'correction' and k.post_id = any($1::bigint[])`,
      [this.#posts.map((post) => post.postId)],
    );
    const corrections = new Map(
      corrected.map((row) => [
        parsePosition(row.position),
        { postPosition: parsePosition(row.own), revision: row.revision, isVoid: row.is_void },
      ]),
    );
    for (const subscription of subscriptions) this.#keepPromises(subscription, posts);
    const last = await lastPosition(this.#database);
    for (const id of this.#touched) this.#changedAt.set(id, last);
    return { subscriptions, deliveries, posts: new Set(posts.keys()), corrections, promised: this.#promised };
  }

  #keepPromises(subscription: WorldSubscription, posts: ReadonlyMap<Position, { topics: readonly string[]; is_retracted: boolean }>): void {
    const promised = this.#promised.get(subscription.id) ?? new Set();
    this.#promised.set(subscription.id, promised);
    if (!this.#touched.has(subscription.id)) for (const position of this.#released) promised.add(position);
    // What was released at the same moment may or may not wait for them.
    if (this.#joined.has(subscription.id))
      for (const position of posts.keys()) if (!this.#released.includes(position)) promised.add(position);
    for (const position of this.#promisedIfTakenBack(subscription, posts)) promised.add(position);
    for (const position of promised) {
      const post = posts.get(position);
      const isKept =
        (subscription.isActive || subscription.isBounced) &&
        position > subscription.since &&
        post !== undefined &&
        !post.is_retracted &&
        topicsOverlap(subscription.topics, post.topics);
      if (!isKept) promised.delete(position);
    }
  }

  /** Of who left and took it back in this turn: what was promised then, and since. */
  #promisedIfTakenBack({ id, isActive }: WorldSubscription, posts: ReadonlyMap<Position, { is_retracted: boolean }>): Iterable<Position> {
    const left = this.#left.get(id);
    if (left === undefined) return [];
    if (!this.#touched.has(id)) for (const position of this.#released) left.add(position);
    for (const position of left) if (posts.get(position)?.is_retracted !== false) left.delete(position);
    if (!isActive || !this.#returned.has(id)) return [];
    this.#left.delete(id);
    return left;
  }

  async #subscriptions(): Promise<WorldSubscription[]> {
    const { rows } = await this.#database.query<{
      id: string;
      is_active: boolean;
      is_bounced: boolean;
      topics: string[] | null;
      cursor: string;
      owed: string;
      since: string;
    }>(
      `select s.id, s.state = 'active' and x.address_key is null as is_active,
         s.state = 'active' and x.source = 'smtp' as is_bounced, s.topics, c.cursor, c.owed::text as owed, c.since
       from subscription s join subscription_cursor c on c.subscription_id = s.id
       join subscriber p on p.id = s.subscriber_id left join suppression x on x.address_key = p.address_key
       where s.newsletter_id = $1`,
      [this.#newsletter.id],
    );
    return rows.map((row) => ({
      id: row.id,
      personId: this.#persons.get(row.id) ?? row.id,
      isActive: row.is_active,
      isBounced: row.is_bounced,
      topics: row.topics,
      cursor: parsePosition(row.cursor),
      owed: parsePositions(row.owed),
      since: parsePosition(row.since),
    }));
  }

  async #deliveries(states: readonly DeliveryState[] | null = null): Promise<(SeenDelivery & { editionId: string })[]> {
    const { rows } = await this.#database.query<{
      id: string;
      edition_id: string;
      subscription_id: string;
      state: DeliveryState;
      reason: string | null;
      is_doubted: boolean;
      given_back: boolean;
      positions: string;
      revisions: number[];
    }>(
      `select d.id, d.edition_id, d.subscription_id, d.state, d.reason, d.doubted_at is not null as is_doubted, d.given_back,
         r.positions::text as positions, r.revisions
       from delivery d join rendition r on r.id = d.rendition_id
       where d.subscription_id = any($1::bigint[]) and ($2::text[] is null or d.state = any($2)) order by d.id`,
      [this.#subscriptionIds, states],
    );
    return rows.map((row) => ({
      id: row.id,
      editionId: row.edition_id,
      subscriptionId: row.subscription_id,
      positions: parsePositions(row.positions),
      revisions: row.revisions,
      state: row.state,
      reason: row.reason,
      isDoubted: row.is_doubted,
      wasGivenBack: row.given_back,
      isTaken: this.#taken.has(row.id),
    }));
  }

  async #editions(states: readonly EditionState[], schedule?: number): Promise<{ id: string }[]> {
    const { rows } = await this.#database.query<{ id: string }>(
      `select id from edition where newsletter_id = $1 and state = any($2) and ($3::bigint is null or schedule_id = $3) order by id`,
      [this.#newsletter.id, states, schedule === undefined ? null : this.#newsletter.scheduleIds[schedule === 0 ? 0 : 1]],
    );
    return rows;
  }

  async #addressKey(subscriptionId: string): Promise<string> {
    const { rows } = await this.#database.query<{ key: string }>(
      `select p.address_key as key from subscriber p join subscription s on s.subscriber_id = p.id where s.id = $1`,
      [subscriptionId],
    );
    return one(rows).key;
  }

  async #change(number: number, work: (subscriptionId: string) => Promise<unknown>): Promise<void> {
    const id = pick(this.#subscriptionIds, number);
    if (id === undefined) return;
    this.#touch(id);
    await work(id);
  }

  async #withPost(number: number, work: (postId: string) => Promise<unknown>): Promise<void> {
    const post = pick(this.#posts.slice(-8), number);
    if (post !== undefined) await work(post.postId);
  }

  async #withEdition(number: number, states: readonly EditionState[], work: (editionId: string) => Promise<unknown>): Promise<void> {
    const edition = pick(await this.#editions(states), number);
    if (edition !== undefined) await work(edition.id);
  }
}

/** A pool of one connection for claims, whose settings are not those of others. */
export function openClaims(url: string): Database {
  return openDatabase(url, { maxConnections: 1 });
}

async function startWorker(database: Database): Promise<string> {
  return registerWorker(database, { host: 'test', pid: 1, aliveMs: 600_000 });
}

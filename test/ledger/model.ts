/*
 * The ledger in memory: the same rule functions as the real one, plain objects instead of rows, chunks of two subscriptions. Rules can be
 * exchanged, so that planted faults show what the property test is worth.
 */
import {
  type CursorState,
  cursorAfterActivation,
  cursorAfterCorrection,
  cursorAfterGiveBack,
  cursorAfterOffer,
  cursorWithoutCorrections,
} from '../../src/ledger/subscriptions/cursor.ts';
import {
  type DeliveryEndName,
  type DeliveryState,
  endAtClaim,
  endOfDelivery,
  hasArrived,
  holdsItsPosts,
  isRead,
  isReplaceable,
} from '../../src/ledger/queue/delivery.ts';
import { type EditionState, editionReasons } from '../../src/ledger/drafts/edition.ts';
import { joiningBase, passesToJoiners } from '../../src/ledger/drafts/joining-base.ts';
import { type Position, laterPosition } from '../../src/ledger/position.ts';
import { type CarriedRelease, type ReleaseFact, ReleaseIndex, topicsOverlap } from '../../src/ledger/releases/release.ts';
import { type Pin, type SelectionFrame, listToBeSent, selectForCohort } from '../../src/ledger/drafts/selection.ts';
import { type Step, pick, pickTopics } from './history.ts';
import type { Picture } from './invariants.ts';

/** The rules that a model plays with. */
export interface Rules {
  readonly selectForCohort: typeof selectForCohort;
  readonly cursorAfterActivation: typeof cursorAfterActivation;
  readonly passesToJoiners: typeof passesToJoiners;
  /** Where who was erased and comes back begins: not where others do who join. */
  readonly baseOfErased: (lastPosition: Position, base: Position) => Position;
  readonly cursorAfterGiveBack: typeof cursorAfterGiveBack;
  readonly cursorAfterOffer: typeof cursorAfterOffer;
  readonly cursorAfterCorrection: typeof cursorAfterCorrection;
  readonly cursorWithoutCorrections: typeof cursorWithoutCorrections;
  readonly isRead: typeof isRead;
  readonly hasArrived: typeof hasArrived;
  /** Whether a text is one that a correction corrects. */
  readonly isOlder: (revision: number, corrected: number) => boolean;
  /** Whether an undone retraction tells the holders of the post what was corrected of it. */
  readonly reappliesCorrections: boolean;
  readonly endOfDelivery: typeof endOfDelivery;
  readonly isReplaceable: typeof isReplaceable;
  /** Whether what a leaving ended comes back with the reader who takes the leaving back. */
  readonly comesBack: (isDoubted: boolean) => boolean;
}

export const trueRules: Rules = {
  selectForCohort,
  cursorAfterActivation,
  passesToJoiners,
  baseOfErased: (lastPosition) => lastPosition,
  cursorAfterGiveBack,
  cursorAfterOffer,
  cursorAfterCorrection,
  cursorWithoutCorrections,
  isRead,
  hasArrived,
  isOlder: (revision, corrected) => revision < corrected,
  reappliesCorrections: true,
  endOfDelivery,
  isReplaceable,
  comesBack: (isDoubted) => !isDoubted,
};

interface ModelPost {
  readonly id: string;
  topics: string[];
  revision: number;
  isRetracted: boolean;
}

interface ModelRelease {
  readonly position: Position;
  readonly post: ModelPost;
  readonly kind: 'post' | 'correction';
  /** Of the post when it was released. */
  readonly revision: number;
  readonly releasedAt: Date;
  isTakenBack: boolean;
}

interface ModelSubscription extends CursorState {
  readonly id: string;
  readonly personId: string;
  state: 'pending' | 'active' | 'left' | 'erased';
  topics: string[] | null;
  schedule: number;
  isPaused: boolean;
  isSuppressed: boolean;
  /** It is suppressed only because a server said once that it does not exist, which may be taken back. */
  isBounced: boolean;
  cursor: Position;
  owed: readonly Position[];
  since: Position;
  /** The last release when it became active: what was corrected before is not promised. */
  lastAtActivation: Position;
  /** Of who left: what is promised again, and what comes back, if they take it back. */
  leaving: { readonly promised: Set<Position>; readonly ended: ModelDelivery[] } | undefined;
}

interface ModelEdition {
  readonly id: string;
  readonly schedule: number;
  readonly cutoff: Position;
  readonly pins: Map<Position, Pin>;
  readonly minimum: number;
  readonly byHand: boolean;
  bringsPosts: boolean;
  state: EditionState;
  reason: string | null;
  stateBeforePause: EditionState | null;
  frozenUpto: number;
}

interface ModelDelivery {
  readonly id: string;
  readonly edition: ModelEdition;
  readonly subscription: ModelSubscription;
  releases: readonly CarriedRelease[];
  state: DeliveryState;
  reason: string | null;
  isDoubted: boolean;
  wasGivenBack: boolean;
  doubts: number;
  /** A message of it is between us and the server. */
  isInFlight: boolean;
  isTaken: boolean;
}

const topics = ['1', '2', '3'];
const dayMs = 86_400_000;

/** One newsletter with two schedules: the first sends from one post on, the second waits for two, at most three days. */
export class Model {
  readonly #rules: Rules;
  readonly #posts: ModelPost[] = [];
  readonly #releases: ModelRelease[] = [];
  readonly #subscriptions: ModelSubscription[] = [];
  readonly #editions: ModelEdition[] = [];
  readonly #deliveries: ModelDelivery[] = [];
  readonly #promised = new Map<string, Set<Position>>();
  /** People who were erased and have not come back. */
  readonly #erased = new Set<string>();
  #offers: { post: ModelPost; kind: 'topic' | 'unretracted' | 'correction' }[] = [];
  /** What a freeze read at its start; lost with the process. */
  #freeze: { edition: ModelEdition; index: ReleaseIndex } | undefined;
  #now = 0;

  constructor(rules: Rules = trueRules) {
    this.#rules = rules;
    // Those who have not confirmed yet stand before, between and behind the others: a freeze may have passed them when they do.
    for (const number of [2, 0, 1, 5, 6, 3]) this.#addPending(number, number);
    for (const [i, s] of this.#subscriptions.entries()) if (i % 3 !== 0) this.#activate(s);
  }

  /** Plays one step; one that picks nothing does nothing. */
  play(step: Step): void {
    this.#actions[step.operation](step);
  }

  /** Heals everything and sends until nothing is due: what was promised has then arrived. */
  drain(): void {
    this.#takeBack();
    for (const subscription of this.#subscriptions) subscription.isPaused = false;
    for (let round = 0; round < 6; round += 1) {
      this.#actions.resume_edition({ operation: 'resume_edition', a: round, b: 0, c: 0 });
      this.#freezeAll();
      this.#now += 5 * dayMs;
      this.#sweep();
      this.#applyOffers();
      for (const delivery of this.#deliveries.filter(({ state }) => state === 'queued')) {
        this.#claim(delivery);
        if (delivery.state === 'sending') this.#reply(delivery, 'accepted');
      }
      for (const schedule of [0, 1]) {
        this.#compose(schedule, true);
        const draft = this.#editions.findLast((edition) => edition.state === 'draft' && edition.schedule === schedule);
        if (draft !== undefined) this.#approve(draft);
        this.#freezeAll();
      }
    }
  }

  /** Holders of an older text who were never told of a correction, after a drain. */
  untold(): string[] {
    const corrections = this.#releases.filter(({ kind, post, isTakenBack }) => kind === 'correction' && !post.isRetracted && !isTakenBack);
    return this.#subscriptions
      .filter((s) => s.state === 'active' && !s.isSuppressed)
      .flatMap((s) =>
        corrections
          .filter(({ position }) => position > s.lastAtActivation && this.#lacks(s, position, hasArrived))
          .map(({ position }) => `correction ${position} never reached subscription ${s.id}`),
      );
  }

  /** Promised positions that still match and are in no delivery after a drain. */
  undelivered(): string[] {
    return this.#subscriptions.flatMap((s) =>
      [...(this.#promised.get(s.id) ?? [])]
        .filter((position) => topicsOverlap(s.topics, this.#releases[Number(position) - 1]?.post.topics ?? []))
        .filter((position) => !this.#deliveriesOf(s).some((delivery) => holdsItsPosts(delivery) && holds(delivery, position)))
        .map((position) => `${position} never reached subscription ${s.id}`),
    );
  }

  picture(): Picture {
    return {
      subscriptions: this.#subscriptions.map((s) => ({ ...s, isActive: s.state === 'active' && !s.isSuppressed })),
      deliveries: this.#deliveries.map((d) => ({
        id: d.id,
        subscriptionId: d.subscription.id,
        positions: d.releases.map((release) => release.position),
        revisions: d.releases.map((release) => release.revision),
        state: d.state,
        reason: d.reason,
        isDoubted: d.isDoubted,
        wasGivenBack: d.wasGivenBack,
        isTaken: d.isTaken,
      })),
      posts: new Set(this.#releases.filter((release) => release.kind === 'post').map((release) => release.position)),
      corrections: new Map(
        this.#releases
          .filter((release) => release.kind === 'correction')
          .map(({ position, post, revision, isTakenBack }) => [
            position,
            { postPosition: this.#postPosition(post), revision, isVoid: post.isRetracted || isTakenBack },
          ]),
      ),
      promised: this.#promised,
    };
  }

  readonly #actions: Record<Step['operation'], (step: Step) => void> = {
    release: ({ a }) => this.#release(pickTopics(topics, a % 5) ?? []),
    retract: ({ a }) => this.#withPost(a, (post) => this.#retract(post)),
    undo_retraction: ({ a }) => this.#withPost(a, (post) => this.#undoRetraction(post)),
    correct: ({ a, b }) => this.#withPost(a, (post) => this.#correct(post, b % 3 !== 0)),
    revise: ({ a }) =>
      this.#withPost(a, (post) => {
        post.revision += 1;
      }),
    take_back_correction: ({ a }) => {
      const correction = pick(
        this.#releases.filter(({ kind }) => kind === 'correction'),
        a,
      );
      if (correction !== undefined) correction.isTakenBack = true;
    },
    gain_topic: ({ a, b }) => this.#withPost(a, (post) => this.#gainTopic(post, topics[b % 3] ?? '1')),
    lose_topic: ({ a, b }) =>
      this.#withPost(a, (post) => {
        post.topics = post.topics.filter((topic) => topic !== topics[b % 3]);
      }),
    apply_offers: () => this.#applyOffers(),
    subscribe: ({ a, b }) => {
      const pending = pick(
        this.#subscriptions.filter((s) => s.state === 'pending'),
        a,
      );
      if (pending !== undefined) this.#activate(pending);
      else if (this.#subscriptions.length < 8) this.#activate(this.#addPending(a, b));
    },
    change_topics: ({ a, b }) =>
      this.#withSubscription(a, (s) => {
        s.topics = pickTopics(topics, b);
      }),
    change_schedule: ({ a, b }) =>
      this.#withSubscription(a, (s) => {
        s.schedule = b % 2;
      }),
    pause: ({ a }) =>
      this.#withSubscription(a, (s) => {
        s.isPaused = true;
        this.#endQueued(s, 'paused', true);
      }),
    resume: ({ a, b }) =>
      this.#withSubscription(a, (s) => {
        if (s.isPaused && b % 3 === 0) this.#begin(s, this.#lastPosition());
        s.isPaused = false;
      }),
    leave: ({ a }) =>
      this.#withSubscription(a, (s) => {
        if (s.state === 'erased') return;
        if (s.state === 'active') s.leaving = { promised: new Set(this.#promised.get(s.id)), ended: [] };
        s.state = 'left';
        this.#promised.delete(s.id);
        this.#endQueued(s, 'left', true);
      }),
    take_back_leaving: ({ a }) =>
      this.#withSubscription(a, (s) => {
        if (s.state === 'left' && !s.isSuppressed && s.leaving !== undefined) this.#takeBackLeaving(s, s.leaving);
      }),
    rejoin: ({ a }) =>
      this.#withSubscription(a, (s) => {
        if (s.state === 'left') this.#activate(s);
      }),
    erase: ({ a }) =>
      this.#withSubscription(a, (s) => {
        if (s.state === 'pending' || s.state === 'erased') return;
        s.state = 'erased';
        s.leaving = undefined;
        this.#erased.add(s.personId);
        this.#promised.delete(s.id);
        this.#endQueued(s, 'erased', true);
      }),
    come_back: ({ a, b }) => {
      const personId = pick([...this.#erased], a);
      if (personId === undefined || this.#subscriptions.length > 9) return;
      const last = this.#lastPosition();
      this.#activate(this.#addPending(b, b, personId), this.#rules.baseOfErased(last, this.#baseOf(b % 2)), last);
      this.#erased.delete(personId);
    },
    suppress: ({ a }) =>
      this.#withSubscription(a, (s) => {
        s.isSuppressed = true;
        s.isBounced = false;
        this.#promised.delete(s.id);
        s.leaving?.promised.clear();
        this.#endQueued(s, 'suppressed', true);
      }),
    lift: ({ a }) =>
      this.#withSubscription(a, (s) => {
        if (!s.isSuppressed) return;
        s.isSuppressed = false;
        s.isBounced = false;
        if (s.state === 'active') this.#begin(s, this.#lastPosition());
      }),
    compose: ({ a, b }) => this.#compose(a % 2, b % 2 === 0),
    leave_out: ({ a, b }) => {
      const draft = pick(this.#inState('draft'), a);
      const position = draft === undefined ? undefined : pick([...draft.pins.keys()], b);
      const pin = position === undefined ? undefined : draft?.pins.get(position);
      if (position !== undefined && pin !== undefined) draft?.pins.set(position, { ...pin, isLeftOut: true });
    },
    approve: ({ a }) => this.#withEdition(a, ['draft'], (edition) => this.#approve(edition)),
    freeze_chunk: () => this.#freezeChunk(),
    freeze: () => this.#freezeAll(),
    kill_freeze: () => {
      this.#freeze = undefined;
    },
    skip: ({ a }) =>
      this.#withEdition(a, ['draft'], (edition) => {
        edition.state = 'skipped';
        edition.reason = 'skipped by staff';
      }),
    cancel: ({ a }) => this.#withEdition(a, ['approved', 'sending', 'paused'], (edition) => this.#cancel(edition)),
    pause_edition: ({ a }) =>
      this.#withEdition(a, ['approved', 'sending'], (edition) => {
        edition.stateBeforePause = edition.state;
        edition.state = 'paused';
      }),
    resume_edition: ({ a }) => this.#withEdition(a, ['paused'], (edition) => this.#resume(edition)),
    claim: ({ a }) => this.#withDelivery(a, 'queued', (delivery) => this.#claim(delivery)),
    accepted: ({ a }) => this.#withReply(a, 'accepted'),
    deferred: ({ a }) => this.#withReply(a, 'deferred'),
    rejected: ({ a }) => this.#withReply(a, 'addressRefused'),
    policy: ({ a, b }) => this.#withReply(a, (['policyRefused', 'messageRefused', 'mailboxRefused', 'unclearlyRefused'] as const)[b % 4]!),
    take_back: () => this.#takeBack(),
    lost: ({ a, b }) => this.#withReply(a, b % 2 === 0 ? 'lost' : 'lost_but_taken'),
    expired: ({ a }) => this.#withReply(a, 'expired'),
    kill_worker: ({ a }) => {
      for (const delivery of this.#deliveries.filter(({ state }) => state === 'sending')) {
        // A worker that is only taken for dead may still hear from its server.
        if (a % 2 === 0) delivery.isInFlight = false;
        this.#doubt(delivery);
      }
    },
    resend: ({ a }) => {
      const ended = this.#deliveries.filter((d) => d.state === 'in_doubt' && !d.wasGivenBack);
      const delivery = pick(ended, a);
      if (delivery !== undefined && delivery.edition.state !== 'cancelled') delivery.state = 'queued';
    },
    sweep: () => this.#sweep(),
    later: ({ a }) => {
      this.#now += (a % 4) * dayMs;
    },
  };

  #release(postTopics: string[]): void {
    const post: ModelPost = { id: String(this.#posts.length + 1), topics: postTopics, revision: 1, isRetracted: false };
    this.#posts.push(post);
    const position = this.#addRelease(post, 'post');
    for (const s of this.#subscriptions) {
      if ((s.isSuppressed && !s.isBounced) || !topicsOverlap(s.topics, postTopics)) continue;
      if (s.state === 'active') this.#promise(s, position);
      if (s.state === 'left') s.leaving?.promised.add(position);
    }
  }

  #addRelease(post: ModelPost, kind: 'post' | 'correction'): Position {
    const position = BigInt(this.#releases.length + 1);
    this.#releases.push({ position, post, kind, revision: post.revision, releasedAt: new Date(this.#now), isTakenBack: false });
    return position;
  }

  #retract(post: ModelPost): void {
    post.isRetracted = true;
    const positions = this.#positionsOf(post);
    const ofThoseWhoLeft = this.#subscriptions.flatMap(({ leaving }) => leaving?.promised ?? []);
    for (const promised of [...this.#promised.values(), ...ofThoseWhoLeft]) for (const position of positions) promised.delete(position);
  }

  #undoRetraction(post: ModelPost): void {
    if (!post.isRetracted || this.#inState('approved').length > 0) return;
    post.isRetracted = false;
    this.#offers.push({ post, kind: 'unretracted' });
  }

  #correct(post: ModelPost, isNewText: boolean): void {
    if (isNewText) post.revision += 1;
    this.#addRelease(post, 'correction');
    this.#offers.push({ post, kind: 'correction' });
  }

  #gainTopic(post: ModelPost, topic: string): void {
    if (post.topics.includes(topic)) return;
    post.topics = [...post.topics, topic].sort();
    this.#offers.push({ post, kind: 'topic' });
  }

  #applyOffers(): void {
    if (this.#inState('approved').length > 0) return;
    for (const { post, kind } of this.#offers.filter((offered) => !offered.post.isRetracted)) {
      if (kind !== 'correction') this.#offer(post);
      if (kind === 'correction' || (kind === 'unretracted' && this.#rules.reappliesCorrections)) this.#applyCorrections(post);
    }
    this.#offers = [];
  }

  #offer(post: ModelPost): void {
    const position = this.#postPosition(post);
    for (const s of this.#subscriptions) {
      if (s.state !== 'active' || !topicsOverlap(s.topics, post.topics)) continue;
      const isHeld = this.#deliveriesOf(s).some((delivery) => holdsItsPosts(delivery) && holds(delivery, position));
      Object.assign(s, this.#rules.cursorAfterOffer(s, position, isHeld));
      if (position > s.since && !s.isSuppressed) this.#promise(s, position);
    }
  }

  #applyCorrections(post: ModelPost): void {
    const corrections = this.#releases.filter((release) => release.post === post && release.kind === 'correction' && !release.isTakenBack);
    for (const s of this.#subscriptions) {
      if (s.state !== 'active') continue;
      const lacking = corrections.map(({ position }) => position).filter((position) => this.#lacks(s, position));
      Object.assign(s, this.#rules.cursorAfterCorrection(s, lacking));
    }
  }

  /** Has the post of a correction in an older text, and not the correction. */
  #lacks(s: ModelSubscription, position: Position, hasPost: (delivery: ModelDelivery) => boolean = this.#rules.isRead): boolean {
    const correction = this.#releases[Number(position) - 1];
    if (correction === undefined) return false;
    const own = this.#postPosition(correction.post);
    const deliveries = this.#deliveriesOf(s);
    if (deliveries.some((delivery) => holdsItsPosts(delivery) && holds(delivery, position))) return false;
    return deliveries.some(
      (delivery) =>
        hasPost(delivery) &&
        delivery.releases.some((release) => release.position === own && this.#rules.isOlder(release.revision, correction.revision)),
    );
  }

  #postPosition(post: ModelPost): Position {
    return this.#releases.find((release) => release.post === post && release.kind === 'post')?.position ?? 0n;
  }

  /** Corrections of those posts that are among these positions. */
  #correctionsOf(positions: readonly Position[]): Set<Position> {
    const posts = new Set(
      this.#releases.filter(({ kind, position }) => kind === 'post' && positions.includes(position)).map((release) => release.post),
    );
    return new Set(this.#releases.filter(({ kind, post }) => kind === 'correction' && posts.has(post)).map((release) => release.position));
  }

  #addPending(topicNumber: number, schedule: number, personId = `person ${this.#subscriptions.length + 1}`): ModelSubscription {
    const s: ModelSubscription = {
      id: String(this.#subscriptions.length + 1),
      personId,
      state: 'pending',
      topics: pickTopics(topics, topicNumber),
      schedule: schedule % 2,
      isPaused: false,
      isSuppressed: false,
      isBounced: false,
      cursor: 0n,
      owed: [],
      since: 0n,
      lastAtActivation: 0n,
      leaving: undefined,
    };
    this.#subscriptions.push(s);
    return s;
  }

  /** Confirmed, imported or back again: what waits for the next edition is promised too. */
  #activate(s: ModelSubscription, base = this.#baseOf(s.schedule), trueBase = this.#baseOf(s.schedule, trueRules)): void {
    const dueAbove = laterPosition(s.cursor, trueBase);
    s.state = 'active';
    s.isPaused = false;
    s.leaving = undefined;
    this.#begin(s, base);
    if (s.isSuppressed && !s.isBounced) return;
    for (const { position, post, kind } of this.#releases) {
      if (kind === 'post' && position > dueAbove && !post.isRetracted && topicsOverlap(s.topics, post.topics)) this.#promise(s, position);
    }
  }

  /** They go on where they were. */
  #takeBackLeaving(s: ModelSubscription, { promised, ended }: NonNullable<ModelSubscription['leaving']>): void {
    s.state = 'active';
    s.isPaused = false;
    s.leaving = undefined;
    s.lastAtActivation = this.#lastPosition();
    for (const delivery of ended) if (this.#rules.comesBack(delivery.isDoubted)) this.#giveBack(delivery);
    this.#promised.set(s.id, promised);
  }

  #begin(s: ModelSubscription, base: Position): void {
    Object.assign(s, this.#rules.cursorAfterActivation(s, base));
    s.lastAtActivation = this.#lastPosition();
    this.#promised.delete(s.id);
    this.#endQueued(s, 'activated', false);
  }

  #baseOf(schedule: number, rules = this.#rules): Position {
    const passing = this.#editions.filter((edition) =>
      rules.passesToJoiners({ ...edition, isStoppedByStaff: false, bringsCorrectionsAlone: edition.byHand && !edition.bringsPosts }),
    );
    const own = passing.filter((edition) => edition.schedule === schedule);
    const [edition] = (own.length > 0 ? own : passing).sort((a, b) => (a.cutoff > b.cutoff ? -1 : 1));
    return joiningBase({ edition, madeAt: 0n, reach: 0n }).position;
  }

  #endQueued(s: ModelSubscription, end: DeliveryEndName, endsDoubted: boolean): void {
    for (const delivery of this.#deliveriesOf(s)) {
      if (delivery.state === 'queued' && (endsDoubted || !delivery.isDoubted)) this.#end(delivery, end);
    }
  }

  #compose(schedule: number, byHand: boolean): void {
    for (const draft of this.#inState('draft'))
      if (draft.schedule === schedule) [draft.state, draft.reason] = ['skipped', editionReasons.replaced];
    const cutoff = this.#lastPosition();
    const index = this.#index();
    const pins = new Map<Position, Pin>();
    for (const s of this.#subscriptions) {
      if (!this.#isEligible(s, schedule)) continue;
      for (const release of listToBeSent(s, cutoff, index)) pins.set(release.position, { revision: release.revision, isLeftOut: false });
    }
    const isDue = [...pins.keys()].some((position) => byHand || this.#releases[Number(position) - 1]?.kind === 'post');
    this.#editions.push({
      id: String(this.#editions.length + 1),
      schedule,
      cutoff,
      pins,
      minimum: schedule + 1,
      byHand,
      bringsPosts: false,
      state: isDue ? 'draft' : 'skipped',
      reason: isDue ? null : editionReasons.nothingDue,
      stateBeforePause: null,
      frozenUpto: 0,
    });
  }

  #approve(edition: ModelEdition): void {
    if (this.#inState('approved').length === 0) edition.state = 'approved';
  }

  #resume(edition: ModelEdition): void {
    if (edition.stateBeforePause === 'approved' && this.#inState('approved').length > 0) return;
    edition.state = edition.stateBeforePause ?? 'sending';
  }

  #freezeAll(): void {
    while (this.#inState('approved').length > 0) this.#freezeChunk();
  }

  #freezeChunk(): void {
    const edition = this.#inState('approved')[0];
    if (edition === undefined) return;
    if (this.#freeze?.edition !== edition) this.#freeze = { edition, index: this.#index() };
    const { index } = this.#freeze;
    index.add(this.#facts());
    const chunk = this.#subscriptions.filter((s) => s.schedule === edition.schedule && Number(s.id) > edition.frozenUpto).slice(0, 2);
    const last = chunk.at(-1);
    if (last === undefined) {
      this.#finishFreeze(edition);
      return;
    }
    for (const s of chunk) if (this.#isEligible(s, edition.schedule)) this.#freezeSubscription(edition, s, index);
    edition.frozenUpto = Number(last.id);
  }

  #freezeSubscription(edition: ModelEdition, s: ModelSubscription, index: ReleaseIndex): void {
    const older = this.#deliveriesOf(s).filter(this.#rules.isReplaceable);
    const frame: SelectionFrame = {
      cutoff: edition.cutoff,
      pins: edition.pins,
      minimum: edition.minimum,
      maxWaitMs: 3 * dayMs,
      now: new Date(this.#now),
      sendsCorrectionsAlone: edition.byHand,
    };
    const queued = older.map((delivery) => ({
      positions: delivery.releases.map((release) => release.position),
      revisions: delivery.releases.map((release) => release.revision),
    }));
    // P2 ends where a post no longer matches at a freeze that could carry it.
    for (const position of this.#promised.get(s.id) ?? []) {
      const release = index.find(position);
      const couldCarry = position <= edition.cutoff || older.some((delivery) => holds(delivery, position));
      if (couldCarry && release !== undefined && !topicsOverlap(s.topics, release.topics)) this.#promised.get(s.id)?.delete(position);
    }
    const selection = this.#rules.selectForCohort({ ...s, queued, arrived: this.#arrived(s) }, frame, index);
    s.cursor = selection.cursor;
    if (selection.kind === 'wait') return;
    s.owed = selection.owed;
    for (const delivery of older) [delivery.state, delivery.wasGivenBack] = ['superseded', true];
    edition.bringsPosts ||= selection.releases.some(({ kind }) => kind === 'post');
    this.#deliveries.push({
      id: String(this.#deliveries.length + 1),
      edition,
      subscription: s,
      releases: selection.releases,
      state: 'queued',
      reason: null,
      isDoubted: false,
      wasGivenBack: false,
      doubts: 0,
      isInFlight: false,
      isTaken: false,
    });
  }

  #finishFreeze(edition: ModelEdition): void {
    this.#freeze = undefined;
    this.#repoint((delivery) => delivery.edition === edition);
    edition.state = this.#deliveries.some((delivery) => delivery.edition === edition) ? 'sending' : 'skipped';
    if (edition.state === 'sending') return;
    const index = this.#index();
    const isWaitedFor = this.#subscriptions.some(
      (s) => this.#isEligible(s, edition.schedule) && listToBeSent(s, edition.cutoff, index).some(({ kind }) => kind === 'post'),
    );
    edition.reason = isWaitedFor ? editionReasons.belowMinimum : editionReasons.nothingDue;
  }

  #sweep(): void {
    if (this.#inState('approved').length === 0) this.#repoint(() => true);
    for (const delivery of this.#deliveries) {
      if (delivery.state === 'queued' && delivery.edition.state === 'cancelled') this.#end(delivery, 'editionCancelled');
    }
  }

  #repoint(isTouched: (delivery: ModelDelivery) => boolean): void {
    for (const delivery of this.#deliveries) {
      if (!isTouched(delivery) || !isReplaceable(delivery)) continue;
      const gone = delivery.releases.filter((release) => this.#isRetracted(release)).map((release) => release.position);
      delivery.releases = delivery.releases.filter((release) => !this.#isRetracted(release));
      Object.assign(delivery.subscription, this.#rules.cursorWithoutCorrections(delivery.subscription, this.#correctionsOf(gone)));
      if (delivery.releases.length === 0) this.#end(delivery, 'retracted');
    }
  }

  #cancel(edition: ModelEdition): void {
    edition.state = 'cancelled';
    for (const delivery of this.#deliveries) {
      if (delivery.edition === edition && delivery.state === 'queued') this.#end(delivery, 'editionCancelled');
    }
  }

  #claim(delivery: ModelDelivery): void {
    const { edition, subscription } = delivery;
    if (edition.state !== 'sending' && edition.state !== 'cancelled') return;
    if (!delivery.isDoubted && delivery.releases.some((release) => this.#isRetracted(release))) return;
    const end = endAtClaim({
      subscriptionState: subscription.state === 'erased' ? 'left' : subscription.state,
      isErased: subscription.state === 'erased',
      isSuppressed: subscription.isSuppressed,
      isPaused: subscription.isPaused,
      isEditionCancelled: edition.state === 'cancelled',
    });
    if (end !== undefined) return this.#end(delivery, end);
    delivery.state = 'sending';
    delivery.isInFlight = true;
  }

  /** What a server answers to a message in flight. Late results are dropped, but for a 2xx of what was ever in doubt. */
  #reply(delivery: ModelDelivery, reply: DeliveryEndName | 'deferred' | 'lost' | 'lost_but_taken'): void {
    delivery.isInFlight = false;
    if (reply === 'accepted' || reply === 'lost_but_taken') delivery.isTaken = true;
    if (reply === 'accepted' && delivery.isDoubted) return this.#end(delivery, 'accepted');
    if (delivery.state !== 'sending') return;
    if (reply === 'deferred') delivery.state = 'queued';
    else if (reply === 'lost' || reply === 'lost_but_taken') this.#doubt(delivery);
    else this.#end(delivery, reply);
    if (reply === 'addressRefused') this.#bounce(delivery.subscription);
  }

  /** A server says that an address does not exist: it is suppressed, what P2 promised is not owed unless that is taken back. */
  #bounce(s: ModelSubscription): void {
    if (!s.isSuppressed) s.isBounced = true;
    s.isSuppressed = true;
    this.#endQueued(s, 'suppressed', true);
  }

  /** The server said so of too many: it is not believed, cursors are kept and the posts owed again. */
  #takeBack(): void {
    for (const s of this.#subscriptions) {
      const isLifted = s.isBounced;
      if (isLifted) [s.isSuppressed, s.isBounced] = [false, false];
      for (const delivery of this.#deliveriesOf(s)) {
        const isRefused = delivery.state === 'rejected' && delivery.reason === 'address';
        if (delivery.isDoubted || delivery.wasGivenBack) continue;
        if (isRefused || (isLifted && delivery.state === 'suppressed')) this.#giveBack(delivery);
      }
    }
  }

  #doubt(delivery: ModelDelivery): void {
    delivery.isDoubted = true;
    delivery.doubts += 1;
    delivery.state = delivery.doubts >= 3 ? 'in_doubt' : 'queued';
  }

  #end(delivery: ModelDelivery, name: DeliveryEndName): void {
    const end = this.#rules.endOfDelivery(name, delivery.isDoubted);
    delivery.state = end.state;
    delivery.reason = end.reason;
    if (end.givesBack) this.#giveBack(delivery);
    if (name === 'left') delivery.subscription.leaving?.ended.push(delivery);
  }

  #giveBack(delivery: ModelDelivery): void {
    delivery.wasGivenBack = true;
    const positions = delivery.releases.map((release) => release.position);
    Object.assign(delivery.subscription, this.#rules.cursorAfterGiveBack(delivery.subscription, positions, this.#correctionsOf(positions)));
  }

  #isEligible(s: ModelSubscription, schedule: number): boolean {
    return s.state === 'active' && s.schedule === schedule && !s.isPaused && !s.isSuppressed;
  }

  #isRetracted(release: CarriedRelease): boolean {
    const { post, isTakenBack } = this.#releases[Number(release.position) - 1]!;
    return post.isRetracted || isTakenBack;
  }

  /** Corrections of posts that they have, or may have. */
  #arrived(s: ModelSubscription): Position[] {
    const arrived = this.#deliveriesOf(s).filter((delivery) => this.#rules.hasArrived(delivery));
    return [...this.#correctionsOf(arrived.flatMap((delivery) => delivery.releases.map((release) => release.position)))];
  }

  #deliveriesOf(s: ModelSubscription): ModelDelivery[] {
    return this.#deliveries.filter((delivery) => delivery.subscription === s);
  }

  #index(): ReleaseIndex {
    return new ReleaseIndex(this.#facts());
  }

  #facts(): ReleaseFact[] {
    return this.#releases.map(({ position, post, kind, revision, releasedAt, isTakenBack }) => ({
      position,
      postId: post.id,
      kind,
      revision: post.revision,
      releasedRevision: revision,
      releasedAt,
      topics: post.topics,
      isRetracted: post.isRetracted || isTakenBack,
      isAdmitted: true,
    }));
  }

  #lastPosition(): Position {
    return BigInt(this.#releases.length);
  }

  #positionsOf(post: ModelPost): Position[] {
    return this.#releases.filter((release) => release.post === post).map((release) => release.position);
  }

  #promise(s: ModelSubscription, position: Position): void {
    const promised = this.#promised.get(s.id) ?? new Set();
    this.#promised.set(s.id, promised.add(position));
  }

  #inState(state: EditionState): ModelEdition[] {
    return this.#editions.filter((edition) => edition.state === state);
  }

  #withPost(number: number, action: (post: ModelPost) => void): void {
    const post = pick(this.#posts.slice(-8), number);
    if (post !== undefined) action(post);
  }

  #withSubscription(number: number, action: (s: ModelSubscription) => void): void {
    const s = pick(this.#subscriptions, number);
    if (s !== undefined) action(s);
  }

  #withEdition(number: number, states: readonly EditionState[], action: (edition: ModelEdition) => void): void {
    const edition = pick(
      this.#editions.filter(({ state }) => states.includes(state)),
      number,
    );
    if (edition !== undefined) action(edition);
  }

  #withDelivery(number: number, state: DeliveryState, action: (delivery: ModelDelivery) => void): void {
    const delivery = pick(
      this.#deliveries.filter((candidate) => candidate.state === state),
      number,
    );
    if (delivery !== undefined) action(delivery);
  }

  #withReply(number: number, reply: DeliveryEndName | 'deferred' | 'lost' | 'lost_but_taken'): void {
    const delivery = pick(
      this.#deliveries.filter((candidate) => candidate.isInFlight),
      number,
    );
    if (delivery !== undefined) this.#reply(delivery, reply);
  }
}

function holds(delivery: Pick<ModelDelivery, 'releases'>, position: Position): boolean {
  return delivery.releases.some((release) => release.position === position);
}

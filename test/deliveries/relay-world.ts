/*
 * A world for what is known of an account: a relay, and readers' servers behind it, that refuse whom they like in words about us, other workers that find it out
 * and write it down. It plays random events through one lane and looks after each at what must hold. Its memory is its own: what was told whom, and when
 * something was answered.
 */
import { type Claimed, isRefusedAlone, learnOutages, learnStart, pausedUntil } from '../../src/deliveries/account/account-state.ts';
import { type Candidate, type Flight, newLane, newRangeRun, roomInMs, whatMayGo } from '../../src/deliveries/lane.ts';
import { learnFrom } from '../../src/deliveries/lesson.ts';
import type { RangeWork } from '../../src/deliveries/messages/open-range.ts';
import type { Scope, Standing } from '../../src/deliveries/account/standing.ts';
import { type AccountTrouble, defaultOutagePolicy, gapMs, isLimit, mostOfOneDomain } from '../../src/ledger/accounts/account-outage.ts';
import type { ClaimedDelivery } from '../../src/ledger/queue/claim-store.ts';
import { hasServerSpoken, type SendOutcome } from '../../src/mail/message.ts';
import { insist } from '../support/insist.ts';

/** Whom a server refuses in words about us, and which; the first that fits speaks. */
export interface RelayRule {
  readonly trouble: AccountTrouble;
  readonly isAfterReader: boolean;
  /** Undefined: all. */
  readonly domain: number | undefined;
  readonly sender: number | undefined;
}

/** What may happen; `at` chooses among what is there. */
export type RelayEvent =
  | { readonly kind: 'offer'; readonly sender: number; readonly domain: number; readonly reader: number }
  | { readonly kind: 'claim' | 'follow' }
  | { readonly kind: 'land'; readonly at: number; readonly isLost: boolean }
  | { readonly kind: 'relay'; readonly rules: readonly RelayRule[] }
  | { readonly kind: 'others refused'; readonly sender: number | null; readonly domain: number | null; readonly dueInMs: number }
  | { readonly kind: 'others went'; readonly sender: number | null }
  | { readonly kind: 'time'; readonly ms: number };

interface Told {
  readonly id: string;
  readonly address: string;
  readonly wasWitness: boolean;
}

type Known = { readonly onlyAt: string | null; readonly dueAt: number };

const senders = ['news@example.org', 'other@example.org'];
const domainOf = (address: string): string => address.slice(address.indexOf('@') + 1);
const domainName = (domain: number): string => `domain${domain}.example`;
const oneOf = <T>(all: Iterable<T>, at: number): T | undefined => [...all].at(at % Math.max(1, [...all].length));

/** Plays events. Each checks what must hold after it. */
export class RelayWorld {
  readonly lane = newLane({ account: 'relay:587', maxConnections: 3 });
  /** Deliveries that were answered, or deferred by themselves. */
  readonly done = new Map<string, SendOutcome['kind']>();
  private readonly runs = senders.map((sender) => newRangeRun(this.lane, sender, {} as RangeWork));
  private readonly addresses = new Map<string, string>();
  private rules: readonly RelayRule[] = [];
  private now = 0;
  private idCount = 0;
  /** What the database says. */
  private readonly written = new Map<Scope, Known>();
  /** Who was told of it, once they were named, since something of it was answered; the first first. */
  private readonly told = new Map<Scope, Told[]>();
  private readonly refusedFirstAt = new Map<string, number>();
  private readonly answeredAt = new Map<Scope, number>();

  play(event: RelayEvent): void {
    this.carryOut(event);
    this.check();
  }

  /** The relay takes all, but for one reader's server at most: then everybody has an end, and nothing stands still. */
  drain(rest: readonly RelayRule[]): void {
    this.play({ kind: 'relay', rules: rest });
    for (let round = 0; round < 400; round += 1) {
      // Life goes on: there are others to ask with.
      if (round % 10 === 0) for (const sender of [0, 1]) this.play({ kind: 'offer', sender, domain: 3, reader: round });
      if (round % 3 === 0) this.play({ kind: 'follow' });
      this.play({ kind: 'claim' });
      while (this.lane.flights.size > 0) {
        this.play({ kind: 'time', ms: 1 });
        this.play({ kind: 'land', at: 0, isLost: false });
      }
      this.play({ kind: 'time', ms: Math.max(1, Math.ceil(roomInMs(this.lane, this.now) ?? 1)) });
      if (round > 20 && this.lane.candidates.length === 0) break;
    }
    insist(this.lane.candidates.length === 0, 'somebody is never served');
    this.play({ kind: 'follow' });
    insist(this.lane.account.standing.size === 0, 'something stands still although all was answered');
    insist(
      [...senders].every((sender) => pausedUntil(this.lane.account, sender) <= this.now),
      'a sender stands still',
    );
  }

  private carryOut(event: RelayEvent): void {
    const { lane, now } = this;
    switch (event.kind) {
      case 'offer': {
        const id = String((this.idCount += 1));
        this.addresses.set(id, `reader${event.reader}@${domainName(event.domain)}`);
        lane.candidates.push({ id, run: this.runs[event.sender]! });
        return;
      }
      case 'claim':
        for (const candidate of whatMayGo(lane, now)) this.claim(candidate);
        return;
      case 'follow':
        return this.follow();
      case 'land':
        return this.land(oneOf(lane.flights, event.at), event.isLost);
      case 'relay':
        this.rules = event.rules;
        return;
      case 'others refused':
        this.written.set(scopeAt(event.sender), {
          onlyAt: event.domain === null ? null : domainName(event.domain),
          dueAt: now + event.dueInMs,
        });
        return this.follow();
      case 'others went':
        this.written.delete(scopeAt(event.sender));
        return this.follow();
      case 'time':
        this.now += event.ms;
    }
  }

  private claim({ id, run }: Candidate): void {
    const { lane, now } = this;
    lane.candidates = lane.candidates.filter((one) => one.id !== id);
    const delivery = { id, address: this.addresses.get(id)! } as ClaimedDelivery;
    const timing = { claimedAt: now, startBefore: now + 1_000, startedAt: now };
    lane.flights.add({ delivery, run, workerId: '1', ...timing, phase: 'open', hasLanded: false });
    learnStart(lane.account, now);
  }

  private follow(): void {
    const { now, lane } = this;
    const before = new Set(lane.account.standing.keys());
    const outages = [...this.written].map(([sender, { onlyAt, dueAt }]) => ({
      sender,
      onlyAt,
      dueInMs: dueAt - now,
      othersFirstMs: 1_000,
    }));
    learnOutages(lane.account, outages, now);
    for (const scope of before) if (!lane.account.standing.has(scope)) this.hear(scope);
  }

  private hear(scope: Scope): void {
    this.told.delete(scope);
    this.answeredAt.set(scope, this.now);
  }

  private outcomeOf({ delivery, run }: Flight, isLost: boolean): SendOutcome {
    if (isLost) return { kind: 'in_doubt', reason: 'the connection was lost' };
    const rule = this.rules.find(
      ({ domain, sender }) =>
        (domain === undefined || domainName(domain) === domainOf(delivery.address)) &&
        (sender === undefined || senders[sender] === run.sender),
    );
    if (!rule) return { kind: 'accepted', reply: { code: 250, text: 'Taken' } };
    return { kind: 'account', trouble: rule.trouble, isAfterReader: rule.isAfterReader, reason: 'refused' };
  }

  private land(flight: Flight | undefined, isLost: boolean): void {
    if (!flight) return;
    const { lane, now } = this;
    const given = this.outcomeOf(flight, isLost);
    const standing = new Map(lane.account.standing);
    const held = new Map(lane.candidates.map((candidate) => [candidate, this.heldUntil(candidate)]));
    const witnesses = new Set(lane.account.doubts.formerWitnesses);
    const isAlone = given.kind === 'account' && isRefusedAlone(lane.account, flight, given.trouble);
    flight.hasLanded = true;
    const { outcome, lesson } = learnFrom(flight, given, { now, outages: defaultOutagePolicy, isWorkerAlive: true });
    lane.flights.delete(flight);
    if (lesson.kind === 'goes_on') for (const scope of lesson.scopes) this.written.delete(scope);
    if (lesson.kind === 'refused') this.writeDown(lesson.refusal.trouble, lesson.refusal.sender, lesson.refusal.onlyAt);
    if (given.kind !== 'account') this.checkAnswer(flight, given, standing);
    else if (outcome.kind === 'account') this.checkRefusal(flight, given, { standing, held, witnesses, isAlone });
    else this.checkOwn(flight, given, standing);
    if (outcome.kind === 'account') lane.candidates.push({ id: flight.delivery.id, run: flight.run });
    else this.done.set(flight.delivery.id, outcome.kind);
  }

  private heldUntil({ id, run }: Candidate): number {
    return pausedUntil(this.lane.account, run.sender, id);
  }

  private writeDown(trouble: AccountTrouble, scope: Scope, onlyAt: string | null): void {
    const open = this.written.get(scope);
    const isSure = onlyAt === null || (open !== undefined && open.onlyAt !== onlyAt);
    this.written.set(scope, { onlyAt: isSure ? null : onlyAt, dueAt: this.now + gapMs(trouble, 1, defaultOutagePolicy) });
  }

  /** An answer ends an outage if a server spoke, and its message was claimed since; nothing else does. */
  private checkAnswer(flight: Flight, outcome: SendOutcome, before: ReadonlyMap<Scope, Standing>): void {
    const { standing } = this.lane.account;
    const scopes = [null, flight.run.sender];
    for (const [scope, { since }] of before) {
      const isToEnd = hasServerSpoken(outcome) && scopes.includes(scope) && flight.claimedAt >= since;
      insist(standing.has(scope) !== isToEnd, 'an answer ended what it says nothing about, or did not end what it does');
    }
    this.refusedFirstAt.delete(flight.delivery.id);
    if (hasServerSpoken(outcome)) for (const scope of scopes) this.hear(scope);
  }

  private checkRefusal(
    flight: Flight,
    { trouble, isAfterReader }: Extract<SendOutcome, { kind: 'account' }>,
    before: {
      readonly standing: ReadonlyMap<Scope, Standing>;
      readonly held: ReadonlyMap<Candidate, number>;
      readonly witnesses: ReadonlySet<string>;
      readonly isAlone: boolean;
    },
  ): void {
    const { lane, now } = this;
    const { id, address } = flight.delivery;
    const scope = scopeOf(flight, trouble);
    const was = before.standing.get(scope);
    const is = lane.account.standing.get(scope);
    if (was?.isInDoubt === false) insist(is?.isInDoubt === false, 'a refusal made doubtful what was sure');
    // What is not sure holds back nobody but those who were told so.
    if (is?.isInDoubt !== false) {
      const told = new Set((this.told.get(scope) ?? []).map((one) => one.id));
      for (const [candidate, until] of before.held) {
        insist(told.has(candidate.id) || this.heldUntil(candidate) <= until, 'a doubt holds back who was not told so');
      }
    }
    if (!this.refusedFirstAt.has(id)) this.refusedFirstAt.set(id, now);
    // One connection that did not come about says nothing while others carry messages.
    if (trouble === 'unreachable' && (this.answeredAt.get(null) ?? -Infinity) > flight.claimedAt) return;
    // A limit is believed at once, but of a message that meets it again while others go.
    if (!isAfterReader || (isLimit(trouble) && !before.isAlone)) return;
    const told = [...(this.told.get(scope) ?? []), { id, address, wasWitness: before.witnesses.has(address) }];
    this.told.set(scope, told);
    const first = told[0]!;
    const isOld = flight.claimedAt <= (was?.since ?? lane.account.wentOnAt.get(scope) ?? -Infinity);
    const areTwo = domainOf(first.address) !== domainOf(address) && !first.wasWitness && !told.at(-1)!.wasWitness;
    if (areTwo && !isOld) insist(is?.isInDoubt === false, 'two domains were told the same, and it is not sure');
    const mayBeSure = told.some((one) => domainOf(one.address) !== domainOf(address)) || this.isMoreThanOneServer(told, address);
    if (was?.isInDoubt !== false) insist(mayBeSure || is?.isInDoubt !== false, 'the readers of one domain alone made it sure');
  }

  /** Of one domain many are believed, where others are known, and two where none is. */
  private isMoreThanOneServer(told: readonly Told[], address: string): boolean {
    const knowsOther = [...this.lane.account.doubts.domainsHeard].some((heard) => heard !== domainOf(address));
    return new Set(told.map((one) => one.address)).size > (knowsOther ? mostOfOneDomain : 1);
  }

  /** A message is charged for words about us only when it was refused before, others were answered since, and it is not sure. */
  private checkOwn(
    flight: Flight,
    { trouble, isAfterReader }: Extract<SendOutcome, { kind: 'account' }>,
    before: ReadonlyMap<Scope, Standing>,
  ): void {
    const scope = scopeOf(flight, trouble);
    const refusedAt = this.refusedFirstAt.get(flight.delivery.id) ?? Infinity;
    insist(isAfterReader, 'a message is charged for what was said before its reader was named');
    insist(
      refusedAt < (this.answeredAt.get(scope) ?? -Infinity),
      'a message is charged although nothing was answered since it was refused',
    );
    insist(isLimit(trouble) || before.get(scope)?.isInDoubt !== false, 'a message is charged for what is sure');
    this.refusedFirstAt.delete(flight.delivery.id);
  }

  private check(): void {
    const { lane, now } = this;
    if (lane.candidates.length === 0 || lane.flights.size > 0) return;
    const room = roomInMs(lane, now);
    insist(room !== undefined && room < Infinity, 'somebody waits for ever');
    insist(whatMayGo(lane, now + room! + 1).length > 0, 'nobody may go when time has made room');
    insist(whatMayGo(lane, now).length <= 2 * lane.maxConnections, 'too many may go');
  }
}

function scopeOf({ run }: Pick<Claimed, 'run'>, trouble: AccountTrouble): Scope {
  return trouble === 'sender' ? run.sender : null;
}

function scopeAt(sender: number | null): Scope {
  return sender === null ? null : senders[sender]!;
}

import { setTimeout as delay } from 'node:timers/promises';
import { createNoticeRenderer } from '../../src/render/mails/render-notice.ts';
import { templatesFolder } from '../../src/kernel/package-root.ts';
import { InvalidInputError } from '../../src/kernel/errors.ts';
import { addSubscriber, type AddResult, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { removeSubscriber } from '../../src/subscribers/leaving/remove-subscriber.ts';
import { setChoices, type WantedChoices } from '../../src/subscribers/choices/set-choices.ts';
import type { Span, Step } from './history.ts';
import { createRandom, type Random } from './random.ts';
import { insist, newsletters, schedules, topics, type World } from './world.ts';

/** A reader of a newsletter, with what they did so far. */
interface Reader {
  readonly address: string;
  readonly newsletter: string;
  readonly steps: Step[];
  isBusy: boolean;
}

/** The readers of a run, who do what readers do. */
export interface Readers {
  readonly all: readonly Reader[];
  /** The first ones, who agreed elsewhere. */
  seed(): Promise<void>;
  /** Does as readers do until the signal, and ends what was begun. */
  live(stop: AbortSignal): Promise<void>;
  /** Ends every pause. */
  resumeAll(): Promise<void>;
}

const actors = 3;
const pauseMs = 600;

/** Topics that nobody merges away; the rest may be followed from the beginning. */
const lasting = topics.slice(0, 5);

/** Makes the readers of a world. */
export async function createReaders(world: World): Promise<Readers> {
  const { store } = world;
  const random = createRandom(world.seed, 'readers');
  const ports: AddSubscriberPorts = {
    database: store.database,
    enqueue: store.queue.enqueue,
    clock: store.clock,
    addressKeySecret: store.secrets.addressKey,
    tokenKeys: store.secrets.tokenKeys,
    publicUrl: world.publicUrl,
    notices: await createNoticeRenderer({ templatesFolder }),
  };
  const all: Reader[] = [];
  const context: Acting = { world, ports, random };
  const enlist = (address: string, newsletter: string): Reader => {
    const reader: Reader = { address, newsletter, steps: [], isBusy: false };
    all.push(reader);
    return reader;
  };
  const seedOne = async (number: number): Promise<void> => {
    const address = `reader-${number}@example.org`;
    // One in ten reads both.
    const own = number % 10 === 0 ? newsletters : [number % 3 === 0 ? 'beta' : 'alpha'];
    for (const newsletter of own)
      await join(context, enlist(address, newsletter), { isConfirmed: true, followed: chooseTopics(random, topics) });
  };
  return {
    all,
    async seed() {
      let next = 1;
      const seedNext = async (): Promise<void> => {
        while (next <= world.readers) await seedOne(next++);
      };
      await Promise.all(Array.from({ length: 6 }, seedNext));
    },
    async live(stop) {
      let joined = 0;
      const act = async (): Promise<void> => {
        while (!stop.aborted) {
          await delay(random.between(0, 2 * pauseMs));
          const reader = random.chance(0.25) ? enlist(`joined-${++joined}@example.org`, random.pick(newsletters)) : random.pick(all);
          if (reader.isBusy) continue;
          reader.isBusy = true;
          await actOf(context, reader);
          reader.isBusy = false;
        }
      };
      await Promise.all(Array.from({ length: actors }, act));
    },
    async resumeAll() {
      for (const reader of all) if (stateOf(reader) === 'paused') await choose(context, reader, { resume: 'catch_up' }, { kind: 'resume' });
    },
  };
}

interface Acting {
  readonly world: World;
  readonly ports: AddSubscriberPorts;
  readonly random: Random;
}

function stateOf({ steps }: Reader): 'none' | 'active' | 'paused' | 'left' {
  const last = steps.findLast(({ kind }) => kind !== 'topics')?.kind;
  return last === undefined ? 'none' : last === 'leave' ? 'left' : last === 'pause' ? 'paused' : 'active';
}

function chooseTopics(random: Random, from: readonly string[]): readonly string[] | null {
  if (random.chance(0.3)) return null;
  return [...new Set(Array.from({ length: 1 + Math.floor(random.between(0, 3)) }, () => random.pick(from)))];
}

async function actOf(context: Acting, reader: Reader): Promise<void> {
  const { random } = context;
  switch (stateOf(reader)) {
    case 'none':
    case 'left':
      return join(context, reader, {
        isConfirmed: stateOf(reader) === 'none' && random.chance(0.5),
        followed: chooseTopics(random, lasting),
      });
    case 'paused': {
      const isFresh = random.chance(0.2);
      return choose(context, reader, { resume: isFresh ? 'afresh' : 'catch_up' }, { kind: isFresh ? 'afresh' : 'resume' });
    }
    case 'active': {
      const chance = random.next();
      if (chance < 0.4) return leave(context, reader);
      if (chance < 0.65) return choose(context, reader, { pause: 'indefinitely' }, { kind: 'pause' });
      if (chance < 0.8) return choose(context, reader, { schedule: random.pick(schedules) }, undefined);
      const followed = chooseTopics(random, lasting);
      return choose(context, reader, { topics: followed }, { kind: 'topics', topics: followed });
    }
  }
}

async function timed(work: () => Promise<void>): Promise<Span> {
  const from = Date.now();
  await work();
  return { from, to: Date.now() };
}

/** Becomes active: at once where they agreed elsewhere, else by the link in the mail that asks. */
async function join(
  { world, ports, random }: Acting,
  reader: Reader,
  { isConfirmed, followed }: { isConfirmed: boolean; followed: readonly string[] | null },
): Promise<void> {
  const { address, newsletter } = reader;
  const schedule = random.pick(schedules);
  const askedAt = Date.now();
  const add = async (): Promise<AddResult> =>
    addSubscriber(ports, {
      newsletter,
      address,
      schedule,
      ...(followed === null ? {} : { topics: followed }),
      ...(isConfirmed ? { confirmed: { source: 'chaos' } } : {}),
    });
  let span = await timed(async () => {
    await insist(`${address} is added`, add);
  });
  if (!isConfirmed) {
    const link = await insist(`${address} is asked`, async () => {
      const asked = world.sink
        .messages()
        .findLast((each) => each.to === address && each.newsletter === newsletter && each.confirm !== undefined);
      return asked && asked.startedAt >= askedAt ? asked.confirm : undefined;
    });
    span = await timed(() => post(link));
  }
  reader.steps.push({ kind: 'join', schedule, topics: followed, ...span });
}

/** By the link of a message where one came, as mail programs do; else staff take them out. */
async function leave({ world, ports }: Acting, reader: Reader): Promise<void> {
  const { address, newsletter } = reader;
  const link = world.sink.messages().findLast((each) => each.to === address && each.newsletter === newsletter)?.unsubscribe;
  const span = await timed(async () => {
    if (link !== undefined) return post(link);
    await insist(`${address} is taken out`, async () => removeSubscriber(ports, { address, newsletter }));
  });
  reader.steps.push({ kind: 'leave', ...span });
}

async function choose({ ports }: Acting, reader: Reader, wanted: WantedChoices, step: Omitted | undefined): Promise<void> {
  const { address, newsletter } = reader;
  let isRefused = false;
  const span = await timed(async () => {
    await insist(`${address} chooses`, async () => {
      await setChoices(ports, { newsletter, person: address, source: 'chaos' }, wanted, () => {}).catch((error: unknown) => {
        if (!(error instanceof InvalidInputError)) throw error;
        isRefused = true;
      });
      return true;
    });
  });
  if (isRefused) throw new Error(`Expected that ${address} may choose ${JSON.stringify(wanted)}, but it was refused`);
  if (step) reader.steps.push({ ...step, ...span });
}

/** A step without its time. */
type Omitted = { readonly kind: 'pause' | 'resume' | 'afresh' } | { readonly kind: 'topics'; readonly topics: readonly string[] | null };

const answerMs = 10_000;

/** Posts a link until it is answered well; a server that was killed comes back. */
async function post(link: string): Promise<void> {
  await insist(`POST ${link}`, async () => {
    const response = await fetch(link, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      signal: AbortSignal.timeout(answerMs),
    });
    await response.arrayBuffer();
    return response.ok ? true : undefined;
  });
}

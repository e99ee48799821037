import { setTimeout as delay } from 'node:timers/promises';
import type { Merge, Post, Span } from './history.ts';
import { noteMark } from './marks.ts';
import { createRandom, type Random } from './random.ts';
import type { SitePost } from './site.ts';
import { collectAll, insist, insistOn, newsletters, schedules, takers, topics, type World } from './world.ts';

/** What staff and the authors of the site did. */
export interface Staff {
  /** Publishes, revises, corrects, retracts, merges and sends until the signal, and ends what was begun. */
  work(stop: AbortSignal): Promise<void>;
  readonly merges: ReadonlyMap<string, Merge>;
  /** When each correction was asked for, by its note; `isAnswered`: the command said that it was released. */
  readonly corrections: ReadonlyMap<string, { readonly askedAt: number; readonly isAnswered: boolean }>;
  retractionsOf(key: string): Post['retractions'];
}

/** More would not stand in one digest, so that who missed all of it could not be seen to get all. */
const mostPosts = 60;

/** Makes them. Posts of before are of no concern to them. */
export function createStaff(world: World): Staff {
  const context: Acting = {
    world,
    random: createRandom(world.seed, 'staff'),
    first: world.site.posts.length,
    merges: new Map(),
    corrections: new Map(),
    retractions: new Map(),
  };
  return {
    merges: context.merges,
    corrections: context.corrections,
    retractionsOf: (key) => context.retractions.get(key) ?? [],
    async work(stop) {
      await Promise.all([edit(context, stop), merge(context, stop), send(context, stop)]);
    },
  };
}

interface Retraction {
  readonly retracted: Span;
  undone?: Span;
}

interface Acting {
  readonly world: World;
  readonly random: Random;
  readonly first: number;
  readonly merges: Map<string, Merge>;
  readonly corrections: Map<string, { askedAt: number; isAnswered: boolean }>;
  readonly retractions: Map<string, Retraction[]>;
}

async function edit(context: Acting, stop: AbortSignal): Promise<void> {
  const { world, random, first } = context;
  const gapMs = (world.minutes * 60_000) / (mostPosts * 0.8);
  while (!stop.aborted) {
    await delay(random.between(0, gapMs), undefined, { signal: stop }).catch(() => {});
    const posts = world.site.posts.slice(first);
    const settled = posts.filter(({ publishedAt }) => publishedAt < Date.now() - 5_000);
    const chance = settled.length < 4 ? 0 : random.next();
    if (chance < 0.5 && posts.length < mostPosts) await publish(context);
    else if (chance < 0.75 && settled.length > 0) await correct(context, random.pick(settled));
    else if (settled.length > 0) await retractOrUndo(context, random.pick(settled));
  }
}

async function publish({ world, random }: Acting): Promise<void> {
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count -= 1)
    world.site.publish(random.pick(Object.keys(takers)), `category-${random.pick(topics)}`);
  await collectAll(world);
}

/** Changes a post on the site and tells its readers; now and then that is taken back. */
async function correct({ world, random, corrections, retractions }: Acting, post: SitePost): Promise<void> {
  if (isRetracted(retractions, post.key)) return;
  post.revision += 1;
  await collectAll(world);
  const note = noteMark(post.key, post.revision);
  const asked = { askedAt: Date.now(), isAnswered: false };
  corrections.set(note, asked);
  // Asked twice it would be told twice: where there was no answer the database says whether it was released.
  await insist(`${note} is released`, async () => {
    if (await isReleased(world, note)) return true;
    const ended = await world.fleet.command('posts', 'correct', post.url, '--note', `It is ${note} now.`, '--yes');
    asked.isAnswered = ended.exitCode === 0;
    return asked.isAnswered || /Nobody has it|never was|not released/.test(ended.output) ? true : undefined;
  });
  if (random.chance(0.2)) await insistOn(world, ['posts', 'correct', post.url, '--undo'], /Nobody waits|no correction/);
}

async function isReleased({ store }: World, note: string): Promise<boolean> {
  const { rows } = await store.database.query(`select from release where kind = 'correction' and strpos(note, $1) > 0`, [note]);
  return rows.length > 0;
}

function isRetracted(retractions: Acting['retractions'], key: string): boolean {
  const last = retractions.get(key)?.at(-1);
  return last !== undefined && last.undone === undefined;
}

async function retractOrUndo({ world, retractions }: Acting, post: SitePost): Promise<void> {
  const from = Date.now();
  const wasRetracted = isRetracted(retractions, post.key);
  await insistOn(world, ['posts', 'retract', post.url, ...(wasRetracted ? ['--undo'] : [])], /was retracted before|is not retracted/);
  const span = { from, to: Date.now() };
  const own = retractions.get(post.key) ?? [];
  if (wasRetracted) own.at(-1)!.undone = span;
  else own.push({ retracted: span });
  retractions.set(post.key, own);
}

/** Three topics go into others, spread over the run. */
async function merge({ world, merges }: Acting, stop: AbortSignal): Promise<void> {
  for (const [from, into] of [
    ['six', 'one'],
    ['seven', 'two'],
    ['eight', 'one'],
  ] as const) {
    await delay(world.minutes * 15_000, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return;
    const askedAt = Date.now();
    await insistOn(world, ['topics', 'merge', from, into], /being merged|no topic|none of the name/i);
    await insist(`the merge of ${from}`, async () => {
      const { rows } = await world.store.database.query(`select from topic_merge where ended_at is null`);
      return rows.length === 0 ? true : undefined;
    });
    merges.set(from, { into, from: askedAt, to: Date.now() });
  }
}

async function send({ world, random }: Acting, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await delay(random.between(5_000, 25_000), undefined, { signal: stop }).catch(() => {});
    // Whatever becomes of it: what is not sent waits.
    if (!stop.aborted)
      await world.fleet.command('send', '--newsletter', random.pick(newsletters), '--schedule', random.pick(schedules), '--yes');
  }
}

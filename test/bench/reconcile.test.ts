/*
 * What the model of a chaos run finds: each rule once kept and once broken, in a history of two readers.
 */
import { describe, expect, test } from '@jest/globals';
import type { Correction, History, Message, Passage, Post, Step, Subscription } from '../../bench/chaos/history.ts';
import { reconcile } from '../../bench/chaos/reconcile.ts';

const second = 1_000;
const span = (at: number): { from: number; to: number } => ({ from: at * second, to: at * second + 100 });
const step = (at: number, kind: 'leave' | 'pause' | 'resume' | 'afresh'): Step => ({ kind, ...span(at) });
const join = (at: number, topics: readonly string[] | null = null): Step => ({ kind: 'join', schedule: 'daily', topics, ...span(at) });
const choose = (at: number, topics: readonly string[] | null): Step => ({ kind: 'topics', topics, ...span(at) });

const post = (key: string, at: number, more: Partial<Post> = {}): Post => ({
  key,
  newsletters: ['alpha'],
  topic: 'one',
  publishedAt: at * second,
  position: Number(key),
  retractions: [],
  ...more,
});

/** A message with posts, each a key or a key with its revision. */
const message = (id: number, at: number, posts: readonly (string | readonly [string, number])[], more: Partial<Message> = {}): Message => ({
  to: 'ann@example.org',
  newsletter: 'alpha',
  kind: 'digest',
  messageId: `<d${id}.e1.tag@example.org>`,
  startedAt: at * second,
  endedAt: at * second + 10,
  posts: posts.map((each) => (typeof each === 'string' ? { key: each, revision: 1 } : { key: each[0], revision: each[1] })),
  corrections: [],
  ...more,
});

const correction: Correction = { key: 'C1', post: '1', revision: 2, askedAt: 30 * second, isTakenBack: false };
const told = (id: number, at: number): Message => message(id, at, [], { corrections: ['C1'] });

const passage = (cutoff: number, from: number): Passage => ({
  newsletter: 'alpha',
  schedule: 'daily',
  cutoff,
  bornAfter: (from - 1) * second,
  notBefore: from * second,
  surelyFrom: (from + 1) * second,
});

type Told = Partial<Omit<History, 'subscriptions'>> & { readonly steps?: readonly Step[] };

function found({ steps = [join(0)], ...more }: Told): string[] {
  const subscription: Subscription = { address: 'ann@example.org', newsletter: 'alpha', steps };
  const history: History = {
    subscriptions: [subscription],
    posts: [],
    corrections: [],
    merges: new Map(),
    messages: [],
    passages: [],
    doubts: new Map(),
    ...more,
  };
  return reconcile(history).findings.map(({ kind, what }) => `${kind} ${what}`);
}

describe('a post', () => {
  test('that arrived in one message is as it must be', () => {
    expect(found({ posts: [post('1', 10)], messages: [message(1, 20, ['1'])] })).toEqual([]);
  });

  test('that no message holds is lost, unless its reader left or it was retracted for good', () => {
    const posts = [post('1', 10)];
    expect(found({ posts })).toEqual(['lost 1']);
    expect(found({ posts, steps: [join(0), step(15, 'leave')] })).toEqual([]);
    expect(found({ posts: [post('1', 10, { retractions: [{ retracted: span(12) }] })] })).toEqual([]);
    expect(found({ posts: [post('1', 10, { retractions: [{ retracted: span(12), undone: span(14) }] })] })).toEqual(['lost 1']);
  });

  test('in two messages came twice, in one that was repeated after a doubt once', () => {
    const posts = [post('1', 10)];
    expect(found({ posts, messages: [message(1, 20, ['1']), message(2, 30, ['1'])] })).toEqual(['twice 1']);
    const repeated = [message(1, 20, ['1']), message(1, 30, ['1'])];
    expect(found({ posts, messages: repeated, doubts: new Map([['1', 1]]) })).toEqual([]);
    expect(found({ posts, messages: repeated })).toEqual(['repeated without doubt <d1.e1.tag@example.org>']);
  });

  test('of another topic or newsletter is not theirs', () => {
    const messages = [message(1, 20, ['1'])];
    expect(found({ posts: [post('1', 10, { topic: 'two' })], steps: [join(0, ['one'])], messages })).toEqual(['not theirs 1']);
    expect(found({ posts: [post('1', 10, { newsletters: ['beta'] })], messages })).toEqual(['not theirs 1']);
  });

  test('of a topic that went into one that they follow must come, one of where theirs went once they had moved', () => {
    const merges = new Map([['two', { into: 'one', ...span(15) }]]);
    expect(found({ posts: [post('1', 10, { topic: 'two' })], steps: [join(0, ['one'])], merges })).toEqual(['lost 1']);
    const steps = [join(0, ['two'])];
    for (const messages of [[], [message(1, 20, ['1'])]]) expect(found({ posts: [post('1', 10)], steps, merges, messages })).toEqual([]);
    expect(found({ posts: [post('1', 20)], steps, merges })).toEqual(['lost 1']);
    expect(found({ posts: [post('1', 20, { topic: 'three' })], steps, merges, messages: [message(1, 30, ['1'])] })).toEqual([
      'not theirs 1',
    ]);
  });

  test('of a topic that they gave up or took up on the way may come, and need not', () => {
    const posts = [post('1', 10)];
    for (const messages of [[], [message(1, 20, ['1'])]]) {
      expect(found({ posts, steps: [join(0, ['one']), choose(15, ['two'])], messages })).toEqual([]);
      expect(found({ posts, steps: [join(0, ['two']), choose(15, ['one'])], messages })).toEqual([]);
    }
    expect(found({ posts: [post('1', 20)], steps: [join(0, ['two']), choose(15, ['one'])] })).toEqual(['lost 1']);
  });

  test('from before the edition that their joining follows is not theirs, one from after it is', () => {
    const [posts, passages] = [[post('1', 10), post('2', 30)], [passage(1, 20)]];
    expect(found({ posts, passages, steps: [join(40)], messages: [message(1, 50, ['2'])] })).toEqual([]);
    expect(found({ posts, passages, steps: [join(40)], messages: [message(1, 50, ['1', '2'])] })).toEqual(['not theirs 1']);
    expect(found({ posts, passages, steps: [join(40)] })).toEqual(['lost 2']);
    // Whoever joins while the edition begins to be sent may be before it or behind it.
    expect(found({ posts, passages, steps: [join(20)], messages: [message(1, 50, ['2'])] })).toEqual([]);
    expect(found({ posts, passages, steps: [join(20)], messages: [message(1, 50, ['1', '2'])] })).toEqual([]);
    expect(found({ posts, passages, steps: [join(5)], messages: [message(1, 50, ['2'])] })).toEqual(['lost 1']);
  });

  test('that waited through a pause must come, and need not where they started afresh', () => {
    const posts = [post('1', 10)];
    expect(found({ posts, steps: [join(0), step(5, 'pause'), step(15, 'resume')] })).toEqual(['lost 1']);
    expect(found({ posts, steps: [join(0), step(5, 'pause'), step(15, 'afresh')] })).toEqual([]);
  });

  test('never goes out once it is retracted, but where its message was in doubt before', () => {
    const posts = [post('1', 10, { retractions: [{ retracted: span(12) }] })];
    const messages = [message(1, 20, ['1'])];
    expect(found({ posts, messages })).toEqual(['retracted 1']);
    expect(found({ posts, messages, doubts: new Map([['1', 1]]) })).toEqual([]);
    expect(found({ posts, messages: [message(1, 13, ['1'])] })).toEqual([]);
  });

  test('that the site showed must have been released', () => {
    expect(found({ posts: [post('1', 10, { position: undefined })] })).toEqual(['never released 1']);
  });
});

describe('a message', () => {
  const late = 'after leaving <d1.e1.tag@example.org>';

  test('may begin until two seconds after its reader left, and not later, a welcome neither', () => {
    const steps = [join(0), step(20, 'leave')];
    expect(found({ steps, messages: [message(1, 22, [])] })).toEqual([]);
    expect(found({ steps, messages: [message(1, 23, [])] })).toEqual([late]);
    expect(found({ steps, messages: [message(1, 23, [], { kind: 'notice' })] })).toEqual([late]);
    expect(found({ steps, messages: [message(1, 23, [], { kind: 'confirmation' })] })).toEqual([]);
    expect(found({ steps: [...steps, join(23)], messages: [message(1, 24, [])] })).toEqual([]);
  });

  test('to somebody who has not joined was sent without consent', () => {
    expect(found({ steps: [join(20)], messages: [message(1, 10, [])] })).toEqual(['before consent <d1.e1.tag@example.org>']);
    expect(found({ messages: [message(1, 10, [], { to: 'bo@example.org' })] })).toEqual(['before consent <d1.e1.tag@example.org>']);
  });

  test('goes to nobody who paused', () => {
    const steps = [join(0), step(10, 'pause'), step(30, 'resume')];
    expect(found({ steps, messages: [message(1, 20, [])] })).toEqual(['while paused <d1.e1.tag@example.org>']);
    expect(found({ steps, messages: [message(1, 12, []), message(2, 31, [])] })).toEqual([]);
  });
});

describe('a correction', () => {
  const posts = [post('1', 10)];
  const corrections = [correction];

  test('must reach who has the older text, once', () => {
    expect(found({ posts, corrections, messages: [message(1, 20, ['1']), told(2, 40)] })).toEqual([]);
    expect(found({ posts, corrections, messages: [message(1, 20, ['1'])] })).toEqual(['correction lost C1']);
    expect(found({ posts, corrections, messages: [message(1, 20, ['1']), told(2, 40), told(3, 50)] })).toEqual(['correction twice C1']);
  });

  test('must reach who got the older text after it was made', () => {
    expect(found({ posts, corrections, messages: [message(1, 35, ['1'])] })).toEqual(['correction lost C1']);
  });

  test('is for nobody without the post, nor with its newest text', () => {
    expect(found({ posts, corrections, messages: [told(2, 40), message(1, 50, [['1', 2]])] })).toEqual(['correction without its post C1']);
    expect(found({ posts, corrections, messages: [message(1, 35, [['1', 2]]), told(2, 40)] })).toEqual([
      'correction of the newest text C1',
    ]);
    expect(found({ posts, corrections, messages: [message(1, 35, [['1', 2]])] })).toEqual([]);
  });

  test('need not reach who left, who began anew, or anybody where it was taken back', () => {
    const messages = [message(1, 20, ['1'])];
    for (const steps of [
      [join(0), step(50, 'leave')],
      [join(0), step(50, 'afresh')],
      [join(0), step(25, 'leave'), join(50)],
    ])
      expect(found({ posts, corrections, steps, messages })).toEqual([]);
    expect(found({ posts, corrections: [{ ...correction, isTakenBack: true }], messages })).toEqual([]);
  });
});

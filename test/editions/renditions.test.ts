import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { runSlot } from '../../src/editions/run-slot.ts';
import { getEdition } from '../../src/ledger/drafts/edition-store.ts';
import { listRenditions, findRendition } from '../../src/ledger/drafts/rendition-store.ts';
import {
  addReader,
  addTopic,
  carried,
  countRows,
  foundPaper,
  freeze,
  friday,
  openNewsroom,
  releasePost,
  type Newsroom,
  type TestPaper,
} from './newsroom.ts';

let room: Newsroom;

beforeAll(async () => {
  room = await openNewsroom();
  // A template is tried once before its first use, and that trial is not counted.
  for (const { name } of room.renderer.templates) await room.renderer.check(name);
});
afterAll(() => room.close());
beforeEach(() => room.setNow(friday));

/** So many readers at once, each with the topics and language that its number gives. */
async function addReaders(
  paper: TestPaper,
  count: number,
  choices: readonly { topics: readonly string[] | null; language: string }[],
): Promise<void> {
  await room.database.query(
    `with person as (
       insert into subscriber (address, address_key)
       select 'reader' || n || '@' || $3::text || '.example', md5($3 || n) from generate_series(0, $4::integer - 1) n returning id, address),
     subscribed as (
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, topics, language, activated_at)
       select p.id, $1, $2, 'active', nullif(c.topics, 'null')::bigint[], c.language, now()
       from person p
       join unnest($5::text[], $6::text[]) with ordinality as c (topics, language, n)
         on c.n - 1 = substring(p.address from 'reader([0-9]+)@')::integer % $7
       returning id)
     insert into subscription_cursor (subscription_id, cursor, since) select id, k.last_position, k.last_position from subscribed, release_counter k`,
    [
      paper.newsletter.id,
      paper.schedule.id,
      paper.newsletter.slug,
      count,
      choices.map((choice) => (choice.topics === null ? 'null' : `{${choice.topics.join(',')}}`)),
      choices.map((choice) => choice.language),
      choices.length,
    ],
  );
}

test('a thousand readers with twelve sets of topics get as many renditions as there are digests, and the archive page; MJML ran once for each', async () => {
  const paper = await foundPaper(room);
  const [a, b, c, d] = await Promise.all(['A', 'B', 'C', 'D'].map((name) => addTopic(room, name)));
  const sets: (string[] | null)[] = [
    null,
    [a!],
    [b!],
    [c!],
    [d!],
    [a!, b!],
    [a!, c!],
    [b!, c!],
    [a!, b!, c!],
    [a!, d!],
    [b!, d!],
    [c!, d!],
  ];
  await addReaders(
    paper,
    1_000,
    sets.map((topics, index) => ({
      topics: topics && [...topics].sort((x, y) => Number(x) - Number(y)),
      language: index % 6 === 5 ? 'es' : 'en',
    })),
  );
  const posts = {
    a: await releasePost(room, paper, { title: 'Of A', topics: [a!] }),
    b: await releasePost(room, paper, { title: 'Of B', topics: [b!] }),
    ab: await releasePost(room, paper, { title: 'Of A and B', topics: [a!, b!] }),
    none: await releasePost(room, paper, { title: 'Of nothing' }),
  };
  const before = room.renderer.mjmlRunCount;
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  const drafted = room.renderer.mjmlRunCount - before;
  expect(await freeze(room, editionId)).toMatchObject({ kind: 'frozen', renderedCount: 0 });

  // What each reader is to get, worked out here from their topics alone.
  const expected = new Map<string, number>();
  for (let n = 0; n < 1_000; n += 1) {
    const index = n % sets.length;
    const topics = sets[index]!;
    const got = [
      ...(topics === null || topics?.includes(a!) ? [posts.a.position] : []),
      ...(topics === null || topics?.includes(b!) ? [posts.b.position] : []),
      ...(topics === null || topics?.includes(a!) || topics?.includes(b!) ? [posts.ab.position] : []),
      ...(topics === null ? [posts.none.position] : []),
    ];
    const key = `${index % 6 === 5 ? 'es' : 'en'} ${got.join(',')}`;
    if (got.length > 0) expected.set(key, (expected.get(key) ?? 0) + 1);
  }
  const { rows } = await room.database.query<{ key: string; count: number }>(
    `select r.language || ' ' || array_to_string(r.positions, ',') as key, count(*)::int as count
     from delivery d join rendition r on r.id = d.rendition_id where d.edition_id = $1 group by 1`,
    [editionId],
  );
  expect(new Map(rows.map((row) => [row.key, row.count]))).toEqual(expected);

  // The archive page holds all four posts in the newsletter's language: it is the one of those who follow everything.
  const renditions = await listRenditions(room.database, editionId);
  expect(renditions).toHaveLength(expected.size);
  expect(drafted).toBe(expected.size);
  expect(room.renderer.mjmlRunCount - before).toBe(expected.size);
});

test('the archive page is one rendition more where nobody gets all posts in the language of the newsletter', async () => {
  const paper = await foundPaper(room, {}, { language: 'es' });
  const topic = await addTopic(room, 'Leadership');
  await addReader(room, paper, { topics: [topic], language: 'fr' });
  await releasePost(room, paper, { title: 'Of leadership', topics: [topic] });
  await releasePost(room, paper, { title: 'Of nothing' });
  const before = room.renderer.mjmlRunCount;
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  await freeze(room, editionId);
  expect(room.renderer.mjmlRunCount - before).toBe(2);
  const renditions = await listRenditions(room.database, editionId);
  const sizes = new Map(renditions.map((rendition) => [rendition.language, rendition.positions.length]));
  expect(sizes).toEqual(
    new Map([
      ['es', 2],
      ['fr', 1],
    ]),
  );
  expect(renditions).toHaveLength(2);
  const archive = await findRendition(room.database, (await getEdition(room.database, editionId)).archiveRenditionId!);
  expect(archive?.language).toBe('es');
  expect(archive?.html).toContain('lang="es"');
});

test('what is rendered does not depend on the topics of its readers: one digest, two headings, one rendition', async () => {
  const paper = await foundPaper(room);
  const [first, second] = [await addTopic(room, 'Erstes', 1), await addTopic(room, 'Zweites', 2)];
  await addReader(room, paper, { topics: [first] });
  await addReader(room, paper, { topics: [second] });
  await releasePost(room, paper, { title: 'Of both', topics: [second, first] });
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  await freeze(room, editionId);
  expect(await countRows(room, 'from rendition where edition_id = $1', [editionId])).toBe(1);
  expect((await carried(room, editionId)).size).toBe(2);
});

test('more posts than the maximum: the newest in full, the others by title under "Also published", all in the ledger', async () => {
  const paper = await foundPaper(room, { maximum: 2 });
  const reader = await addReader(room, paper);
  const posts = [];
  for (const title of ['First', 'Second', 'Third', 'Fourth']) {
    room.setNow(new Date(friday.getTime() + posts.length * 1000));
    posts.push(await releasePost(room, paper, { title: `${title} paper`, html: `<p>The words of the ${title.toLowerCase()}.</p>` }));
  }
  const { editionId } = await runSlot(room.ports, paper.schedule.id, friday);
  await freeze(room, editionId);
  expect(await carried(room, editionId)).toEqual(new Map([[reader, posts.map((post) => post.position)]]));
  const { text = '', html = '' } =
    (await findRendition(room.database, (await getEdition(room.database, editionId)).archiveRenditionId!)) ?? {};
  for (const part of [text, html]) {
    for (const words of ['words of the third', 'words of the fourth', 'First paper', 'Second paper']) expect(part).toContain(words);
    for (const words of ['words of the first', 'words of the second']) expect(part).not.toContain(words);
    expect(part.search(/Also published/i)).toBeGreaterThan(part.indexOf('words of the third'));
    expect(part.lastIndexOf('First paper')).toBeGreaterThan(part.search(/Also published/i));
  }
});

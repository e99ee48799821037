/* Posts that are nearly alike: what tells two of them apart, and what lets one be known again though nearly all of it changed. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { showPost } from '../../src/posts/list-posts.ts';
import { findSaidBefore } from '../../src/posts/storing/statement-store.ts';
import { showSource } from '../../src/sources/list-sources.ts';
import type { TestDatabase } from '../support/database.ts';
import type { TestItem } from '../support/feed-site.ts';
import { longText as long, november as day, openPollRoom } from '../support/poll-room.ts';

const room = openPollRoom();
const { add, poll, posts, mail } = room;
let stored: TestDatabase;
let path: string;
let host: string;
beforeEach(() => {
  ({ stored, path, host } = room);
});

const steady = (): TestItem => ({
  id: `${host}/steady`,
  title: 'A steady item',
  link: `${host}/steady`,
  date: day(1),
  html: '<p>Steady.</p>',
});
const nothingNew = { newCount: 0, releasedCount: 0, heldCount: 0 };

describe('Signs and numbers in a title tell posts apart', () => {
  const notice = (title: string, own: string): TestItem => ({
    id: own,
    title,
    link: `${host}/${own}/`,
    date: day(20),
    html: '<p>Course notes.</p>',
  });

  test.each([
    ['C++', 'C#'],
    ['Unit 1.1', 'Unit 11'],
    ['Room 3', 'Room ３½'],
  ])('%s is not %s', async (one, other) => {
    const source = await add();
    expect(await poll(source, [notice(one, 'a'), notice(other, 'b')])).toMatchObject({ newCount: 2 });
  });

  test('on a board without guids, too', async () => {
    const source = await add();
    const onBoard = (title: string): TestItem => ({ title, link: `${host}/board/`, html: '<p>Course notes.</p>' });
    expect(await poll(source, [onBoard('C++'), onBoard('C#'), onBoard('Unit 1.1'), onBoard('Unit 11')])).toMatchObject({ newCount: 4 });
  });

  test('in another source, too, though both lead to one page', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    const course = (id: string, title: string): TestItem => ({
      id,
      title,
      link: `${host}/course/`,
      date: day(20),
      html: '<p>Course notes.</p>',
    });
    await poll(one, [course('x1', 'Programming in C++')], `${path}-1`);
    expect(await poll(two, [course('y1', 'Programming in C#')], `${path}-2`)).toMatchObject({ releasedCount: 1, joinedCount: 0 });
  });

  test('while case, spaces and kinds of quotes do not', async () => {
    const source = await add();
    await poll(source, [notice('The "new"  hall - it\'s open', 'a'), notice('The “new” hall – it’s open', 'b')]);
    expect(await posts(source)).toHaveLength(1);
  });
});

describe('Dates to come', () => {
  const event = (id: string, at: string): TestItem => ({
    id,
    title: `Open lesson of ${host}`,
    link: `${host}/lessons/${id}/`,
    date: at,
    html: '<p>Come and see a lesson.</p>',
  });
  const june = (number: number): string => new Date(Date.UTC(2027, 5, number, 9)).toISOString();

  test('tell events in the same words apart', async () => {
    const source = await add();
    expect(await poll(source, [event('a', june(1)), event('b', june(8))])).toMatchObject({ newCount: 2 });
    expect(await poll(source, [event('c', june(15)), event('a', june(1)), event('b', june(8))])).toMatchObject({ releasedCount: 1 });
    expect((await posts(source)).map(({ publishedAt }) => publishedAt)).toEqual([null, null, null]);
  });

  test('of one event stay its own when its id is another', async () => {
    const source = await add();
    await poll(source, [event('a', june(1)), event('b', june(8))]);
    expect(await poll(source, [event('x', june(1)), event('y', june(8))])).toMatchObject(nothingNew);
    expect(await posts(source)).toHaveLength(2);
  });

  test('that are corrected to others to come are not shown', async () => {
    const source = await add();
    await poll(source, [steady()]);
    await poll(source, [event('a', day(27)), steady()]);
    await poll(source, [event('a', june(8)), steady()]);
    expect((await posts(source)).at(-1)).toMatchObject({ publishedAt: new Date(day(27)) });
  });
});

describe('Several entries under one guid, link and title', () => {
  const entry = (html: string, number: number): TestItem => ({
    id: 'the-one',
    title: 'Notice',
    link: `${host}/notice/`,
    date: day(number),
    html: `<p>${html}</p>`,
  });

  test('are as many posts as they have texts', async () => {
    const source = await add();
    const [lost, chess, menu] = [entry('A scarf was found.', 20), entry('Chess club meets.', 20), entry('Soup and bread.', 20)];
    expect(await poll(source, [lost, chess])).toMatchObject({ newCount: 2 });
    expect(await poll(source, [menu, lost, chess])).toMatchObject({ releasedCount: 1, revisedCount: 0 });
    expect(await poll(source, [menu, lost])).toMatchObject({ ...nothingNew, revisedCount: 0 });
    expect(await posts(source)).toHaveLength(3);
  });

  test('are as many posts as they have dates', async () => {
    const source = await add();
    const closed = (number: number): TestItem => entry('School is closed.', number);
    expect(await poll(source, [closed(21), closed(20)])).toMatchObject({ newCount: 2 });
    expect(await poll(source, [closed(22), closed(21), closed(20)])).toMatchObject({ releasedCount: 1 });
    expect(await poll(source, [closed(23), closed(22), closed(21)])).toMatchObject({ releasedCount: 1 });
    expect(await posts(source)).toHaveLength(4);
  });

  test('are one where all of it is one', async () => {
    const source = await add();
    expect(await poll(source, [entry('A scarf was found.', 20), entry('A  scarf was found.', 20)])).toMatchObject({ newCount: 1 });
  });
});

describe('A text in which a number changes at each fetch', () => {
  const counter = (stage: number): string => `${long('painters')}<p>${stage * 7} people looked at this.</p>`;
  test.each<[string, (stage: number) => TestItem]>([
    ['a guid made anew', (stage) => ({ id: `r${stage}`, title: 'Painters meet', link: `${host}/g/`, html: counter(stage) })],
    [
      'a guid made anew, and a date',
      (stage) => ({ id: `r${stage}`, title: `Painters of ${host}`, link: `${host}/g${stage}/`, date: day(20), html: counter(stage) }),
    ],
    ['a link that several share', () => ({ title: 'Painters meet', link: `${host}/steady`, html: '' })],
  ])('with %s is no news', async (_, item) => {
    const source = await add();
    const items = (stage: number): TestItem[] => [
      { ...item(stage), html: counter(stage) },
      { ...steady(), ...(item(stage).id === undefined ? { id: undefined } : {}) } as TestItem,
    ];
    await poll(source, items(1));
    for (const stage of [2, 3, 4, 5]) expect(await poll(source, items(stage))).toMatchObject(nothingNew);
    expect(await posts(source)).toHaveLength(2);
    expect((await showSource(stored.database, source)).idHabit).toBe(item(1).id === undefined ? 'unproved' : 'renewed');
  });
});

test('A board of many notices without guid, title and date, each with a number that changes, has each once', async () => {
  const source = await add();
  const board = (stage: number): TestItem[] =>
    Array.from({ length: 30 }, (_, index) => ({
      title: '',
      link: `${host}/board/`,
      html: `<p>${Array.from({ length: 30 }, (__, word) => `word${index}x${word}`).join(' ')}, seen ${stage} times.</p>`,
    }));
  await poll(source, board(1));
  for (const stage of [2, 3]) expect(await poll(source, board(stage))).toMatchObject(nothingNew);
  expect(await posts(source)).toHaveLength(30);
});

describe('A site that makes all its ids anew', () => {
  const essay = (number: number, more: Partial<TestItem> = {}): TestItem => ({
    id: `${host}/?p=${number}`,
    title: `"Reading" and it's worth, part ${number}`,
    link: `${host}/${number}/`,
    date: day(number),
    html: `${long(`"readers" of part ${number}`)}<p>It's late - or isn't it...</p>`,
    ...more,
  });
  const numbers = [9, 8, 7, 6, 5];
  const before = async (): Promise<string> => {
    const source = await add();
    await poll(
      source,
      numbers.slice(1).map((each) => essay(each)),
    );
    await poll(
      source,
      numbers.map((each) => essay(each)),
    );
    return source;
  };
  const typographic = (text: string): string =>
    text
      .replaceAll(/"(\w+)"/g, '“$1”')
      .replaceAll("'", '’')
      .replaceAll(' - ', ' – ')
      .replaceAll('...', '…');

  test('and its quotes typographic releases nothing again', async () => {
    const source = await before();
    const moved = numbers.map((each) => {
      const { title = '', html = '' } = essay(each);
      return essay(each, { id: `new-${each}`, link: `${host}/new/${each}/`, title: typographic(title), html: typographic(html) });
    });
    expect(await poll(source, moved)).toMatchObject({ newCount: 0, releasedCount: 0 });
    expect(await posts(source)).toHaveLength(5);
  });

  test('and adds a line to each text, too', async () => {
    const source = await before();
    const moved = numbers.map((each) =>
      essay(each, {
        id: `new-${each}`,
        link: `${host}/new/${each}/`,
        html: `${essay(each).html ?? ''}<p>Share this with your friends.</p>`,
      }),
    );
    expect(await poll(source, moved)).toMatchObject({ newCount: 0, releasedCount: 0 });
    expect(await posts(source)).toHaveLength(5);
  });

  test('and adds a line to each undated text keeps back what looks like posts of before', async () => {
    const source = await add();
    const undated = (number: number, more: Partial<TestItem> = {}): TestItem => {
      const { date: _, ...rest } = essay(number, more);
      return rest;
    };
    await poll(
      source,
      numbers.slice(1).map((each) => undated(each)),
    );
    await poll(
      source,
      numbers.map((each) => undated(each)),
    );
    const moved = numbers.map((each) =>
      undated(each, { id: `new-${each}`, link: `${host}/new/${each}/`, html: `${essay(each).html ?? ''}<p>Share this.</p>` }),
    );
    expect(await poll(source, moved)).toMatchObject({ releasedCount: 0 });
  });
});

describe('Two entries of one post', () => {
  const entry = (part: string, html: string): TestItem => ({
    id: `${host}/${part}`,
    link: `${host}/${part}`,
    title: 'Menu',
    date: day(20),
    html,
  });

  test('part when one of them says something else, though the title stays', async () => {
    const source = await add();
    await poll(source, [entry('news', long('cooks')), entry('blog', long('cooks'))]);
    expect(await posts(source)).toHaveLength(1);
    expect(
      await poll(source, [entry('news', '<p>Soup, bread and an apple are for all who come.</p>'), entry('blog', long('cooks'))]),
    ).toMatchObject({ newCount: 1, releasedCount: 1 });
    expect(await posts(source)).toHaveLength(2);
  });

  test('are one while one of them is mended, which counts as soon as the other is gone', async () => {
    const source = await add();
    const mended = `${long('cooks')}<p>Bring a spoon.</p>`;
    await poll(source, [steady(), entry('news', long('cooks')), entry('blog', long('cooks'))]);
    expect(await poll(source, [steady(), entry('news', mended), entry('blog', long('cooks'))])).toMatchObject({
      newCount: 0,
      revisedCount: 0,
    });
    expect(await poll(source, [steady(), entry('news', mended)])).toMatchObject({ newCount: 0, revisedCount: 1 });
    expect(await posts(source)).toHaveLength(2);
  });
});

test('Dates that stood still before are not taken for those of the fetch because of one document', async () => {
  const source = await add();
  const notice = (title: string, number: number): TestItem => ({
    title,
    link: `${host}/board/`,
    date: day(number),
    html: `<p>${title}: stay at home.</p>`,
  });
  await poll(source, [notice('School closed', 20), notice('Bus late', 20)]);
  await poll(source, [notice('Rain', 21), notice('School closed', 20), notice('Bus late', 20)]);
  expect(await poll(source, [notice('School closed', 25), notice('Bus late', 25)])).toMatchObject({ releasedCount: 2 });
});

test('A link with which two posts were stated recognises none in another source', async () => {
  const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
  const menu = (id: string, html: string): TestItem => ({ id, title: 'Menu', link: `${host}/canteen/`, html });
  await poll(one, [menu('m1', long('cooks'))], `${path}-1`);
  await poll(one, [menu('m2', '<p>Soup, bread and an apple are for all who come.</p>')], `${path}-1`);
  // The words are those of the first, to which the link would lead; which of all menus of the page this is, nobody can tell.
  expect(await poll(two, [menu('x9', long('cooks'))], `${path}-2`)).toMatchObject({ releasedCount: 1, joinedCount: 0 });
});

test('Of two ids under which a post was said in the same words, the one that is still listed stands first', async () => {
  const source = await add();
  const twin = (id: string): TestItem => ({ id, title: 'Two places', link: `${host}/two/`, date: day(20), html: long('places') });
  await poll(source, []);
  expect(await poll(source, [twin('a'), twin('b')])).toMatchObject({ newCount: 1 });
  const { rows } = await stored.database.query<{ saidHash: string }>(
    `update post_source set gone_at = $2 where source_id = $1 and entry_id = 'a' returning said_hash as "saidHash"`,
    [source, new Date(day(21))],
  );
  const { saidHash } = rows[0]!;
  const before = (await findSaidBefore(stored.database, source, [saidHash])).get(saidHash)!;
  expect(before.map(({ entryId, isGone }) => `${entryId} ${isGone ? 'gone' : 'listed'}`)).toEqual(['b listed', 'a gone']);
});

describe('Rows of a source', () => {
  const essay = (number: number, stage: number, id: string | undefined): TestItem => ({
    ...(id === undefined ? {} : { id }),
    title: `Part ${number}`,
    link: `${host}/p/?part=${number}&t=${stage}`,
    html: long(`readers of part ${number}`),
  });
  const rowsOf = async (source: string): Promise<{ statements: number; keys: number }> => {
    const { rows } = await stored.database.query<{ statements: number; keys: number }>(
      `select (select count(*)::int from post_source where source_id = $1) as statements,
         (select count(*)::int from post_key k where exists (select from post_source s where s.post_id = k.post_id and s.source_id = $1)) as keys`,
      [source],
    );
    return rows[0]!;
  };

  test.each<[string, (stage: number) => TestItem[]]>([
    ['links', (stage) => [1, 2, 3, 4].map((each) => essay(each, stage, undefined))],
    ['ids and links', (stage) => [1, 2, 3, 4].map((each) => essay(each, stage, `r${stage}-${each}`))],
    ['links under steady ids', (stage) => [1, 2, 3, 4].map((each) => essay(each, stage, `s-${each}`))],
    ['ids of twins', (stage) => ['a', 'b', 'c', 'd'].map((part) => essay(1, stage, `r${stage}-${part}`))],
    [
      'ids and a number in the text',
      (stage) =>
        [1, 2, 3, 4].map((each) => ({ ...essay(each, 1, `r${stage}-${each}`), html: `${long(`readers of part ${each}`)}<p>${stage}</p>` })),
    ],
  ])('do not become more with each fetch where %s are made anew', async (_, items) => {
    const source = await add();
    for (let stage = 1; stage <= 25; stage++) await poll(source, items(stage));
    const { statements, keys } = await rowsOf(source);
    expect(statements).toBeLessThanOrEqual(8);
    expect(keys).toBeLessThanOrEqual(16);
  });
});

describe('A source that was collected before its words were kept', () => {
  const forget = async (source: string): Promise<void> => {
    await stored.database.query(`update post_source set said_hash = null, stated_at = null where source_id = $1`, [source]);
    await stored.database.query(`update post_revision set said_hash = null`);
    await stored.database.query(`update source set said_since = null where id = $1`, [source]);
  };

  test('knows its words again, also those of a post that another source leads', async () => {
    const [one, two] = [await add(`${path}-1`), await add(`${path}-2`)];
    const item = (id: string, link: string): TestItem => ({ id, title: 'Governors meet', link, html: long('governors') });
    await poll(one, [item('main', `${host}/g/`)], `${path}-1`);
    await poll(two, [item('copy-1', `${host}/g/`)], `${path}-2`);
    await forget(two);
    expect(await poll(two, [item('copy-2', `${host}/h/`)], `${path}-2`)).toMatchObject(nothingNew);
  });

  test('knows an entry again whose id is its words, whatever of it beside them is another', async () => {
    const source = await add();
    const notice = (category: string): TestItem[] => [{ title: 'Rain', html: '<p>Stay at home.</p>', categories: [category] }];
    await poll(source, notice('Weather'));
    await forget(source);
    await stored.database.query(`update post_source set is_lead = false where source_id = $1`, [source]);
    await stored.database.query(`update source set said_since = now() where id = $1`, [source]);
    expect(await poll(source, notice('News'))).toMatchObject(nothingNew);
  });
});

describe('A title that is mended in two sources', () => {
  test.each([
    ['Autum fair on Friday', 'Autumn fair on Friday', false],
    ['Autum fair on Friday', 'Autumn fair on Friday', true],
    ['Save the date', 'Autumn fair on Friday', true],
  ])('from "%s" to "%s" leaves one post under one permalink without text (mailed: %p)', async (was, is, isMailed) => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    const item = (title: string): TestItem[] => [{ id: `${host}/?p=12`, title, link: `${host}/fair/`, html: '' }];
    await poll(one, item(was), `${path}-1`);
    await poll(two, item(was), `${path}-2`);
    if (isMailed) await mail();
    await poll(one, item(is), `${path}-1`);
    await poll(two, item(is), `${path}-2`);
    const titles = new Map([...(await posts(one)), ...(await posts(two))].map(({ id, title }) => [id, title]));
    expect([...titles.values()].filter((title) => title === is)).toHaveLength(1);
  });

  test('and that only the second has seen joins the post of the first, which is revised', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    const item = (title: string): TestItem[] => [{ id: `${host}/?p=12`, title, link: `${host}/fair/`, html: '' }];
    await poll(one, item('Autum fair on Friday'), `${path}-1`);
    expect(await poll(two, item('Autumn fair on Friday'), `${path}-2`)).toMatchObject({ newCount: 0, joinedCount: 1 });
    expect(await poll(one, item('Autumn fair on Friday'), `${path}-1`)).toMatchObject({ newCount: 0, revisedCount: 1 });
  });
});

describe('What comes back on one page each week', () => {
  const week = (id: string, number: number, html: string): TestItem => ({
    id,
    title: `Assembly of ${host}`,
    link: `${host}/assembly/`,
    date: day(number),
    html,
  });

  test('is another post in another source, some days later and in other words', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    await poll(one, [week('a1', 13, `${long('pupils')}<p>Class three sings.</p>`)], `${path}-1`);
    expect(await poll(two, [week('b2', 20, `${long('pupils')}<p>Class four plays.</p>`)], `${path}-2`)).toMatchObject({
      releasedCount: 1,
      joinedCount: 0,
    });
  });

  test('is the post of the other source in the same words, or within a day', async () => {
    const [one, two, three] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release'), await add(`${path}-3`, 'release')];
    await poll(one, [week('a1', 13, long('pupils'))], `${path}-1`);
    expect(await poll(two, [week('b1', 20, long('pupils'))], `${path}-2`)).toMatchObject({ joinedCount: 1 });
    expect(await poll(three, [week('c1', 14, `${long('pupils')}<p>Come.</p>`)], `${path}-3`)).toMatchObject({ joinedCount: 1 });
  });
});

describe('A text that says nothing, under one guid for ever', () => {
  const alert = (name: string, number: number): TestItem[] => [
    { id: 'alert', title: `Alert: ${name}`, link: `${host}/alerts/${number}/`, html: '<p>Read the whole alert on our site.</p>' },
  ];

  test('is a post with each title and page', async () => {
    const source = await add();
    await poll(source, alert('High Street is closed', 1));
    expect(await poll(source, alert('Mill Lane is closed', 2))).toMatchObject({ releasedCount: 1 });
    expect(await poll(source, alert('Boil tap water', 3))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
    const all = await posts(source);
    expect(all).toHaveLength(3);
    expect((await showPost(stored.database, all[1]!.id)).sources.map(({ recognisedBy }) => recognisedBy)).toEqual(['replaced']);
  });

  test('is revised where only the title, or only the page, is another', async () => {
    const source = await add();
    const item = (title: string, page: string): TestItem[] => [
      { id: 'alert', title, link: `${host}/${page}/`, html: '<p>Read the whole alert on our site.</p>' },
    ];
    await poll(source, item('Boil tap water', 'a'));
    expect(await poll(source, item('Boil tap water now', 'a'))).toMatchObject({ newCount: 0 });
    expect(await poll(source, item('Boil tap water now', 'b'))).toMatchObject({ newCount: 0 });
  });
});

describe('One title at one minute, in two parts of one site', () => {
  const bulletin = (school: string, html: string): TestItem => ({
    id: '48',
    title: 'Weekly bulletin, week 48',
    link: `${host}/${school}/bulletin/48/`,
    date: day(27, 7),
    html,
  });

  test('is two posts where only the number is one that each of them gave', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    await poll(one, [bulletin('north', long('pupils'))], `${path}-1`);
    const other = '<p>Exams begin on Monday. Bring pens, rulers and a good night of sleep, says our headmaster to all who write them.</p>';
    expect(await poll(two, [bulletin('south', other)], `${path}-2`)).toMatchObject({ releasedCount: 1, joinedCount: 0 });
  });

  test('is one post where the page is one, too, be the one text a summary of the other in words of its own', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    await poll(one, [bulletin('north', long('pupils'))], `${path}-1`);
    expect(await poll(two, [bulletin('north', '<p>What happens this week.</p>')], `${path}-2`)).toMatchObject({
      newCount: 0,
      joinedCount: 1,
    });
  });
});

test('A date that the document gives to what has none makes no news, though one entry beside it has a date of its own', async () => {
  const source = await add();
  const notice = (title: string, date: string): TestItem => ({
    title,
    link: `${host}/board/`,
    date,
    html: `<p>${title}: ask at the office.</p>`,
  });
  const board = (hour: number): TestItem[] => [
    notice('Welcome', day(1)),
    notice('Lost: a scarf', day(27, hour)),
    notice('Chess club', day(27, hour)),
  ];
  await poll(source, board(9));
  for (const hour of [10, 11, 12]) expect(await poll(source, board(hour))).toMatchObject({ ...nothingNew, revisedCount: 0 });
  expect(await posts(source)).toHaveLength(3);
});

describe('A page with one guid for ever', () => {
  const menus = [
    'Soup and bread with carrots from the garden of the third class, and a small apple for everybody.',
    'Fish and chips and peas with lemon sauce made by our cook, and chocolate pudding for all of you.',
    'Lentils with rice, onions fried slowly in butter, yogurt and a salad of cucumbers and sesame.',
  ];

  test('has a post for each day, though the title stays and a day is no more than a day', async () => {
    const source = await add();
    const menu = (number: number): TestItem[] => [
      { id: 'menu', title: 'Menu of the day', link: `${host}/menu/`, date: day(23 + number), html: `<p>${menus[number]} ${host}</p>` },
    ];
    await poll(source, menu(0));
    expect(await poll(source, menu(1))).toMatchObject({ releasedCount: 1 });
    await mail();
    expect(await poll(source, menu(2))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
  });

  test('took nothing away when it says something else', async () => {
    const source = await add();
    const alert = (number: number): TestItem => ({
      id: 'alert',
      title: `Alert ${['ferry', 'water', 'storm'][number]}`,
      link: `${host}/alerts/${number}/`,
      date: day(20 + 3 * number),
      html: `<p>${menus[number]} ${host}</p>`,
    });
    const other = { id: 'o', title: 'Who we are', link: `${host}/about/`, date: day(2), html: long('helpers') };
    await poll(source, [other, steady()]);
    for (const number of [0, 1, 2])
      expect(await poll(source, [alert(number), other, steady()])).toMatchObject({ releasedCount: 1, goneCount: 0 });
    expect((await posts(source)).filter(({ state }) => state === 'released')).toHaveLength(3);
  });

  test('took nothing away when it says again what it said before', async () => {
    const source = await add();
    const status = (title: string, text: string): TestItem => ({ id: 'status', title, link: `${host}/status/`, html: `<p>${text}</p>` });
    const [open, closed] = [status('Open as usual', menus[0]!), status('Burst pipe', menus[1]!)];
    const news = [9, 8, 7, 6, 5].map((number): TestItem => ({ ...steady(), id: `n${number}`, title: `News ${number}`, date: day(number) }));
    await poll(source, [open, ...news]);
    expect(await poll(source, [closed, ...news])).toMatchObject({ releasedCount: 1 });
    expect(await poll(source, [open, ...news])).toMatchObject({ newCount: 0, goneCount: 0 });
  });
});

test('A post that is put off before it was mailed is one, though title, date and page are others', async () => {
  const source = await add();
  const fair = (title: string, number: number): TestItem => ({
    id: `${host}/?p=12`,
    title,
    link: `${host}/2026/11/${number}/autumn-fair/`,
    date: day(number),
    html: long(`parents of ${host}`),
  });
  await poll(source, [steady()]);
  await poll(source, [fair('Autumn fair on Friday', 20), steady()]);
  expect(await poll(source, [fair('Autumn fair on Tuesday', 24), steady()])).toMatchObject({ newCount: 0, revisedCount: 1, goneCount: 0 });
  expect((await posts(source)).at(-1)).toMatchObject({ title: 'Autumn fair on Tuesday', publishedAt: new Date(day(24)) });
});

describe('A document that makes all ids or links, and all dates, anew at each fetch', () => {
  const thing = (number: number, stage: number, hasGuid: boolean): TestItem => ({
    ...(hasGuid ? { id: `r${stage}-${number}` } : {}),
    title: `Thing ${number}`,
    date: day(20, stage),
    link: hasGuid ? `${host}/` : `${host}/x/?t=${stage}${number}`,
    html: long(`friends of thing ${number}`),
  });

  test.each([true, false])('has each post once (with guids: %p)', async (hasGuid) => {
    const source = await add();
    const items = (stage: number): TestItem[] => [1, 2, 3].map((number) => thing(number, stage, hasGuid));
    await poll(source, items(1));
    for (const stage of [2, 3, 4]) expect(await poll(source, items(stage))).toMatchObject(nothingNew);
    expect(await poll(source, [thing(4, 5, hasGuid), ...items(5)])).toMatchObject({ newCount: 1, releasedCount: 1 });
    expect((await showSource(stored.database, source)).datesMove).toBe(true);
  });

  test('is told from one that says two things again and lists those of before', async () => {
    const source = await add();
    await poll(source, [thing(1, 1, true), thing(2, 1, true)]);
    expect(await poll(source, [thing(1, 2, true), thing(2, 2, true), thing(1, 1, true), thing(2, 1, true)])).toMatchObject({
      releasedCount: 2,
    });
  });

  test('is told from one that makes its ids anew, and lists what was said at two moments at these', async () => {
    const source = await add();
    const said = (stage: number, ids: string): TestItem[] =>
      [1, 2].map((number) => ({ ...thing(number, stage, true), id: `${ids}-${stage}-${number}` }));
    await poll(source, said(1, 'a'));
    await poll(source, [...said(2, 'a'), ...said(1, 'a')]);
    for (const ids of ['b', 'c', 'd']) expect(await poll(source, [...said(2, ids), ...said(1, ids)])).toMatchObject(nothingNew);
    expect((await showSource(stored.database, source)).datesMove).toBe(false);
    expect(await posts(source)).toHaveLength(4);
  });
});

test('The session of who asks, in the path of a link, makes no post of one that is mended, nor of another source', async () => {
  const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
  const trip = (session: string, html: string): TestItem => ({
    title: 'Trip to the sea',
    link: `${host}/news/12;jsessionid=${session}`,
    html,
  });
  const other: TestItem = { title: 'Another', link: `${host}/news/9`, html: long('others') };
  await poll(one, [trip('A1B2C3', long('travellers')), other], `${path}-1`);
  const mended = trip('D4E5F6', `${long('travellers')}<p>Bring boots.</p>`);
  expect(await poll(one, [mended, other], `${path}-1`)).toMatchObject({ newCount: 0, revisedCount: 1 });
  expect(await poll(two, [{ ...mended, id: 'x12', link: `${host}/news/12;jsessionid=778899` }], `${path}-2`)).toMatchObject({
    newCount: 0,
    joinedCount: 1,
  });
});

describe('A document at another address under the same name', () => {
  const menu = (folder: string): TestItem => ({
    id: `${host}/menu`,
    title: 'Menu as PDF',
    link: `${host}/menu/`,
    date: day(3),
    html: `${long('cooks')}<p><a href="https://files.example/${folder}/menu.pdf">Menu (PDF)</a></p>`,
  });

  test('revises nothing while the address is another at each fetch, and does once it stays', async () => {
    const source = await add();
    await poll(source, [menu('17000000001'), steady()]);
    for (const folder of ['17000000002', '17000000003'])
      expect(await poll(source, [menu(folder), steady()])).toMatchObject({ revisedCount: 0 });
    expect(await poll(source, [menu('17000000003'), steady()])).toMatchObject({ newCount: 0, revisedCount: 1 });
  });

  test('is another text at once where words changed, too', async () => {
    const source = await add();
    await poll(source, [menu('1'), steady()]);
    const changed = { ...menu('2'), html: (menu('2').html ?? '').replace('at seven', 'at eight') };
    expect(await poll(source, [changed, steady()])).toMatchObject({ revisedCount: 1 });
  });
});

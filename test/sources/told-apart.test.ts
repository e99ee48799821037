/* How a source's posts are told apart over its polls: small sites in stages, as people reported them of tools like ours. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { showPost } from '../../src/posts/list-posts.ts';
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

describe('A page that shows one alert at a time', () => {
  test('brings a post with each, though all lead to one page', async () => {
    const source = await add();
    const alert = (id: number, title: string, text: string): TestItem[] => [
      { id: `${host}/${id}`, title, link: `${host}/current/`, date: day(20 + id), html: `<p>${text}</p>` },
    ];
    await poll(source, alert(1, 'Ferry stops tonight', 'The last ferry leaves at six.'));
    expect(await poll(source, alert(2, 'Boil tap water', 'A pipe burst at the quay.'))).toMatchObject({
      releasedCount: 1,
      revisedCount: 0,
    });
    expect(await poll(source, alert(3, 'Water is safe', 'The pipe is mended.'))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
    expect((await posts(source)).map(({ title }) => title)).toEqual(['Ferry stops tonight', 'Boil tap water', 'Water is safe']);
  });

  test('brings a post with each, though all have one guid: title and text are others', async () => {
    const source = await add();
    const alert = (title: string, text: string): TestItem[] => [{ id: 'the-alert', title, link: `${host}/now/`, html: `<p>${text}</p>` }];
    await poll(source, alert('Ferry stops tonight', 'The last ferry leaves at six.'));
    expect(await poll(source, alert('Boil tap water', 'A pipe burst at the quay.'))).toMatchObject({ newCount: 1, releasedCount: 1 });
    await mail();
    expect(await poll(source, alert('Water is safe', 'The pipe is mended, and all is well.'))).toMatchObject({ releasedCount: 1 });
    // The last one waits to be mailed for the first time: it was written anew.
    expect(await poll(source, alert('Canteen closed', 'Bring a lunch box on Wednesday.'))).toMatchObject({ newCount: 0, revisedCount: 1 });
    const all = await posts(source);
    expect(all.map(({ title, state }) => [title, state])).toEqual([
      ['Ferry stops tonight', 'known'],
      ['Boil tap water', 'released'],
      ['Canteen closed', 'released'],
    ]);
    expect((await showPost(stored.database, all[1]!.id)).sources).toMatchObject([{ recognisedBy: 'replaced' }]);
  });
});

describe('A canteen page without dates', () => {
  test('brings a post with each menu that has its own guid, though title and link stay and half of the text does', async () => {
    const source = await add();
    const menu = (week: number, dish: string): TestItem[] => [
      { id: `menu-${week}`, title: 'Menu', link: `${host}/canteen/`, html: `${long('cooks')}<p>${dish} for everybody this week.</p>` },
    ];
    await poll(source, menu(1, 'Soup'));
    expect(await poll(source, menu(2, 'Fish and chips and peas'))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
    expect(await poll(source, menu(3, 'Lentils with rice and bread'))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
  });

  test('brings a post with each menu also behind one that it had before, be it alone on its page or one of several', async () => {
    for (const count of [1, 3]) {
      const source = await add(`${path}-${count}`);
      const dishes = ['Soup', 'Fish and chips', 'Lentils with rice', 'Dumplings', 'Fish and chips', 'Salad', 'Pizza', 'Soup', 'Pancakes'];
      const menu = (number: number): TestItem => ({
        id: `${count}-${number}`,
        title: 'Menu',
        link: `${host}/${count}/`,
        html: `<p>${dishes[number]}.</p>${long('cooks')}${long('guests')}`,
      });
      const news: number[] = [];
      for (let last = 2; last < dishes.length; last++) {
        const shown = Array.from({ length: count }, (_, index) => menu(last - index));
        const { releasedCount, revisedCount } = await poll(source, shown, `${path}-${count}`);
        expect(revisedCount).toBe(0);
        news.push(releasedCount);
      }
      // What was said before is known; the first two dishes stood there at the first reading only where three do.
      expect(news.slice(1)).toEqual(count === 1 ? [1, 1, 1, 1, 1, 1] : [1, 0, 1, 1, 0, 1]);
    }
  });

  test.each([
    ['guids that were all made anew once', true],
    ['no guids', false],
  ])('brings a post with each menu beside others, though most of the text stays, with %s', async (_, hasIds) => {
    const source = await add();
    const menu = (dish: string, scheme: string): TestItem => ({
      ...(hasIds ? { id: `${scheme}://${host.slice(8)}/${dish}` } : {}),
      title: 'Menu',
      link: `${host}/canteen/`,
      html: `<p>${dish}.</p>${long('cooks')}${long('guests')}`,
    });
    const list = (dishes: readonly string[], scheme = 'https'): TestItem[] => dishes.map((dish) => menu(dish, scheme));
    await poll(source, list(['Soup', 'Fish', 'Rice'], 'http'));
    await poll(source, list(['Soup', 'Fish', 'Rice']));
    expect(await poll(source, list(['Pizza', 'Soup', 'Fish']))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
    expect(await poll(source, list(['Salad', 'Pizza', 'Soup']))).toMatchObject({ releasedCount: 1, revisedCount: 0 });
    expect(await posts(source)).toHaveLength(5);
  });
});

describe('A notice board without guids', () => {
  const names = ['Lost: a scarf', 'Menu of Monday', 'Chess club', 'Uniforms on sale'];
  const board = (titles: readonly string[], date?: string): TestItem[] =>
    titles.map((title) => ({
      title,
      link: `${host}/board/`,
      html: `<p>${title}. Ask at the office.</p>`,
      ...(date === undefined ? {} : { date }),
    }));

  test.each([
    ['dated', day(27)],
    ['undated', undefined],
  ])('tells its notices apart by what they say, though all lead to one page (%s)', async (_, date) => {
    const source = await add();
    expect(await poll(source, board(names, date))).toMatchObject({ newCount: 4 });
    expect(await poll(source, board(['Parking ban', 'Lost: one boot', ...names], date))).toMatchObject({
      releasedCount: 2,
      revisedCount: 0,
    });
    expect(await poll(source, board(['Choir needs altos', 'Parking ban', ...names.slice(0, 2)], date))).toMatchObject({
      releasedCount: 1,
      revisedCount: 0,
    });
    expect(await posts(source)).toHaveLength(7);
  });

  test('says the same on another day, which is news', async () => {
    const source = await add();
    const closed = (number: number): TestItem => ({
      title: 'School closed',
      link: `${host}/board/`,
      html: '<p>Stay at home.</p>',
      date: day(number),
    });
    const other = board(['Chess club'])[0]!;
    await poll(source, [closed(23), other]);
    expect(await poll(source, [closed(24), closed(23), other])).toMatchObject({ releasedCount: 1 });
    expect(await poll(source, [closed(24), other])).toMatchObject({ newCount: 0 });
    expect(await poll(source, [closed(25), other])).toMatchObject({ releasedCount: 1 });
  });
});

test.each(['Monday the 7th', 'Friday the 11th', 'Monday the 14th'])(
  'A notice without guid and date is another one on %s, when one like it was gone before',
  async (when) => {
    const source = await add();
    const notice = (title: string, text: string): TestItem => ({
      title,
      link: `${host}/board/`,
      html: `<p>${text}</p>${long('neighbours')}`,
    });
    const [ban, club, menu] = [
      notice('Parking ban', 'No cars on Monday the 7th.'),
      notice('Chess club', 'White.'),
      notice('Menu', 'Soup.'),
    ];
    await poll(source, [club, ban, menu]);
    await poll(source, [club, menu]);
    const next = notice('Parking ban', `No cars on ${when}.`);
    expect(await poll(source, [next, club, menu])).toMatchObject({ releasedCount: when === 'Monday the 7th' ? 0 : 1, revisedCount: 0 });
  },
);

describe('What changes at each fetch', () => {
  test('in links of posts without guids makes neither a post nor a revision', async () => {
    const source = await add();
    const essays = (stage: number): TestItem[] => [
      {
        title: 'On reading slowly',
        link: `https://files.example.net/e7.html?t=16833124${stage}0`,
        html: '<p>Why slow reading pays off.</p>',
      },
      { title: 'A good question', link: `https://files.example.net/${stage}f9a/e6.html`, html: '<p>A question is a door.</p>' },
      { title: 'Marking less', link: `${host}/marking`, html: '<p>Three habits for an evening.</p>' },
    ];
    await poll(source, essays(1));
    for (const stage of [2, 3, 4, 5]) expect(await poll(source, essays(stage))).toMatchObject({ newCount: 0, revisedCount: 0 });
    const { rows } = await stored.database.query('select entry_id from post_source where source_id = $1', [source]);
    expect(rows).toHaveLength(3);
  });

  test.each<[string, (stage: number) => TestItem]>([
    ['ids', (stage) => ({ id: `rnd-${stage}`, title: 'Governors meet', link: `${host}/`, date: day(20), html: long('governors') })],
    ['ids, without dates', (stage) => ({ id: `rnd-${stage}`, title: 'Governors meet', link: `${host}/g/`, html: long('governors') })],
    [
      'ids and links',
      (stage) => ({ id: `rnd-${stage}`, title: 'Lost property', link: `${host}/lost/?sid=${stage}77`, html: long('finders') }),
    ],
    ['links, without guid and title', (stage) => ({ title: '', link: `${host}/?t=${stage}`, html: long('painters') })],
  ])('in %s makes nothing new, and staff can see it', async (_, item) => {
    const source = await add();
    const steady = { id: `${host}/steady`, title: 'A steady item', link: `${host}/steady`, date: day(1), html: '<p>Steady.</p>' };
    await poll(source, [item(1), steady]);
    for (const stage of [2, 3, 4]) expect(await poll(source, [item(stage), steady])).toMatchObject({ newCount: 0, revisedCount: 0 });
    expect(await posts(source)).toHaveLength(2);
    expect((await showSource(stored.database, source)).idHabit).toBe(item(1).id === undefined ? 'stable' : 'renewed');
  });

  test('in dates of one text makes them count as none from the third time on', async () => {
    const source = await add();
    const items = (stage: number, extra: readonly TestItem[] = []): TestItem[] => [
      ...extra.map((each) => ({ ...each, date: day(24, stage) })),
      { id: 'a', title: 'First', link: `${host}/a`, date: day(24, stage), html: long('singers') },
    ];
    for (const stage of [1, 2, 3])
      await poll(source, items(stage, [{ id: 'b', title: 'Second', link: `${host}/b`, html: long('players') }]));
    expect(await showSource(stored.database, source)).toMatchObject({ datesMove: true, idHabit: 'stable' });
    expect(await poll(source, items(4, [{ id: 'c', title: 'Second', link: `${host}/c`, html: long('players') }]))).toMatchObject({
      newCount: 0,
    });
  });

  test('in the order of ids that are mere places in a list makes each post once', async () => {
    const source = await add();
    const numbered = (...names: string[]): TestItem[] =>
      names.map((name, index) => ({ id: String(index + 1), title: name, link: `${host}/${name}/`, html: long(`friends of ${name}`) }));
    await poll(source, numbered('cats', 'dogs', 'hens'));
    expect(await poll(source, numbered('cows', 'cats', 'dogs'))).toMatchObject({ newCount: 1, revisedCount: 0 });
    expect(await poll(source, numbered('pigs', 'owls', 'cows'))).toMatchObject({ newCount: 2, revisedCount: 0 });
    expect((await posts(source)).map(({ title }) => title).sort()).toEqual(['cats', 'cows', 'dogs', 'hens', 'owls', 'pigs']);
  });
});

describe('One document', () => {
  test('that lists a post twice, with two ids and two links, makes one post with both', async () => {
    const source = await add();
    const twice = (slug: string, number: number): TestItem[] =>
      ['news', 'blogs'].map((part) => ({
        id: `${host}/${part}/${slug}`,
        link: `${host}/${part}/${slug}`,
        title: `About ${slug}`,
        date: day(number),
        html: long(slug),
      }));
    expect(await poll(source, twice('harvest', 2))).toMatchObject({ newCount: 1 });
    expect(await poll(source, [...twice('books', 20), ...twice('harvest', 2)])).toMatchObject({ newCount: 1, releasedCount: 1 });
    const [, books] = await posts(source);
    const { sources } = await showPost(stored.database, books!.id);
    expect(sources.map(({ entryId, recognisedBy }) => [entryId, recognisedBy])).toEqual(
      expect.arrayContaining([
        [`${host}/news/books`, 'new'],
        [`${host}/blogs/books`, 'twin'],
      ]),
    );
    expect(await poll(source, twice('books', 20).toReversed())).toMatchObject({ newCount: 0, revisedCount: 0 });
  });

  test('keeps two posts apart whose title and words are one and whose documents are two', async () => {
    const source = await add();
    const minutes = (month: string): TestItem => ({
      id: `${host}/${month}`,
      title: 'Minutes of the board',
      link: `${host}/${month}/`,
      html: `<p>The minutes are approved.</p><p><a href="${host}/files/${month}.pdf">Minutes (PDF)</a></p>`,
    });
    await poll(source, [minutes('october')]);
    expect(await poll(source, [minutes('december'), minutes('november'), minutes('october')])).toMatchObject({ releasedCount: 2 });
  });
});

describe('Across sources', () => {
  test('one guid and title lead to one post with the minute or the page, or a text that agrees: sites copied from one have the ids of it', async () => {
    const bulletin = (school: string, date: string, text: string): TestItem => ({
      id: `${host}/?p=12`,
      title: 'Bulletin',
      link: `${host}/${school}/bulletin/`,
      date,
      html: long(text).replace('library at seven', text).replace('Everybody may listen; questions are taken at the end', text),
    });
    const pollOf = async (school: string, item: TestItem): Promise<unknown> =>
      poll(await add(`${path}-${school}`, 'release'), [item], `${path}-${school}`);
    await pollOf('north', bulletin('north', day(20), 'choirs of the northern school sing'));
    const other = 'exams that begin with the first lesson on Monday';
    expect(await pollOf('planet', bulletin('planet', day(20), other))).toMatchObject({ newCount: 0, joinedCount: 1 });
    expect(await pollOf('page', bulletin('north', day(23), other))).toMatchObject({ newCount: 0, joinedCount: 1 });
    expect(await pollOf('south', bulletin('south', day(27), other))).toMatchObject({ releasedCount: 1, joinedCount: 0 });
  });

  const bulletin = (school: string, at = day(27, 7)): TestItem => ({
    id: `${school}/w48`,
    title: 'Weekly bulletin, week 48',
    link: `${school}/bulletins/48/`,
    date: at,
    html: long(`pupils of ${school}`).replace('library at seven', `hall of ${school} on Monday, when classes of ${school} sing`),
  });

  test('three schools that publish their bulletins under one title at one minute have three posts', async () => {
    for (const school of ['a', 'b', 'c']) {
      const source = await add(`${path}-${school}`, 'release');
      const own =
        school === 'a'
          ? long('pupils')
          : school === 'b'
            ? '<p>We sang on Monday, and the hall was full of parents and cake for all.</p>'
            : '<p>Exams begin next week. Bring pens, rulers and a good night of sleep, says the headmaster to all pupils of the last year, who know it.</p>';
      expect(await poll(source, [{ ...bulletin(`${host}/${school}`), html: own }], `${path}-${school}`)).toMatchObject({
        newCount: 1,
        releasedCount: 1,
        joinedCount: 0,
      });
    }
  });

  test('two departments that link to one conference page have two posts', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    const link = `${host}/conference/`;
    await poll(one, [{ id: 'x1', title: 'Our conference', link, html: long('teachers') }], `${path}-1`);
    expect(
      await poll(two, [{ id: 'x2', title: 'Come to the conference', link, html: '<p>Physicists are welcome, too.</p>' }], `${path}-2`),
    ).toMatchObject({ releasedCount: 1, joinedCount: 0 });
  });

  test('an essay of a category feed is the one of the main feed, be it shortened or not', async () => {
    const [one, two] = [await add(`${path}-1`, 'release'), await add(`${path}-2`, 'release')];
    const essay = { title: 'On slow reading', link: `${host}/essays/slow/`, date: day(20) };
    await poll(one, [{ ...essay, id: 'main-7', html: long('readers') + long('writers') }], `${path}-1`);
    const short = `${long('readers').slice(0, 120)} …</p>`;
    expect(await poll(two, [{ ...essay, id: 'category-12', html: short, link: `${essay.link}?utm_source=c` }], `${path}-2`)).toMatchObject({
      newCount: 0,
      joinedCount: 1,
    });
    const [post] = await posts(one);
    expect((await showPost(stored.database, post!.id)).sources.map(({ recognisedBy }) => recognisedBy)).toEqual(['new', 'link']);
  });
});

describe('A source whose ids have proved stable', () => {
  test('has a post for each guid, whatever their links and titles are', async () => {
    const source = await add();
    const item = (id: string, number: number): TestItem => ({
      id,
      title: 'Menu of the week',
      link: `${host}/canteen/`,
      date: day(number),
      html: `${long('cooks')}<p>Dish ${id}.</p>`,
    });
    const other = { id: 'other', title: 'Another thing', link: `${host}/other/`, date: day(1), html: long('others') };
    await poll(source, [item('m1', 2), other]);
    await poll(source, [item('m1', 2), other, { ...other, id: 'more', link: `${host}/more/`, title: 'More', html: long('more') }]);
    expect((await showSource(stored.database, source)).idHabit).toBe('stable');
    expect(await poll(source, [item('m2', 9), other])).toMatchObject({ releasedCount: 1, revisedCount: 0 });
  });
});

describe('A post that is mended at its source before it was mailed', () => {
  test('has the new title and the new date', async () => {
    const source = await add();
    const item = (title: string, number: number): TestItem => ({
      id: 'p',
      title,
      link: `${host}/p/`,
      date: day(number),
      html: long('governors'),
    });
    await poll(source, []);
    await poll(source, [item('Governors met on Thursday', 20)]);
    expect(await poll(source, [item('Governors meet on Tuesday', 24)])).toMatchObject({ newCount: 0, revisedCount: 1 });
    expect(await posts(source)).toMatchObject([{ title: 'Governors meet on Tuesday', publishedAt: new Date(day(24)) }]);
    await poll(source, [item('Governors meet on Tuesday', 25), { ...item('Another', 1), id: 'q', link: `${host}/q` }]);
    expect((await posts(source))[0]).toMatchObject({ publishedAt: new Date(day(25)) });
    await mail();
    await poll(source, [item('Governors meet on Tuesday', 26), { ...item('Another', 1), id: 'q', link: `${host}/q` }]);
    expect((await posts(source))[0]).toMatchObject({ publishedAt: new Date(day(25)) });
  });
});

describe('A source that was collected before its words were kept', () => {
  test('has them looked through once, so that they are known under another id', async () => {
    const source = await add();
    const item = (id: string): TestItem => ({
      id,
      title: 'Governors meet',
      link: `${host}/g/?sid=${id}`,
      date: day(20),
      html: long('governors'),
    });
    await poll(source, [item('one')]);
    await stored.database.query(`update post_source set said_hash = null, stated_at = null where source_id = $1`, [source]);
    await stored.database.query(`update post_revision set said_hash = null`);
    await stored.database.query(`update source set said_since = null where id = $1`, [source]);
    expect(await poll(source, [item('two')])).toMatchObject({ newCount: 0, revisedCount: 0 });
  });
});

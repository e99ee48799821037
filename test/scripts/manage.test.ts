import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpSite } from '../support/http-site.ts';
import { createInstallation, startFeedSite, type FeedPost, type Installation } from './run-main.ts';

let gazette: Installation;
let site: HttpSite & { readonly feedUrl: string };
const posts: FeedPost[] = [{ title: 'First', category: 'Leadership' }, { title: 'Second' }];

beforeAll(async () => {
  [gazette, site] = await Promise.all([createInstallation(), startFeedSite(() => posts)]);
});
afterAll(async () => {
  await site.close();
  await gazette.remove();
});

const run = (line: string) => gazette.run(line);
const done = (line: string) => gazette.done(line);

/** Runs a command that has to be refused: one line on stderr, nothing on stdout. */
async function refused(line: string): Promise<{ code: number; line: string }> {
  const { exitCode, stdout, stderr } = await run(line);
  expect(stdout).toBe('');
  expect(stderr.trimEnd()).toMatch(/^[^\n]+$/);
  return { code: exitCode, line: stderr.trimEnd() };
}

const json = async <T>(line: string): Promise<T> => JSON.parse(await done(`${line} --json`)) as T;

test('a list with nothing in it says how something gets there', async () => {
  const fresh = await createInstallation();
  try {
    expect(await fresh.done('newsletters list')).toMatch(/No newsletter yet.*gazette newsletters add/);
    expect(await fresh.done('schedules list')).toMatch(/No schedule yet.*gazette schedules add/);
    expect(await fresh.done('sources list')).toMatch(/No source yet.*gazette sources add/);
    expect(await fresh.done('editions list')).toMatch(/No edition yet/);
    expect(await fresh.run('send --yes')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Expected a newsletter, found none yet/),
    });
    expect(await fresh.run('deliveries')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Expected an edition that has gone out, found none yet/),
    });
  } finally {
    await fresh.remove();
  }
});

test('of an address that bounced staff hear when, and whether its owner was asked since', async () => {
  const own = await createInstallation();
  const add = (words = '') => own.run(`subscribers add dee@example.org ${words}`);
  const { database } = own.stored;
  try {
    await own.done('newsletters add people --name People --sender people@example.org --postal-address "1 Road"');
    await own.done('schedules add people --every friday --at 08:00 --zone UTC');
    await own.done('subscribers add dee@example.org --confirmed --source test');
    await database.query(
      `insert into suppression (address_key, reason, source, at) select address_key, 'bounced', 'smtp', '2026-01-02T12:00:00Z' from subscriber`,
    );
    expect((await add('--confirmed --source test')).stderr).toMatch(/Not added: .* bounced on 2026-01-02\. Added without --confirmed/);
    expect((await add()).stdout).toMatch(/Asked: .* This address bounced on 2026-01-02, so they are asked once/);
    expect(await add()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Not added: this address bounced on 2026-01-02; one confirmation was sent on 20\d\d-\d\d-\d\d/),
    });
    expect(await own.done('subscribers list')).toMatch(/dee@example\.org .*active, suppressed \(bounced\)/);
    for (const [reason, words] of [
      ['complained', /complained about our mail on 2026-01-02/],
      ['unreachable', /since 2026-01-02, because its server took nothing/],
      ['staff', /staff suppressed this address on 2026-01-02/],
    ] as const) {
      await database.query(`update suppression set reason = $1, confirmation_notice_id = null, confirmation_at = null`, [reason]);
      expect((await add()).stderr).toMatch(words);
    }
  } finally {
    await own.remove();
  }
});

const listed = async (slug: string): Promise<object | undefined> =>
  (await json<{ slug: string }[]>('newsletters list')).find((newsletter) => newsletter.slug === slug);

test('commands to type are named as they are found: with npx where npm was used', async () => {
  const npm = { npm_command: 'exec' };
  expect((await gazette.run('newsletters add hints --name Hints --sender h@example.org --postal-address "1 Road"', npm)).stdout).toMatch(
    /Next: npx gazette schedules add hints/,
  );
  expect((await gazette.run('newsletters list --nope', npm)).stderr).toMatch(
    /^gazette newsletters list: .*"npx gazette newsletters list --help"/,
  );
  expect((await gazette.run('newsletters list --json', npm)).stdout).not.toContain('npx');
  expect((await gazette.run('newsletters set --help', npm)).stdout).toMatch(/Usage: npx gazette newsletters set <newsletter>/);
});

test('newsletters are added, changed and listed; what is wrong is refused', async () => {
  const added = await done(
    'newsletters add weekly --name "School Weekly" --sender letter@example.org --postal-address "12 Mill Lane" --staff staff@example.org',
  );
  expect(added).toMatch(/Added the newsletter "weekly" \(School Weekly\)/);
  expect(added).toMatch(/Next: gazette schedules add weekly/);
  await done('newsletters set weekly --colour "#7a1f3d" --reply-to office@example.org --language es --template letter');
  expect(await listed('weekly')).toMatchObject({
    slug: 'weekly',
    name: 'School Weekly',
    colour: '#7a1f3d',
    replyTo: 'office@example.org',
    language: 'es',
    template: 'letter',
    schedules: [],
    isSample: false,
  });
  await done('newsletters set weekly --reply-to= --language en --template digest');
  expect(await listed('weekly')).toMatchObject({ replyTo: null, staffAddress: 'staff@example.org' });
  expect(await done('newsletters list')).toMatch(/weekly +School Weekly +letter@example\.org +en/);

  expect(await refused('newsletters add weekly --name W --sender a@example.org --postal-address P')).toEqual({
    code: 1,
    line: expect.stringMatching(/"weekly" exists already/),
  });
  expect(await refused('newsletters add other --name Other')).toEqual({ code: 2, line: expect.stringMatching(/expected --sender/) });
  expect(await refused('newsletters add Other --name Other')).toEqual({ code: 2, line: expect.stringMatching(/a short name/) });
  for (const [option, typed] of [
    ['sender', 'letter'],
    ['sender', ''],
    ['reply-to', 'a@example.org,b@example.org'],
    ['staff', 'Ann <ann@example.org>'],
  ]) {
    const line = expect.stringContaining(`--${option} "${typed}": Expected one mail address such as ann@example.org, but `);
    expect(await refused(`newsletters set weekly "--${option}=${typed}"`)).toEqual({ code: 2, line });
    const other = `newsletters add other --name Other --sender a@example.org --postal-address P "--${option}=${typed}"`;
    expect(await refused(other)).toEqual({ code: 2, line });
  }
  expect(await refused('newsletters set weekly')).toEqual({ code: 2, line: expect.stringMatching(/something to change/) });
  expect(await refused('newsletters set nope --colour #fff')).toEqual({
    code: 2,
    line: expect.stringMatching(/Expected a newsletter \(.*weekly.*\), got "nope"/),
  });
  expect(await refused('newsletters set weekly --template nope')).toEqual({
    code: 2,
    line: expect.stringMatching(/templates digest, letter, got "nope"/),
  });
  expect(await listed('weekly')).toMatchObject({ template: 'digest' });
});

describe('of a newsletter', () => {
  beforeAll(() => done('newsletters add other --name Other --sender other@example.org --postal-address "1 Road"'));

  test('schedules are added, changed, listed and removed; what is wrong is refused', async () => {
    expect(await done('schedules add other --every friday --at 08:00 --zone Europe/Madrid')).toMatch(
      /Added the schedule "weekly".*Fri \d{4}-\d\d-\d\d 08:00 Europe\/Madrid/,
    );
    expect(
      await done('schedules add other --every weekday --at 7:30 --zone UTC --minimum 2 --maximum 20 --max-wait 72 --approval auto'),
    ).toMatch(/"daily"/);
    expect(
      await done('schedules add other --name monthly --cron "0 9 1 * *" --zone UTC --approval required --deadline 24 --at-deadline skip'),
    ).toMatch(/"monthly"/);
    expect(await json<object[]>('schedules list other')).toMatchObject([
      {
        name: 'weekly',
        cron: '0 8 * * 5',
        timeZone: 'Europe/Madrid',
        approval: 'first',
        minimum: 1,
        maximum: 12,
        maxWaitHours: null,
        newsletter: 'other',
      },
      { name: 'daily', cron: '30 7 * * 1-5', minimum: 2, maximum: 20, maxWaitHours: 72, approval: 'auto' },
      { name: 'monthly', cron: '0 9 1 * *', approval: 'required', deadlineHours: 24, deadlinePolicy: 'skip' },
    ]);
    await done('schedules set other weekly --every thursday --at 09:30');
    await done('schedules set other monthly --deadline none --max-wait none --minimum 3');
    expect(await json<object[]>('schedules list other')).toMatchObject([
      { cron: '30 9 * * 4', timeZone: 'Europe/Madrid' },
      {},
      { deadlineHours: null, deadlinePolicy: null, minimum: 3, cron: '0 9 1 * *' },
    ]);
    expect(await done('schedules list')).toMatch(/other +weekly +30 9 \* \* 4 +Europe\/Madrid +1–12 +first +Thu /);

    expect(await refused('schedules add other --every friday --at 08:00')).toEqual({
      code: 2,
      line: expect.stringMatching(/expected --zone/),
    });
    expect(await refused('schedules add other --every friday --at 8am --zone UTC')).toEqual({
      code: 2,
      line: expect.stringMatching(/the time of day as HH:MM/),
    });
    expect(await refused('schedules add other --every friday --at 08:00 --zone Mars/Olympus')).toEqual({
      code: 2,
      line: expect.stringMatching(/a time zone such as/),
    });
    expect(await refused('schedules add other --every friday --at 08:00 --zone UTC')).toEqual({
      code: 1,
      line: expect.stringMatching(/"weekly" exists already/),
    });
    expect(await refused('schedules set other weekly --approval maybe')).toEqual({
      code: 2,
      line: expect.stringMatching(/--approval first, required, auto, got "maybe"/),
    });
    expect(await refused('schedules set other weekly --minimum 5 --maximum 3')).toEqual({
      code: 2,
      line: expect.stringMatching(/not above the maximum, got 5 and 3/),
    });
    expect(await refused('schedules set other weekly')).toEqual({ code: 2, line: expect.stringMatching(/something to change/) });
    expect(await refused('schedules set other weekly --minimum 0')).toEqual({
      code: 2,
      line: expect.stringMatching(/--minimum of 1 or more/),
    });
    expect(await refused('schedules set other weekly --minimum two')).toEqual({
      code: 2,
      line: expect.stringMatching(/a whole number for --minimum, got "two"/),
    });
    expect(await refused('schedules set other weekly --deadline 5')).toEqual({
      code: 2,
      line: expect.stringMatching(/what happens at the deadline \(send or skip\) .*; say --deadline with --at-deadline/),
    });
    expect(await refused('schedules set other weekly --at-deadline send')).toEqual({
      code: 2,
      line: expect.stringMatching(/how long a draft waits .*; say --deadline with --at-deadline/),
    });
    expect(await refused('schedules set other nope --minimum 2')).toEqual({
      code: 2,
      line: expect.stringMatching(/Expected a schedule of .*weekly, daily, monthly.* got "nope"/),
    });

    await done('subscribers add cleo@example.org --newsletter other --schedule monthly --confirmed --source test');
    expect(await refused('schedules remove other monthly')).toEqual({ code: 1, line: expect.stringMatching(/still has 1 subscription/) });
    await done('subscribers set cleo@example.org --newsletter other --schedule weekly');
    expect(await done('schedules remove other monthly')).toMatch(/Removed/);
    expect(await json<object[]>('schedules list other')).toHaveLength(2);
  });
});

describe('of people', () => {
  beforeAll(async () => {
    await done('newsletters add people --name People --sender people@example.org --postal-address "1 Road"');
    await done('schedules add people --every friday --at 08:00 --zone UTC');
  });

  test('subscribers are asked, or active with their consent; listed, changed, removed and erased', async () => {
    expect(await done('subscribers add ann@example.org --newsletter people')).toMatch(/confirmation mail is queued/);
    expect(await done('subscribers add Ben@Example.org --newsletter people --name Ben --confirmed --source "paper form"')).toMatch(
      /active from now on/,
    );
    expect(await done('subscribers add BEN@example.org --newsletter people')).toMatch(/Already an active subscriber/);
    const { rows } = await gazette.stored.database.query(`select recipient_address, kind from notice where kind = 'confirmation'`);
    expect(rows).toEqual([{ recipient_address: 'ann@example.org', kind: 'confirmation' }]);
    type List = { counts: Record<string, number>; subscriptions: { address: string; state: string }[] };
    const list = await json<List>('subscribers list --newsletter people');
    expect(list.counts).toMatchObject({ active: 1, pending: 1, left: 0 });
    expect(list.subscriptions.map(({ address, state }) => [address, state])).toEqual([
      ['ann@example.org', 'pending'],
      ['Ben@Example.org', 'active'],
    ]);
    expect((await json<List>('subscribers list --newsletter people --state active')).subscriptions).toHaveLength(1);
    expect(await done('subscribers list --newsletter people')).toMatch(/1 active \(0 paused\), 1 pending, 0 left, 0 suppressed/);

    expect(await done('subscribers set ben@example.org --newsletter people --pause indefinitely')).toMatch(/Changed: pause\./);
    expect((await json<List>('subscribers list --newsletter people')).counts).toMatchObject({ paused: 1 });
    await done('subscribers set ben@example.org --newsletter people --resume catch-up --hour 7 --zone Europe/Madrid');
    const { rows: hours } = await gazette.stored.database.query(
      `select local_hour, time_zone, paused_until from subscription where local_hour is not null`,
    );
    expect(hours).toEqual([{ local_hour: 7, time_zone: 'Europe/Madrid', paused_until: null }]);

    // Nothing is changed where one of the options is wrong.
    const wrong = [
      '--format pdf',
      '--pause 1',
      '--pause 2026-02-31',
      '--resume soon',
      '--all-topics --topic x',
      '--any-hour --hour 5',
      '--zone UTC',
    ];
    for (const words of wrong)
      expect(await refused(`subscribers set ben@example.org --newsletter people --language fr ${words}`)).toEqual({
        code: 2,
        line: expect.stringMatching(/Expected --/),
      });
    expect(await gazette.stored.database.query(`select from subscription where language = 'fr'`)).toMatchObject({ rowCount: 0 });

    await done('subscribers set ben@example.org --newsletter people --language fr --format text');
    // Who has the newsletter's old language comes along; who chose another keeps it.
    expect(await done('newsletters set people --language es')).toMatch(/1 reader had its old language and came along/);
    const { rows: choices } = await gazette.stored.database.query(
      `select s.language, s.format from subscription s join newsletter n on n.id = s.newsletter_id
       where n.slug = 'people' order by s.language`,
    );
    expect(choices).toEqual([
      { language: 'es', format: 'html' },
      { language: 'fr', format: 'text' },
    ]);
    expect(await done('newsletters set people --language en')).toMatch(/1 reader/);
    expect(await refused('subscribers set ben@example.org --newsletter people --format pdf')).toEqual({
      code: 2,
      line: expect.stringMatching(/--format html or text, got "pdf"/),
    });

    // An import never raises anyone's state.
    expect(await run('subscribers add ann@example.org --newsletter people --confirmed --source "old list"')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/only they can/),
    });
    expect(await done('subscribers remove ben@example.org --newsletter people')).toMatch(/Removed from 1 newsletter\./);
    expect(await run('subscribers add ben@example.org --newsletter people --confirmed --source "old list"')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/this person left/),
    });
    expect(await run('subscribers remove ben@example.org --erase')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/--yes/) });
    expect(await done('subscribers remove ben@example.org --erase --yes')).toMatch(/Erased/);
    expect(await done('subscribers list --newsletter people')).toMatch(/\(erased\)/);
    expect(await done('subscribers list --newsletter people')).not.toMatch(/ben@/i);
  });

  test('what cannot be is refused', async () => {
    expect(await refused('subscribers add dora --newsletter people')).toEqual({ code: 2, line: expect.stringMatching(/address/) });
    expect(await refused('subscribers add dora@example.org --newsletter people --confirmed')).toEqual({
      code: 2,
      line: expect.stringMatching(/--source with --confirmed/),
    });
    expect(await refused('subscribers add dora@example.org --newsletter people --topic nothing')).toEqual({
      code: 2,
      line: expect.stringMatching(/topic/),
    });
    expect(await refused('subscribers add dora@example.org --newsletter people --hour 7')).toEqual({
      code: 2,
      line: expect.stringMatching(/zone/),
    });
    expect(await refused('subscribers add dora@example.org --newsletter people --hour 25 --zone UTC')).toEqual({
      code: 2,
      line: expect.stringMatching(/hour/),
    });
    expect(await refused('subscribers set dora@example.org --newsletter people --all-topics')).toEqual({
      code: 2,
      line: expect.stringMatching(/found none with this address/),
    });
    expect(await refused('subscribers list --state gone')).toEqual({
      code: 2,
      line: expect.stringMatching(/pending, active, left or suppressed, got "gone"/),
    });
    expect(await refused('subscribers list --after x')).toEqual({ code: 2, line: expect.stringMatching(/an id \(a number\), got "x"/) });
    const { rows } = await gazette.stored.database.query(`select 1 from subscriber where address ilike 'dora%'`);
    expect(rows).toEqual([]);
  });
});

describe('of sources', () => {
  test('they are checked, added, collected, listed, paused, resumed and removed', async () => {
    await done('newsletters add reading --name Reading --sender reading@example.org --postal-address "1 Road"');
    const before = await run(`sources check ${site.feedUrl}`);
    expect(before).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/A school blog \(rss\), 2 posts/) });
    const added = await done(`sources add ${site.feedUrl} --newsletter reading --first release`);
    const id = /Added source (\d+)/.exec(added)?.[1] ?? '';
    await done('newsletters add reading-too --name Too --sender too@example.org --postal-address "1 Road"');
    expect(await done(`sources add ${site.feedUrl} --newsletter reading-too`)).toMatch(
      new RegExp(`Source ${id} exists already; now also in reading-too\\.`),
    );
    expect(await done(`collect ${id}`)).toMatch(/2 released/);
    expect(await done(`collect ${id}`)).toMatch(/unchanged|nothing new/);
    posts.push({ title: 'Third' });
    expect(await done(`collect ${id} --force`)).toMatch(/1 released/);
    const sources = await json<{ id: string }[]>('sources list');
    expect(sources.find((source) => source.id === id)).toMatchObject({
      state: 'active',
      postCount: 3,
      newsletters: ['reading', 'reading-too'],
      lastOutcome: 'read',
    });
    expect(await done(`sources show ${id}`)).toMatch(/url +http/i);
    expect(await done('posts list --newsletter reading')).toMatch(/released[^\n]*Third[\s\S]*released[^\n]*First/);

    await gazette.stored.database.query(`update source set polling_until = now() + interval '5 minutes' where id = $1`, [id]);
    expect(await run(`collect ${id} --force`)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(
        /not read: another process reads it at present; should that have died, it is free \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
      ),
    });
    await gazette.stored.database.query(`update source set polling_until = null where id = $1`, [id]);

    expect(await done(`sources pause ${id}`)).toMatch(/Paused: /);
    // Other tests leave sources of their own behind, so only this one's line counts.
    expect((await run('collect --force')).stdout).not.toContain(site.feedUrl);
    expect(await done(`sources resume ${site.feedUrl}`)).toMatch(/Resumed: /);
    expect((await run('collect')).stdout).toMatch(new RegExp(`${site.feedUrl}: (nothing new|unchanged)`));
    expect(await done(`sources remove ${id}`)).toMatch(/Removed: /);
    expect(await done('posts list --newsletter reading')).toMatch(/Third/);

    expect(await refused('sources add ftp://example.org/feed')).toEqual({ code: 2, line: expect.stringMatching(/http/) });
    expect(await refused(`sources add ${site.origin}/other --newsletter nope`)).toEqual({
      code: 2,
      line: expect.stringMatching(/Expected a newsletter .* got "nope"/),
    });
    expect(await refused(`sources add ${site.origin}/other --first latest:none`)).toEqual({
      code: 2,
      line: expect.stringMatching(/known.*release.*latest/),
    });
    expect((await refused('sources show 999')).code).toBe(2);
  });

  test('an address is looked at before it is added: what is no feed is refused, a page leads to its feeds', async () => {
    const found = await run(`sources add ${site.origin}/several`);
    expect(found.exitCode).toBe(1);
    expect(found.stdout).toContain(`gazette sources add ${site.origin}/feed`);
    expect(found.stdout).toContain(`gazette sources add ${site.origin}/essays`);
    expect(await refused(`sources add ${site.origin}/text`)).toEqual({ code: 1, line: expect.stringMatching(/^Not added: .*--unchecked/) });
    expect(await run(`sources add ${site.origin}/missing`)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/could not be read now/),
    });
    const urls = (await json<{ url: string }[]>('sources list')).map((source) => source.url);
    expect(urls.filter((url) => /several|text/.test(url))).toEqual([]);
    expect(urls).toContain(`${site.origin}/missing`);
  });

  test('what a flood brought is held, and released at once for a source; held offers too', async () => {
    const told: FeedPost[] = [{ title: 'Of the flood' }];
    const flooding = await startFeedSite(() => told);
    try {
      await done('newsletters add flooded --name Flooded --sender flooded@example.org --postal-address "1 Road"');
      const added = await done(`sources add ${flooding.feedUrl}?for=flood --newsletter flooded --guard 1 --first known`);
      const id = /Added source (\d+)/.exec(added)?.[1] ?? '';
      await done(`collect ${id}`);
      told.push({ title: 'Flood 1' }, { title: 'Flood 2' });
      expect(await done(`collect ${id} --force`)).toMatch(/2 held for your decision/);
      expect(await done(`posts release --held-of ${id}`)).toMatch(/Released 2 posts\./);
      expect(await done(`posts release --held-of ${id}`)).toMatch(/Released 0 posts\./);

      await gazette.stored.database.query(
        `insert into offer (post_id, kind, held_at) select post_id, 'unretracted', now() from post_revision where title = 'Flood 1'`,
      );
      expect(await done('offers list')).toMatch(/held: more at once.*Flood 1/);
      expect(await refused('offers release')).toEqual({ code: 2, line: expect.stringMatching(/offers, or --all/) });
      expect(await refused('offers release 1 999999')).toEqual({
        code: 2,
        line: expect.stringMatching(/an offer, found none with id 999999; "gazette offers list" shows those that wait/),
      });
      expect(await done('offers list')).toMatch(/held: more at once/);
      expect(await done('offers release --all')).toMatch(/Applied 1 offer;/);
      expect(await done('offers list')).toMatch(/No offer waits/);
      await done(`sources remove ${id}`);
    } finally {
      await flooding.close();
    }
  });

  test('one that cannot be read is said, with 1, and does not keep the others', async () => {
    await done('newsletters add failing --name Failing --sender failing@example.org --postal-address "1 Road"');
    const added = await done(`sources add ${site.origin}/gone --newsletter failing --unchecked`);
    const id = /Added source (\d+)/.exec(added)?.[1] ?? '';
    const { exitCode, stdout } = await run(`collect ${id}`);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/not read: .*404/);
    await done(`sources remove ${id}`);
  });
});

describe('a rule', () => {
  test('that goes says what it lets in, offers it or is declined, and changes nothing on a dry run', async () => {
    const own = await createInstallation();
    const { database } = own.stored;
    try {
      await own.done('newsletters add press --name Press --sender press@example.org --postal-address "1 Road"');
      await own.done('schedules add press --every friday --at 08:00 --zone UTC');
      await own.done(`sources add ${site.feedUrl} --newsletter press --first release`);
      await own.done('collect');
      await own.done('subscribers add ann@example.org --confirmed --source test');
      await own.done('rules add press exclude title Second');
      await database.query(`update subscription_cursor set since = 0, cursor = (select last_position from release_counter)`);
      expect(await own.done('rules remove press exclude title Second --dry-run')).toMatch(/lets in 1 released post .*\n {2}\d+ {2}Second/);
      expect(await own.done('rules remove press exclude title Second --decline')).toMatch(/offered to nobody .*\nRemoved\./);
      expect(JSON.parse(await own.done('offers list --json'))).toEqual([]);
      await own.done('rules add press exclude title Second');
      expect(await own.done('rules remove press exclude title Second')).toMatch(/will be offered within a minute.*\nRemoved\./);
      expect(JSON.parse(await own.done('offers list --json'))).toMatchObject([{ title: 'Second', kind: 'admitted' }]);
      expect(await own.run('rules remove press exclude title Second')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/no such rule/),
      });
    } finally {
      await own.remove();
    }
  });
});

describe('who gets nothing of an edition', () => {
  test('is counted by a preview and listed with why, of a draft and of what went out', async () => {
    const own = await createInstallation();
    const { database } = own.stored;
    try {
      await own.done('newsletters add press --name Press --sender press@example.org --postal-address "1 Road"');
      await own.done('schedules add press --every friday --at 08:00 --zone UTC');
      for (const name of ['ann', 'bob', 'cleo']) await own.done(`subscribers add ${name}@example.org --confirmed --source test`);
      await own.done('subscribers set bob@example.org --pause indefinitely');
      await own.done(`sources add ${site.feedUrl} --newsletter press --first release`);
      await own.done('collect');
      await database.query(
        `with t as (insert into topic (slug, name) values ('chess', 'Chess') returning id)
         update subscription s set topics = array[t.id] from t, subscriber p where p.id = s.subscriber_id and p.address = 'cleo@example.org'`,
      );
      expect(await own.done('preview --newsletter press')).toContain('Without a digest: 1 paused, 1 follows no topic of it.');
      expect(JSON.parse(await own.done('preview --json'))).toMatchObject({ recipients: 1, nothing: { paused: 1, topics: 1, minimum: 0 } });
      expect(await own.done('send --yes')).toMatch(/1 recipient/);
      const { rows } = await database.query<{ id: string }>(`select id from edition`);
      const nobody = await own.done(`deliveries ${rows[0]!.id} --nothing`);
      expect(nobody).toMatch(
        /2 active readers without a digest\.\n.*\n.*bob@example\.org +paused\n.*cleo@example\.org +follows no topic of it/,
      );
      expect(JSON.parse(await own.done(`deliveries ${rows[0]!.id} --nothing --json --limit 1`))).toMatchObject({
        edition: { id: rows[0]!.id },
        readers: [{ address: 'bob@example.org', why: 'paused' }],
      });
      expect(await own.run(`deliveries ${rows[0]!.id} --nothing --state queued`)).toMatchObject({ exitCode: 2 });
    } finally {
      await own.remove();
    }
  });
});

describe('the log of what staff did', () => {
  let own: Installation;
  beforeAll(async () => {
    own = await createInstallation();
    await own.done('newsletters add people --name People --sender people@example.org --postal-address "1 Road" --by Ann');
  });
  afterAll(() => own.remove());
  const log = async (words = ''): Promise<{ id: string; by: string; action: string; subjects: object }[]> =>
    JSON.parse(await own.done(`log --json ${words}`)) as { id: string; by: string; action: string; subjects: object }[];

  test('has a line for each command that changed something: who, which, and to what; and none of what was refused or only looked', async () => {
    expect(await log()).toContainEqual(
      expect.objectContaining({ by: 'Ann', action: 'newsletters add', subjects: { newsletter: [expect.any(String)] } }),
    );
    const before = (await log())[0]!;
    const lines: [string, string][] = [
      ['newsletters set people --colour #112233', 'newsletter'],
      ['schedules add people --every friday --at 08:00 --zone UTC', 'schedule'],
      ['schedules set people weekly --minimum 2', 'schedule'],
      [`sources add ${site.feedUrl}?for=log --newsletter people`, 'source'],
      ['sources set 1 --when-gone warn', 'source'],
      ['collect --force', 'source'],
      ['sources pause 1', 'source'],
      ['sources resume 1', 'source'],
      ['posts release 1', 'post'],
      ['posts hold 2', 'post'],
      ['topics map leadership leading', 'topic'],
      ['topics rename leading "Leading a school"', 'topic'],
      ['topics hide leading', 'topic'],
      ['topics hide leading --show', 'topic'],
      ['topics order leading', 'topic'],
      ['rules add people exclude category internal --yes', 'newsletter'],
      ['rules remove people exclude category internal --yes', 'newsletter'],
      ['subscribers add dee@example.org --confirmed --source test', 'subscription'],
      ['subscribers set dee@example.org --format text', 'subscription'],
      ['posts retract 1', 'post'],
      ['posts retract 1 --undo', 'post'],
      ['topics ignore leadership', 'category'],
      ['subscribers remove dee@example.org', 'subscriber'],
      ['subscribers remove dee@example.org --erase --yes', 'subscriber'],
      ['sources remove 1', 'source'],
      ['schedules remove people weekly', 'schedule'],
    ];
    for (const [line] of lines) await own.done(`${line} --by "Bo B."`);
    await own.run('posts release 99');
    await own.run('posts list');
    const after = await log(`--after ${before.id}`);
    expect(after.map(({ by, action }) => `${by} ${action}`)).toEqual(
      lines.map(
        ([line]) =>
          `Bo B. ${line
            .split(' ')
            .slice(0, line.startsWith('collect') ? 1 : 2)
            .join(' ')}`,
      ),
    );
    for (const [index, { subjects }] of after.entries())
      expect(subjects).toHaveProperty(lines[index]![1], expect.arrayContaining([expect.stringMatching(/^\d+$/)]));
    const text = JSON.stringify(after);
    expect(text).not.toMatch(/dee|example|112233|Leading a school/);
    const { rows } = await own.stored.database.query(`select distinct details ->> 'by' as by from consent_event`);
    expect(rows).toEqual([{ by: 'Bo B.' }]);
    expect(await own.done('log --limit 1')).toMatch(
      /^ID +WHEN +WHO +DID +TO\n\d+ +\d{4}-\d\d-\d\d \d\d:\d\d UTC +Bo B\. +schedules remove +schedule 1; newsletter 1\n$/,
    );
  });

  test('names the user of the system where nobody is named, and takes no address for a name', async () => {
    await own.done('newsletters set people --colour #112244');
    expect((await log('--limit 1'))[0]).toMatchObject({ by: expect.stringMatching(/^[^@]+$/), action: 'newsletters set' });
    expect(await own.run('newsletters set people --colour #112244 --by ann@example.org')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await own.run('newsletters list --by Ann')).toMatchObject({ exitCode: 2 });
  });

  test('is changed and emptied by no SQL', async () => {
    const { database } = own.stored;
    await expect(database.query(`update staff_action set by_whom = 'x'`)).rejects.toThrow(/append-only/);
    await expect(database.query(`delete from staff_action`)).rejects.toThrow(/append-only/);
    await expect(database.query(`truncate staff_action`)).rejects.toThrow(/append-only/);
  });
});

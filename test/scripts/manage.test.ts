import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../scripts/commands.ts';
import { listMessages } from '../../src/mail/maildir-store.ts';
import { findNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { listRunningSchedules } from '../../src/newsletters/schedule-store.ts';
import { isRequestOpen } from '../../src/subscribers/consent/consent-store.ts';
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

describe('a newsletter that is taken off', () => {
  const slug = 'old-news';
  const rows = async <T extends object>(sql: string): Promise<T[]> => (await gazette.stored.database.query<T>(sql)).rows;
  beforeAll(async () => {
    for (const name of [slug, 'trial']) {
      await done(`newsletters add ${name} --name "${name}" --sender ${name}@example.org --postal-address "1 Road"`);
      await done(`schedules add ${name} --every friday --at 08:00 --zone UTC`);
    }
    const added = await done(`sources add ${site.feedUrl}?for=old --newsletter ${slug} --first release`);
    await done(`collect ${/Added source (\d+)/.exec(added)![1]}`);
  });

  test('is renamed with its sender, and keeps its short name and the id of its feed', async () => {
    const feedIds = () => rows(`select slug, feed_id from newsletter order by id`);
    const before = await feedIds();
    expect(await done('newsletters rename trial "The Trial"')).toBe(
      '"trial" is called The Trial from now on. Its links and the ids in its feeds stay.\n',
    );
    expect(await listed('trial')).toMatchObject({ name: 'The Trial', senderName: 'The Trial' });
    await done('newsletters set trial --sender-name Ann');
    await done('newsletters rename trial "A Trial"');
    expect(await listed('trial')).toMatchObject({ name: 'A Trial', senderName: 'Ann' });
    expect(await feedIds()).toEqual(before);
    expect(await refused('newsletters rename trial " "')).toEqual({ code: 2, line: expect.stringMatching(/a name of 1 to 300/) });
    expect(await refused('newsletters rename nope Nope')).toEqual({ code: 2, line: expect.stringMatching(/got "nope"/) });
  });

  test('is deleted where it has no history, after it was shown and agreed to', async () => {
    await done('newsletters add brief --name Brief --sender brief@example.org --postal-address "1 Road"');
    await done('schedules add brief --every friday --at 08:00 --zone UTC');
    const asked = await run('newsletters remove brief');
    expect(asked).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(/never sent an edition .* deleted, with 1 schedule/) });
    expect(await listed('brief')).toBeDefined();
    expect(await done('newsletters remove brief --yes')).toMatch(/Deleted\.\n$/);
    expect(await refused('newsletters remove brief --yes')).toEqual({ code: 2, line: expect.stringMatching(/got "brief"/) });
    expect(await rows(`select from newsletter where slug = 'brief'`)).toEqual([]);
  });

  test('is closed where it has a history: nothing is planned, sent or joined until it is opened again', async () => {
    const { database } = gazette.stored;
    await done(`subscribers add olga@example.org --newsletter ${slug} --confirmed --source test`);
    const [draft] = await rows<{ id: string }>(
      `insert into edition (newsletter_id, schedule_id, state, cutoff, previous_cutoff, minimum, maximum)
       select n.id, c.id, 'draft', 0, 0, 1, 12 from newsletter n join schedule c on c.newsletter_id = n.id where n.slug = '${slug}' returning id`,
    );
    const shown = await run(`newsletters remove ${slug}`);
    expect(shown.exitCode).toBe(2);
    expect(shown.stdout).toMatch(/0 editions, 0 deliveries, 1 subscription \(1 active\)/);
    expect(shown.stdout).toContain(`is skipped, and its posts wait: edition ${draft!.id}.`);
    expect(await done(`newsletters remove ${slug} --yes --by Bo`)).toMatch(
      /Closed\. "gazette newsletters open old-news" opens it again\.\n$/,
    );
    expect(await rows(`select state, reason from edition where id = ${draft!.id}`)).toEqual([
      { state: 'skipped', reason: 'the newsletter was closed' },
    ]);
    expect(await done(`newsletters remove ${slug}`)).toMatch(/^"old-news" is closed already, since \d{4}-\d\d-\d\d\.\n$/);

    const closed = {
      code: 1,
      line: expect.stringMatching(/"old-news", which was closed on .*; "gazette newsletters open old-news" opens it again$/),
    };
    expect(await refused(`subscribers add pia@example.org --newsletter ${slug}`)).toEqual(closed);
    expect(await refused(`send --newsletter ${slug} --yes`)).toEqual(closed);
    expect(await done('newsletters list')).not.toContain(slug);
    expect(await done('newsletters list --all')).toMatch(/old-news \(closed since \d{4}-\d\d-\d\d\)/);
    const schedules = async () => (await listRunningSchedules(database)).map(({ id }) => id);
    const [{ id: scheduleId } = { id: '' }] = await rows<{ id: string }>(
      `select c.id from schedule c join newsletter n on n.id = c.newsletter_id where n.slug = '${slug}'`,
    );
    expect(await schedules()).not.toContain(scheduleId);
    expect(await json<object[]>(`schedules list ${slug}`)).toEqual([expect.not.objectContaining({ nextAt: expect.anything() })]);
    expect(await done(`subscribers set olga@example.org --newsletter ${slug} --format text`)).toMatch(/Changed/);
    expect(await findNewsletter(database, slug)).toMatchObject({ closedAt: expect.any(Date) });

    expect(await done(`newsletters open ${slug}`)).toMatch(/"old-news" is open again/);
    expect(await done(`newsletters open ${slug}`)).toBe('"old-news" is open: nothing was changed.\n');
    expect(await schedules()).toContain(scheduleId);
    // No slot from while it was closed is made up for.
    expect(await rows(`select id from schedule where id = ${scheduleId} and cadence_since > now() - interval '5 minutes'`)).toHaveLength(1);
    expect(await done(`subscribers add pia@example.org --newsletter ${slug} --confirmed --source test`)).toMatch(/active/);
    const actions = await json<{ action: string; subjects: object }[]>('log --limit 50');
    expect(actions).toContainEqual(
      expect.objectContaining({ action: 'newsletters remove', subjects: { newsletter: [expect.any(String)], edition: [draft!.id] } }),
    );
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

    // A day begins where the reader is.
    await done('subscribers set ben@example.org --newsletter people --pause 2099-04-01');
    expect(await done('subscribers show ben@example.org')).toContain('paused until Wed 2099-04-01 00:00 Europe/Madrid');
    await done('subscribers set ben@example.org --newsletter people --resume catch-up');

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
    for (const confirmed of ['--confirmed ', ''])
      expect(await refused(`subscribers add dora@example.org --newsletter people ${confirmed}--source "mail of ann@example.org"`)).toEqual({
        code: 2,
        line: expect.stringMatching(/without an address or "@"/),
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

describe('of one person', () => {
  let own: Installation;
  const rows = async <T extends object>(sql: string): Promise<T[]> => (await own.stored.database.query<T>(sql)).rows;
  beforeAll(async () => {
    own = await createInstallation();
    await own.done('newsletters add press --name Press --sender press@example.org --postal-address "1 Road"');
    await own.done('schedules add press --every friday --at 08:00 --zone UTC');
    await own.done('subscribers add ann@example.org --name Ann --confirmed --source test --language es');
    await own.done(`sources add ${site.feedUrl}?for=person --newsletter press --first release`);
    await own.done('collect');
    expect(await own.done('send --yes --wait')).toMatch(/1 of 1 accepted/);
    await own.done('newsletters add extra --name Extra --sender extra@example.org --postal-address "1 Road"');
    await own.done('schedules add extra --every friday --at 08:00 --zone UTC');
    await own.done('subscribers add cleo@example.org --newsletter extra --confirmed --source test');
  });
  afterAll(() => own.remove());
  const set = (words: string) => own.run(`subscribers set ${words}`);
  const refusedBy = (words: RegExp, exitCode = 1) => ({ exitCode, stdout: '', stderr: expect.stringMatching(words) });
  const suppress = (address: string, reason: string) =>
    rows(
      `insert into suppression (address_key, reason, source) select address_key, '${reason}', 'test' from subscriber where address = '${address}'`,
    );

  test('name and address are changed by staff at once: choices stay, what waits goes to the new address; not while it is being sent', async () => {
    const kept = () =>
      rows(
        `select cursor, owed, since, language from subscription_cursor c join subscription s on s.id = c.subscription_id where s.id = 1`,
      );
    const before = await kept();
    // Something waits: what was in doubt is sent again.
    await rows(`insert into attempt (delivery_id, edition_id, outcome) select id, edition_id, 'last_doubt' from delivery`);
    await rows(`update delivery set state = 'in_doubt', doubted_at = now(), reply = '451 <ann@example.org>: lost'`);
    await own.done('deliveries resend 1 --in-doubt --yes');
    await rows(`update delivery set state = 'sending'`);
    expect(await set('ann@example.org --address Anna@example.org')).toEqual(refusedBy(/a digest is on its way/));
    await rows(`update delivery set state = 'queued', reply = '451 <ann@example.org>: lost'`);
    const changed = await own.done('subscribers set ANN@example.org --name "Ann Lee" --address Anna@example.org --by Bo');
    expect(changed).toBe(
      'Changed: address, from ann@example.org to Anna@example.org.\n1 digest on the way to the old address goes to the new one.\nChanged: name.\n',
    );
    expect(await kept()).toEqual(before);
    expect(await rows(`select reply from delivery`)).toEqual([{ reply: '451 <[address]>: lost' }]);
    expect(await rows(`select kind, source, details from consent_event where subscription_id = 1 order by id desc limit 2`)).toEqual([
      { kind: 'name_changed', source: 'command line', details: { by: 'Bo' } },
      { kind: 'address_changed', source: 'command line', details: { by: 'Bo' } },
    ]);
    await own.run('send --newsletter press --yes --wait');
    const { messages } = await listMessages(join(own.folder, 'outbox'));
    expect(messages.map(({ to }) => /\w+@/.exec(to)?.[0])).toEqual(['Anna@', 'ann@']);
    const log = await own.done('log --json');
    expect(log).toMatch(/"subscribers set"/);
    expect(log).not.toMatch(/example|Lee/);
  });

  test('an address is changed to none that must not be mailed, and not of who complained', async () => {
    expect(await set('cleo@example.org --address nobody')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await set(`cleo@example.org --name ${'x'.repeat(201)}`)).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await set('99 --address new@example.org')).toEqual(refusedBy(/the id of a subscription, found none with id 99/, 2));
    for (const name of ['dan', 'eve', 'fay'])
      await own.done(`subscribers add ${name}@example.org --newsletter extra --confirmed --source test`);
    expect(await set('cleo@example.org --address fay@EXAMPLE.org')).toEqual(refusedBy(/that of another person/));
    await suppress('dan@example.org', 'bounced');
    expect(await set('cleo@example.org --address dan@example.org')).toEqual(refusedBy(/suppressed \(bounced\)/));
    expect(await own.done('subscribers set dan@example.org --address dana@example.org')).toMatch(
      /was suppressed \(bounced\): they are mailed again/,
    );
    await suppress('dana@example.org', 'complained');
    expect(await set('dana@example.org --address dan2@example.org')).toEqual(refusedBy(/one who complained/));
    await own.done('subscribers remove eve@example.org --erase --yes');
    expect(await set('cleo@example.org --address eve@example.org')).toEqual(refusedBy(/who was erased/));
    expect(await rows(`select address from subscriber where address similar to '(cleo|d|e|f)%' order by address`)).toEqual(
      ['cleo@example.org', 'dana@example.org', 'fay@example.org'].map((address) => ({ address })),
    );
  });

  test('who has not confirmed cannot by what was mailed to the old address', async () => {
    await own.done('subscribers add typo@example.org --newsletter extra');
    expect(await own.done('subscribers set typo@example.org --address right@example.org')).toMatch(
      /have not confirmed yet, .* "gazette subscribers add right@example\.org" asks again/,
    );
    expect(await rows(`select state from notice where recipient_address = 'typo@example.org'`)).toEqual([{ state: 'cancelled' }]);
    const [asked] = await rows<{ id: string; subscriptionId: string }>(
      `select id, subscription_id as "subscriptionId" from consent_event where kind = 'requested' order by id desc limit 1`,
    );
    const request = { subscriptionId: asked!.subscriptionId, requestEventId: asked!.id };
    expect(await isRequestOpen(own.stored.database, request, { now: new Date(), days: 7 })).toBe(false);
  });

  test('the newsletter need not be named where the person or the post has one alone; of several the error lists them', async () => {
    for (const name of ['gus', 'hal']) await own.done(`subscribers add ${name}@example.org --newsletter press --confirmed --source test`);
    expect(await own.done('subscribers set gus@example.org --format text')).toBe('Changed: format.\n');
    expect(await own.run('explain 1 gus@example.org')).toMatchObject({ exitCode: 0 });
    expect(await own.run('preview --for gus@example.org')).toMatchObject({ stderr: '' });
    await own.done('subscribers add hal@example.org --newsletter extra --confirmed --source test');
    const several = { exitCode: 2, stderr: expect.stringMatching(/\(press, extra\), got none; name it with --newsletter/) };
    expect(await set('hal@example.org --format text')).toMatchObject(several);
    // The post is in one of his newsletters, and a subscription has one.
    expect(await own.run('explain 1 hal@example.org')).toMatchObject({ exitCode: 0 });
    const [{ id } = { id: '' }] = await rows<{ id: string }>(
      `select max(s.id) as id from subscription s join newsletter n on n.id = s.newsletter_id where slug = 'press'`,
    );
    expect(await set(`${id} --format text`)).toMatchObject({ exitCode: 0 });
    await own.done('subscribers remove hal@example.org --newsletter extra');
    expect(await set('hal@example.org --format html')).toMatchObject({ exitCode: 0 });
  });

  test('by the id of a subscription they are taken out of its newsletter alone', async () => {
    await own.done('subscribers add leo@example.org --newsletter press --confirmed --source test');
    await own.done('subscribers add leo@example.org --newsletter extra --confirmed --source test');
    const states = async (): Promise<string[]> =>
      (
        await rows<{ said: string }>(
          `select n.slug || ' ' || s.state as said from subscription s join newsletter n on n.id = s.newsletter_id
             join subscriber p on p.id = s.subscriber_id where p.address = 'leo@example.org' order by 1`,
        )
      ).map(({ said }) => said);
    const [found] = await rows<{ id: string }>(
      `select s.id from subscription s join newsletter n on n.id = s.newsletter_id join subscriber p on p.id = s.subscriber_id
       where p.address = 'leo@example.org' and n.slug = 'extra'`,
    );
    expect(await own.done(`subscribers remove ${found!.id}`)).toBe('Removed from 1 newsletter.\n');
    expect(await states()).toEqual(['extra left', 'press active']);
    expect(await own.done(`subscribers remove ${found!.id}`)).toBe('They had left already: nothing was changed.\n');
    expect(await own.run('subscribers remove 999999')).toEqual(refusedBy(/999999/, 2));
    await own.done('subscribers remove leo@example.org --erase --yes');
  });

  test('their whole story is shown, in order of time, by address or by id, and of somebody erased by id', async () => {
    type Story = {
      person: object;
      subscriptions: object[];
      events: { at: string; kind: string; details: Record<string, unknown> }[];
      posts: { count: number };
    };
    const story = JSON.parse(await own.done('subscribers show 1 --json')) as Story;
    expect(story.person).toMatchObject({
      subscriberId: '1',
      address: expect.stringMatching(/@example\.org/),
      erasedAt: null,
      suppression: null,
    });
    expect(story.subscriptions).toEqual([
      expect.objectContaining({
        id: '1',
        newsletter: 'press',
        state: 'active',
        topics: null,
        language: 'es',
        progress: expect.objectContaining({ owedCount: 0, newerCount: 0 }),
      }),
    ]);
    expect(story.posts).toMatchObject({ count: expect.any(Number) });
    const times = story.events.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(story.events.map(({ kind, details }) => [kind, details['edition'] ?? details['kind']])).toEqual(
      expect.arrayContaining([
        ['consent', 'imported'],
        ['delivery', '1'],
      ]),
    );
    const words = await own.done('subscribers show 1');
    expect(words).toMatch(
      /^Ann\w*@example\.org \(Ann[^)]*\), here since \d{4}-\d\d-\d\d \d\d:\d\d UTC, person 1\.\n\npress: active since /i,
    );
    expect(words).toMatch(/Gets the weekly edition at the schedule's own time, all topics, in es, as html\./);
    expect(words).toMatch(/\d+ posts? received\./);
    expect(await own.done('subscribers show CLEO@example.org --all')).toMatch(/cleo@example\.org, here since/);
    expect(await own.run('subscribers show nobody@example.org')).toEqual(refusedBy(/found none with this address/, 2));
    expect(await own.run('subscribers show 12345')).toEqual(refusedBy(/found none with id 12345/, 2));
    await own.done('subscribers add ivy@example.org --newsletter extra --confirmed --source "card of ivy"');
    const [{ id } = { id: '' }] = await rows<{ id: string }>(`select max(id) as id from subscription`);
    await suppress('ivy@example.org', 'bounced');
    expect(await own.done('subscribers show ivy@example.org')).toMatch(/Never mailed: bounced, since .* \(test\)\./);
    await own.done('subscribers remove ivy@example.org --erase --yes');
    expect(await own.done(`subscribers show ${id}`)).toMatch(/^Somebody who was erased on .*\n\nextra: left since [^]*consent: erased/);
  });

  test('what they chose is told by its name and in the one form of dates, and to programs as it is stored', async () => {
    await rows(`insert into topic (slug, name) values ('leading', 'Leading'), ('reading-writing', 'Reading & Writing')`);
    await own.done('subscribers add jo@example.org --newsletter press --confirmed --source test');
    const change = (words: string) => own.done(`subscribers set jo@example.org ${words}`);
    await change('--topic reading-writing --topic leading --schedule weekly --by Bo');
    await change('--all-topics --hour 7 --zone Asia/Tokyo --language fr --format text');
    await change('--any-hour --pause 2099-04-01');
    await change('--resume catch-up');
    const said = await own.done('subscribers show jo@example.org');
    for (const words of [
      /consent: topics chosen +command line; by Bo; topics Leading, Reading & Writing\n/,
      /consent: schedule chosen +command line; by Bo; schedule weekly\n/,
      /consent: topics chosen +command line; by \S+; all topics\n/,
      /consent: hour chosen +command line; by \S+; at 7:00 Asia\/Tokyo\n/,
      /consent: hour chosen +command line; by \S+; at the schedule's own time\n/,
      /consent: language chosen +command line; by \S+; in fr\n/,
      /consent: format chosen +command line; by \S+; as text\n/,
      /consent: paused +command line; by \S+; until Wed 2099-04-01 00:00 Asia\/Tokyo\n/,
      /consent: resumed +command line; by \S+; catch up\n/,
    ])
      expect(said).toMatch(words);
    expect(said).not.toMatch(/\d{4}-\d\d-\d\dT|topicIds|scheduleId|null/);
    const { events } = JSON.parse(await own.done('subscribers show jo@example.org --json')) as {
      events: { at: string; details: Record<string, unknown> }[];
    };
    expect(events.find(({ details }) => details['kind'] === 'paused')).toMatchObject({
      at: expect.stringMatching(/T.*Z$/),
      details: { details: { until: '2099-03-31T15:00:00.000Z' } },
    });
    expect(events.find(({ details }) => details['kind'] === 'topics_chosen')).toMatchObject({
      details: { details: { topicIds: [expect.any(String), expect.any(String)] } },
    });
  });

  test('of an address that nobody has it is said that it is never mailed, why, since when and by what', async () => {
    const list = join(own.folder, 'never.csv');
    writeFileSync(list, 'email\nStranger@example.org\n');
    await own.done(`subscribers import ${list} --as suppressed --newsletter extra --yes`);
    const said = /^Nobody here has this address\.\nNever mailed: staff, since \d{4}-\d\d-\d\d \d\d:\d\d UTC \(import\)\.\n$/;
    expect(await own.done('subscribers show STRANGER@example.org')).toMatch(said);
    expect(JSON.parse(await own.done('subscribers show stranger@example.org --json'))).toEqual({
      person: null,
      suppression: { reason: 'staff', source: 'import', at: expect.any(String) },
    });
    await own.done('subscribers add was@example.org --newsletter extra --confirmed --source test');
    await own.done('subscribers remove was@example.org --erase --yes');
    expect(await own.run('subscribers show was@example.org')).toEqual(refusedBy(/found none with this address/, 2));
  });

  // Who adds a command that takes a newsletter says here what it is without one.
  const kinds: readonly (readonly [what: string, code: RegExp, names: readonly string[]])[] = [
    ['the only one that the person or the post has', /chooseNewsletterOf\(/, ['subscribers set', 'explain', 'preview']],
    ['the only one that there is', /chooseNewsletter\(/, ['test-send', 'send', 'subscribers add']],
    ['the only one that there is, or those of an export of ours', /prepareImports\(/, ['subscribers import']],
    [
      'all of them',
      /./,
      [
        'deliveries',
        'editions list',
        'posts list',
        'sources add',
        'subscribers export',
        'subscribers list',
        'subscribers remove',
        'topics order',
      ],
    ],
  ];
  test.each(kinds)('without --newsletter it is %s', (_what, code, names) => {
    for (const name of names) {
      const file = /import\(['"]\.\.\/([\w-]+)\./.exec(String(commands.find((each) => each.name === name)?.run))?.[1];
      expect([name, readFileSync(new URL(`../../scripts/${file}.ts`, import.meta.url), 'utf8')]).toEqual([
        name,
        expect.stringMatching(code),
      ]);
    }
  });

  test('each command that takes a newsletter is one of them', () => {
    const taking = commands.filter(({ options }) => options?.['newsletter']).map(({ name }) => name);
    expect(taking.toSorted()).toEqual(kinds.flatMap(([, , names]) => names).toSorted());
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
    expect((await run('collect --force')).stdout).not.toContain(`${site.feedUrl}: `);
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
      /^ID +WHEN +WHO +DID +TO\n\d+ +\d{4}-\d\d-\d\d \d\d:\d\d UTC +Bo B\. +schedules remove +schedule 1; newsletter 1\nThe newest one is shown; --before \d+ or --limit 5 shows more\.\n$/,
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

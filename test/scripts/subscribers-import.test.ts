/*
 * Files of readers, imported by the command as staff type it: twice, and killed in between.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, linkSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runShell, startShell, withoutWaits } from '../support/run-shell.ts';
import { waitFor } from '../support/wait-for.ts';
import { createInstallation, startFeedSite, type Installation } from './run-main.ts';

let gazette: Installation;

beforeAll(async () => {
  gazette = await createInstallation();
  await gazette.done('newsletters add people --name People --sender people@example.org --postal-address "1 Road"');
  await gazette.done('schedules add people --every friday --at 08:00 --zone UTC');
  await gazette.stored.database.query(`insert into topic (slug, name) values ('editors', 'Editors')`);
});
afterAll(() => gazette.remove());

function write(name: string, text: string | Buffer): string {
  const path = join(gazette.folder, name);
  writeFileSync(path, text);
  return path;
}

/** Everybody whose address is at this host, with what holds of them; who is only suppressed is not a row. */
async function standing(host: string): Promise<Record<string, string>> {
  const { rows } = await gazette.stored.database.query<{ address: string; state: string }>(
    `select p.address, s.state || coalesce(' ' || u.reason, '') as state from subscriber p join subscription s on s.subscriber_id = p.id
     left join suppression u on u.address_key = p.address_key where p.address like '%@' || $1 order by p.address`,
    [host],
  );
  return Object.fromEntries(rows.map(({ address, state }) => [address.split('@')[0]!, state]));
}

async function counted(): Promise<unknown> {
  const { rows } = await gazette.stored.database.query(
    `select (select count(*) from consent_event) as events, (select count(*) from subscription) as subscriptions,
       (select count(*) from suppression) as suppressions, (select count(*) from notice) as notices`,
  );
  return rows[0];
}

test('a spreadsheet: what would happen in plain words, nothing without consent, refused rows beside the file, and nothing the second time', async () => {
  const path = write(
    'people.csv',
    'email,name,tags\nann@sheet.example.org,Ann,Editors\nno address,"=1+1, x",VIP\nbob@sheet.example.org,Bob,\n',
  );
  const errors = join(gazette.folder, 'people-errors.csv');
  const without = await gazette.run(`subscribers import ${path} --newsletter people --dry-run`);
  expect([without.exitCode, await standing('sheet.example.org')]).toEqual([1, {}]);
  expect(without.stderr).toMatch(/2 people would become active, and nothing says that they agreed.*--consent.*--ask/);
  const dry = await gazette.done(`subscribers import ${path} --newsletter people --dry-run --consent "fair, May 2026"`);
  expect(dry).toContain(`2 new, 1 refused: ${errors}; the first edition would bring them 0 posts.`);
  expect(dry).toMatch(/no topic here, and left out: VIP \(1\)|Nothing was written/);
  expect(readFileSync(errors, 'utf8')).toMatch(
    /^line,reason,hint,email,name,tags\r\n3,"Expected one mail address[^"]*",[^,]*,no address,"'=1\+1, x",VIP\r\n$/,
  );
  for (const words of ['list of ann@sheet.example.org', 'ann (at) sheet.example.org'])
    expect(await gazette.run(`subscribers import ${path} --newsletter people --consent "${words}" --yes`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('without an address or "@"'),
    });
  expect(await standing('sheet.example.org')).toEqual({});
  expect(await gazette.run(`subscribers import ${path} --newsletter people --consent fair`)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--yes'),
  });
  expect(await gazette.done(`subscribers import ${path} --newsletter people --consent "fair, May 2026" --yes`)).toMatch(
    /Imported: 2 new, active from now on, 1 refused/,
  );
  expect(await standing('sheet.example.org')).toEqual({ ann: 'active', bob: 'active' });
  const before = await counted();
  expect(await gazette.done(`subscribers import ${path} --newsletter people --consent "fair, May 2026" --yes`)).toMatch(
    /2 already here.*\nWho is already here keeps .*\n.*nothing was written/,
  );
  expect(await counted()).toEqual(before);
});

/** One export of each tool: the name of its file, what it holds of people at a host, and what they come to. */
const exportsOfTools: readonly (readonly [
  form: string,
  file: string,
  text: string,
  consent: string,
  states: Readonly<Record<string, string>>,
])[] = [
  [
    'Mailchimp, subscribed',
    'subscribed_members.csv',
    `Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,NOTES,TAGS
ann@HOST,Ann,Example,2,"2024-03-01 10:11:12",192.0.2.1,"2024-03-02 10:11:12",192.0.2.1,1,a,,"""Editors"",""VIP, old"""
bob@HOST,Bob,,2,,,,,2,b,,
`,
    '--consent "sign-up form"',
    { ann: 'active', bob: 'active' },
  ],
  [
    'Mailchimp, unsubscribed',
    'unsubscribed_members.csv',
    `Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,LEID,EUID
ann@HOST,Ann,2,,"2024-03-02 10:11:12","2025-01-01 00:00:00",May,1,NORMAL,,1,a
`,
    '',
    { ann: 'left' },
  ],
  [
    'Mailchimp, cleaned',
    'cleaned_members.csv',
    `Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID
here@HOST,Ann,2,,"2024-03-02 10:11:12","2025-01-01 00:00:00",May,1,1,a
`,
    '',
    { here: 'active bounced' },
  ],
  [
    'Mailchimp, contacts without subscription',
    'nonsubscribed_members.csv',
    `Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID
ann@HOST,Ann,2,"2024-03-02 10:11:12",,1,a
`,
    '--consent "sign-up form"',
    {},
  ],
  [
    'Substack',
    'email_list.csv',
    `email,active_subscription,expiry,email_disabled,digest_enabled,plan,created_at
ann@HOST,false,,false,false,other,2024-01-02T03:04:05.000Z
bob@HOST,false,,true,false,other,2024-01-02T03:04:05.000Z
`,
    '--consent "sign-up form"',
    { ann: 'active', bob: 'left' },
  ],
  [
    'Ghost',
    'members.csv',
    `id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers
1,ann@HOST,Ann,,true,false,,2024-01-02T03:04:05.000Z,,Editors,
2,bob@HOST,Bob,,false,false,,2024-01-02T03:04:05.000Z,,,
`,
    '--consent "sign-up form"',
    { ann: 'active', bob: 'left' },
  ],
  [
    'listmonk',
    'subscribers.csv',
    `uuid,email,name,attributes,status,created_at,updated_at
u1,ann@HOST,Ann,"{""city"": ""Bonn""}",enabled,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z
u2,bob@HOST,,{},blocklisted,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z
`,
    '--consent "sign-up form"',
    { ann: 'active', bob: 'left' },
  ],
  [
    'MailPoet',
    'mailpoet.csv',
    `E-Mail,Vorname,Nachname,Liste,Listenstatus,Globaler Status
ann@HOST,Ann,Example,News,Abonniert,Abonniert
bob@HOST,,,News,Abgemeldet,Abonniert
here@HOST,,,News,Abonniert,Unzustellbar
`,
    '--consent "sign-up form"',
    { ann: 'active', bob: 'left', here: 'active bounced' },
  ],
];

describe('the export of another tool', () => {
  test.each(exportsOfTools)(
    '%s, brings its people to the right states, and nothing the second time',
    async (form, file, text, consent, states) => {
      const host = `${form.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example.org`;
      if (Object.keys(states).includes('here'))
        await gazette.done(`subscribers add here@${host} --newsletter people --confirmed --source form`);
      const path = write(file, text.replaceAll('HOST', host));
      const line = `subscribers import ${path} --newsletter people ${consent} --yes`;
      const told = await gazette.done(line);
      expect(told).toContain(`: ${form}; utf-8, parted by commas`);
      expect(await standing(host)).toEqual(states);
      if (form === 'listmonk') expect(told).toContain('This export cannot tell who left');
      const before = await counted();
      expect(await gazette.done(line)).toContain('nothing was written');
      expect(await counted()).toEqual(before);
    },
  );

  test('keeps the times at which people agreed, and the topics that its tags are', async () => {
    const path = write('subscribed_more.csv', exportsOfTools[0]![2].replace(/^bob.*\n/m, '').replaceAll('HOST', 'more.example.org'));
    expect(await gazette.done(`subscribers import ${path} --newsletter people --yes`)).toContain('VIP, old (1)');
    const { rows } = await gazette.stored.database.query<{ at: Date; source: string; ip: string | null; topics: number }>(
      `select e.at, e.source, host(e.ip) as ip, cardinality(s.topics)::int as topics from consent_event e join subscription s on s.id = e.subscription_id
       join subscriber p on p.id = s.subscriber_id where p.address = 'ann@more.example.org'`,
    );
    expect(rows).toEqual([{ at: new Date('2024-03-02T10:11:12Z'), source: 'import: mailchimp-subscribed', ip: null, topics: 1 }]);
    const kept = write('subscribed_kept.csv', exportsOfTools[0]![2].replace(/^bob.*\n/m, '').replaceAll('HOST', 'kept.example.org'));
    await gazette.run(`subscribers import ${kept} --newsletter people --yes`, { CONSENT_IP: 'true' });
    const { rows: ips } = await gazette.stored.database.query(`select host(ip) as ip from consent_event where ip is not null`);
    expect(ips).toEqual([{ ip: '192.0.2.1' }]);
  });
});

test('programs read it as one JSON document, planned, done and done before', async () => {
  const path = write('json.csv', 'email\nann@json.example.org\n');
  const outcomes: string[] = [];
  for (const how of ['--dry-run', '--yes', '--yes']) {
    const told = JSON.parse(await gazette.done(`subscribers import ${path} --newsletter people --consent fair --json ${how}`)) as Record<
      string,
      unknown
    >;
    outcomes.push(String(told['outcome']));
    expect(told).toMatchObject({ newsletter: 'people', rows: 1, refused: 0, errors: null });
  }
  expect(outcomes).toEqual(['planned', 'imported', 'unchanged']);
  expect(existsSync(join(gazette.folder, 'json-errors.csv'))).toBe(false);
});

test('a file of people who left keeps them away, also those who are here', async () => {
  const path = write('left.csv', 'email\nann@left.example.org\nbob@left.example.org\n');
  await gazette.done('subscribers add ann@left.example.org --newsletter people --confirmed --source form');
  expect(await gazette.done(`subscribers import ${path} --newsletter people --as left --yes`)).toMatch(
    /1 kept as having left elsewhere, 1 marked as left/,
  );
  expect(await standing('left.example.org')).toEqual({ ann: 'left', bob: 'left' });
  expect(await gazette.done(`subscribers import ${path} --newsletter people --consent fair --yes`)).toMatch(/2 left and stay so/);
});

test('what is said of one person is said of one', async () => {
  const one = write('one.csv', 'email\nann@one.example.org\n');
  const asked = await gazette.run(`subscribers import ${one} --newsletter people --ask --yes`);
  expect(asked.stderr).toContain('1 person is going to be asked');
  await gazette.done(`subscribers import ${one} --newsletter people --as left --yes`);
  expect(await gazette.done(`subscribers import ${one} --newsletter people --consent fair --yes`)).toContain('1 left and stays so');
});

test('people who never agreed are asked after a warning, and are pending until they confirm', async () => {
  const path = write('ask.csv', 'email\nann@ask.example.org\nbob@ask.example.org\n');
  const asked = await gazette.run(`subscribers import ${path} --newsletter people --ask --yes`);
  expect(asked).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('unlawful in many countries') });
  expect(await standing('ask.example.org')).toEqual({ ann: 'pending', bob: 'pending' });
});

describe('tags of a spreadsheet', () => {
  let fresh: Installation;
  beforeEach(async () => {
    fresh = await createInstallation();
    await fresh.done('newsletters add people --name People --sender people@example.org --postal-address "1 Road"');
    await fresh.done('schedules add people --every friday --at 08:00 --zone UTC');
  });
  afterEach(() => fresh.remove());

  const path = (): string => join(fresh.folder, 'tagged.csv');
  const command = (words: string): string => `subscribers import ${path()} --newsletter people --consent fair ${words}`;
  const kept = /^Who is already here keeps the topics that they have, .*"gazette subscribers set" changes them\.$/m;
  const followed = async (): Promise<unknown[]> =>
    (
      await fresh.stored.database.query<{ topics: unknown }>(
        `select array(select slug from topic where id = any (s.topics)) as topics from subscription s order by id`,
      )
    ).rows.map(({ topics }) => topics);

  test('are said to need topics, and how these are made, where there are none', async () => {
    writeFileSync(path(), 'Email,Tags\nann@tags.example.org,Editors\nbob@tags.example.org,VIP\n');
    const dry = await fresh.done(command('--dry-run'));
    expect(dry).toContain(
      'Labels that are no topic here, and left out: Editors (1), VIP (1). There is no topic yet: topics are made of the categories that ' +
        'your sources state, with "gazette topics map <category> <topic>".\nWho is new gets their topics by this import; no later one gives them others.',
    );
    expect(dry).not.toMatch(kept);
    expect(await fresh.run(command('--map Editors=editors --dry-run'))).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'gazette subscribers import: Expected a topic, found none yet, got "editors"; topics are made of the categories that your sources ' +
        'state, with "gazette topics map <category> <topic>"\n',
    });
  });

  test('are of no use to who was imported before, which the dry run says of a file that has some', async () => {
    writeFileSync(path(), 'Email,Tags\nann@tags.example.org,Editors\nbob@tags.example.org,VIP\n');
    await fresh.done(command('--yes'));
    await fresh.stored.database.query(`insert into topic (slug, name) values ('editors', 'Editors')`);
    writeFileSync(path(), 'Email,Tags\nann@tags.example.org,Editors\nbob@tags.example.org,VIP\ncid@tags.example.org,Editors\n');
    const dry = await fresh.done(command('--dry-run'));
    expect(dry).toMatch(kept);
    expect(dry).toContain('left out: VIP (1). Where one of them means a topic (editors), say so: --map "VIP=editors".');
    await fresh.done(command('--yes'));
    expect(await followed()).toEqual([[], [], ['editors']]);
    writeFileSync(path(), 'Email\nann@tags.example.org\n');
    expect(await fresh.done(command('--dry-run'))).toMatch(/^1 already here\.\nNothing to change/m);
  });
});

test('columns and labels that are said once hold for the next file with the same header', async () => {
  const first = write('first.csv', 'Adresse;Gruppe\nann@map.example.org;Redaktion\n');
  const second = write('second.csv', 'Adresse;Gruppe\nbob@map.example.org;Redaktion\n');
  const said = '--column "email=Adresse" --column "labels=Gruppe" --map "Redaktion=editors"';
  await gazette.done(`subscribers import ${first} --newsletter people --consent fair --yes ${said}`);
  expect(await gazette.done(`subscribers import ${second} --newsletter people --consent fair --yes`)).toContain('Using the mapping');
  const { rows } = await gazette.stored.database.query(
    `select p.address from subscriber p join subscription s on s.subscriber_id = p.id join topic t on s.topics = array[t.id] and t.slug = 'editors'
     where p.address like '%@map.example.org' order by 1`,
  );
  expect(rows.length).toBe(2);
});

test('what another tool has sent already, as a feed or as a list of links, is not sent again', async () => {
  const posts = [{ title: 'First' }, { title: 'Second' }, { title: 'Third' }];
  let shown = posts;
  const site = await startFeedSite(() => shown);
  try {
    await gazette.done('newsletters add takeover --name Takeover --sender people@example.org --postal-address "1 Road"');
    await gazette.done('schedules add takeover --every friday --at 08:00 --zone UTC');
    await gazette.done(`sources add ${site.feedUrl} --newsletter takeover --first release`);
    await gazette.done('collect');
    const path = write('had.csv', 'email\nann@had.example.org\n');
    const links = write('links.txt', '# sent in May\nhttps://blog.example/0\n');
    const look = (had: string) => gazette.run(`subscribers import ${path} --newsletter takeover --consent fair --dry-run ${had}`);
    expect((await look('')).stdout).toContain('would bring them 3 posts');
    expect((await look('--starts now')).stdout).toContain('would bring them 0 posts');
    expect(await look(`--had ${links}`)).toMatchObject({
      stdout: expect.stringContaining('would bring them 2 posts'),
      stderr: expect.stringContaining('1 of the posts here, out of 1'),
    });
    shown = posts.slice(0, 2);
    expect((await look(`--had ${site.feedUrl}`)).stdout).toContain('would bring them 1 post.');
    expect(await look(`--had ${path}`)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('a feed or a list of links') });
    await gazette.done(`subscribers import ${path} --newsletter takeover --consent fair --yes --had ${links}`);
    const { rows } = await gazette.stored.database.query<{ owed: number }>(
      `select cardinality(c.owed)::int as owed from subscription_cursor c join subscription s on s.id = c.subscription_id
       join subscriber p on p.id = s.subscriber_id where p.address = 'ann@had.example.org'`,
    );
    expect(rows).toEqual([{ owed: 2 }]);
  } finally {
    await site.close();
  }
});

test.each([
  ['x.xlsx', Buffer.from('504b030414000600', 'hex'), 'save it as CSV'],
  ['none.csv', 'name\nAnn\n', 'a column of mail addresses'],
])('a file that is no table of people is a wrong use: %s', async (name, content, reason) => {
  const run = await gazette.run(`subscribers import ${write(name, content)} --newsletter people --consent fair --yes`);
  expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining(reason)]);
});

test('an address near a large host is asked about, and taken as it is', async () => {
  const path = write('near.csv', 'email\nann@gmial.com\nbob@gmail\ncleo@near.example.org\n');
  const dry = await gazette.done(`subscribers import ${path} --newsletter people --consent fair --dry-run`);
  expect(dry).toContain('2 new, 1 with an address near a large mail host, taken as it is, 1 refused: ');
  expect(readFileSync(join(gazette.folder, 'near-errors.csv'), 'utf8').split('\r\n')).toEqual([
    'line,reason,hint,email',
    '2,"Taken as it is; is the address right?",gmail.com,ann@gmial.com',
    '3,"Expected one mail address such as ann@example.org, but its domain has no dot (did you mean gmail.com?)",gmail.com,bob@gmail',
    '',
  ]);
  const added = await gazette.run('subscribers add ann@hotmial.com --newsletter people');
  expect(added).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Did you mean hotmail.com?') });
});

test('who is here is exported as a table or as JSON, and goes in again; erased people and formulas do not come out', async () => {
  const path = write(
    'out.csv',
    'email,name,tags\nann@out.example.org,=1+1,Editors\nbob@out.example.org,Bob,\ngone@out.example.org,Gone,\n',
  );
  await gazette.done('newsletters add out --name Out --sender people@example.org --postal-address "1 Road"');
  await gazette.done('schedules add out --every friday --at 08:00 --zone UTC');
  await gazette.done(`subscribers import ${path} --newsletter out --consent fair --yes`);
  await gazette.done('subscribers remove gone@out.example.org --erase --yes');
  const out = join(gazette.folder, 'exported.csv');
  expect(await gazette.run(`subscribers export --newsletter out --topic editors --out ${out}`)).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('Written'),
  });
  const text = readFileSync(out, 'utf8');
  expect([text.split('\r\n').length, text.startsWith('\uFEFFaddress,name,newsletter,'), statSync(out).mode & 0o777]).toEqual([
    4,
    true,
    0o600,
  ]);
  expect(text).toContain("ann@out.example.org,'=1+1,out,active,,");
  expect(await gazette.done('subscribers export --newsletter out --state left')).toMatch(
    /^address,[^\n]*consent_source,left_at,suppressed_at\r\n$/,
  );
  const json = JSON.parse(await gazette.done('subscribers export --newsletter out --json')) as { subscriptions: { address: string }[] };
  expect(json.subscriptions.map(({ address }) => address).toSorted()).toEqual(['ann@out.example.org', 'bob@out.example.org']);
  expect(json.subscriptions.find(({ address }) => address.startsWith('ann'))).toMatchObject({
    name: '=1+1',
    topics: ['editors'],
    consent_source: 'fair',
    suppression: null,
  });
  expect(await gazette.done(`subscribers import ${out} --newsletter out --yes`)).toMatch(/Gazette; .*\n.*\n2 already here/);
  // Who agreed to one newsletter has not agreed to another.
  expect(await gazette.done(`subscribers import ${out} --newsletter people --dry-run`)).toMatch(/2 of newsletter out left out/);
  await gazette.done(
    `subscribers import ${write('bad.csv', 'email\nann@out.example.org\nx@out.example.org\n')} --as suppressed --yes --newsletter out`,
  );
  const suppressions = await gazette.run('suppressions export');
  expect(suppressions.stdout).toMatch(
    /^address,address_key,reason,at,source\r\n(?:[^\r]*\r\n)*ann@out\.example\.org,,staff,\d{4}-[^,]*,import\r\n/,
  );
  expect([suppressions.stdout.includes('x@out'), suppressions.stderr]).toEqual([false, expect.stringContaining('--keys')]);
  const keyed = join(gazette.folder, 'keyed.csv');
  await gazette.done(`suppressions export --keys --out ${keyed}`);
  await gazette.stored.database.query(
    `delete from suppression s where not exists (select from subscriber p where p.address_key = s.address_key)`,
  );
  expect(await gazette.run('subscribers show x@out.example.org')).toMatchObject({ exitCode: 2 });
  await gazette.done(`subscribers import ${keyed} --newsletter out --yes`);
  expect(await gazette.done('subscribers show x@out.example.org')).toMatch(/Never mailed: staff/);
  expect(JSON.parse(await gazette.done('subscribers export --newsletter out --suppressed --json'))).toMatchObject({
    subscriptions: [{ address: 'ann@out.example.org', suppression: 'staff' }],
  });
});

test.each([
  ['--topic nothing', 'Expected a topic'],
  ['--state gone', '--state'],
  ['--out /nowhere/people.csv', 'a file that can be written'],
])('an export with %s is a wrong use, and writes nothing', async (options, reason) => {
  const run = await gazette.run(`subscribers export --newsletter people ${options}`);
  expect([run.exitCode, run.stdout, run.stderr]).toEqual([2, '', expect.stringContaining(reason)]);
});

test.each([
  ['--as gone', '--as left or --as suppressed'],
  ['--starts never', '--starts now'],
  ['--starts now --had links.txt', 'got both'],
  ['--consent x --ask', 'got both'],
  ['--ask --as left', 'got both'],
  ['--map Editors', 'a pair such as'],
  ['--consent x --errors people.csv', 'another file'],
])('%s is a wrong use', async (options, reason) => {
  const path = join(gazette.folder, 'people.csv');
  const run = await gazette.run(`subscribers import ${path} --newsletter people --yes ${options.replace('people.csv', path)}`);
  expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining(reason)]);
});

test('who opted out in another system is lowered, whatever else is wrong, and nobody is raised over a row that is not understood', async () => {
  const long = 'x'.repeat(201);
  for (const name of ['here', 'back'])
    await gazette.done(`subscribers add ${name}@gone.example.org --newsletter people --confirmed --source form`);
  const path = write(
    'gone.csv',
    `Email,Name,Status,Email Opt Out\nann@gone.example.org,${long},Subscribed,1\nann@gone.example.org,Ann,Subscribed,0\n` +
      `here@gone.example.org,${long},Subscribed,2024-05-01\nbob@gone.example.org,Bob,frobnicated,0\nbob@gone.example.org,Bob,Subscribed,0\n` +
      `cid@gone.example.org,Cid,Subscribed,0\n`,
  );
  const told = await gazette.done(`subscribers import ${path} --newsletter people --consent fair --yes`);
  expect(told).toContain('Email Opt Out → status');
  expect(told).toMatch(
    /^Imported: 1 new, .*1 kept as having left elsewhere, 1 marked as left, 1 row double, 1 left out, because .*2 taken for the state alone, 1 refused/m,
  );
  expect(await standing('gone.example.org')).toEqual({ ann: 'left', back: 'active', cid: 'active', here: 'left' });
  const errors = readFileSync(join(gazette.folder, 'gone-errors.csv'), 'utf8').split('\r\n');
  expect(errors.slice(1, -1).map((line) => line.slice(0, 12))).toEqual(['2,"Taken for', '4,"Taken for', '5,"Expected ']);
  await gazette.stored.database.query(
    `insert into consent_event (subscription_id, kind, at, source) select s.id, 'confirmed', '2026-02-01', 'confirmation link'
     from subscription s join subscriber p on p.id = s.subscriber_id where p.address = 'back@gone.example.org'`,
  );
  const suppressions = write(
    'before.csv',
    'address,address_key,reason,at,source\nback@gone.example.org,,bounced,2026-01-01T00:00:00.000Z,smtp\n',
  );
  expect(await gazette.done(`subscribers import ${suppressions} --newsletter people --yes`)).toContain(
    '1 came back by their own confirmation and stay',
  );
  expect((await standing('gone.example.org'))['back']).toBe('active');
});

describe('an export of ours, without --newsletter beside several newsletters,', () => {
  const header =
    'address,name,newsletter,state,suppression,schedule,topics,language,format,hour,zone,paused_until,created_at,consent_at,consent_source';
  const row = (name: string, newsletter: string, state: string): string =>
    `${name}@each.example.org,,${newsletter},${state},,,all,en,html,,,,2024-01-01T00:00:00.000Z,2024-01-01T00:00:00.000Z,form\n`;

  test('goes row by row into the newsletter that the row names, and nothing the second time', async () => {
    await gazette.done('newsletters add each --name Each --sender people@example.org --postal-address "1 Road"');
    await gazette.done('schedules add each --every friday --at 08:00 --zone UTC');
    const rows = [
      row('ann', 'people', 'active'),
      row('ann', 'each', 'left'),
      row('bob', 'each', 'active'),
      row('cid', 'of-elsewhere', 'active'),
      row('dan', '', 'active'),
    ];
    const path = write('each.csv', `${header}\n${rows.join('')}`);
    const line = `subscribers import ${path} --yes`;
    const told = await gazette.done(line);
    expect(told).toMatch(/^People: 1 new, 1 of newsletter of-elsewhere left out, 1 refused/m);
    expect(told).toMatch(
      /^Imported: Each: 1 new, active from now on, 1 kept as having left elsewhere, 1 of newsletter of-elsewhere left out/m,
    );
    const { rows: found } = await gazette.stored.database.query(
      `select split_part(p.address, '@', 1) || ' ' || n.slug || ' ' || s.state as stands from subscriber p join subscription s on s.subscriber_id = p.id
       join newsletter n on n.id = s.newsletter_id where p.address like '%@each.example.org' order by 1`,
    );
    expect(found.map(({ stands }) => stands)).toEqual(['ann each left', 'ann people active', 'bob each active']);
    expect(readFileSync(join(gazette.folder, 'each-errors.csv'), 'utf8').match(/Expected the newsletter of this row/g)?.length).toBe(1);
    const before = await counted();
    const again = JSON.parse(await gazette.done(`${line} --json`)) as unknown;
    expect(again).toMatchObject([
      { newsletter: 'people', outcome: 'unchanged' },
      { newsletter: 'each', outcome: 'unchanged' },
    ]);
    expect(await counted()).toEqual(before);
    const single = write('elsewhere.csv', `${header}\n${row('eve', 'of-elsewhere', 'active')}`);
    expect(await gazette.run(`subscribers import ${single} --yes`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--newsletter'),
    });
  });

  test('needs none for suppressions, which hold for all', async () => {
    await gazette.done('newsletters add other --name Other --sender people@example.org --postal-address "1 Road"');
    const path = write(
      'suppressions.csv',
      'address,address_key,reason,at,source\ngone@each.example.org,,complained,2024-01-01T00:00:00.000Z,smtp\n',
    );
    expect(await gazette.done(`subscribers import ${path} --yes`)).toMatch(/Imported: 1 suppressed/);
    expect(JSON.parse(await gazette.done(`subscribers import ${path} --yes --json`))).toMatchObject({
      newsletter: null,
      outcome: 'unchanged',
    });
    expect(await gazette.done('suppressions export --keys')).toContain(',complained,');
  });
});

test('an export goes to the file behind a link, and leaves the link', async () => {
  const behind = write('behind.csv', 'old');
  const link = join(gazette.folder, 'link.csv');
  symlinkSync(behind, link);
  await gazette.done(`subscribers export --newsletter people --out ${link}`);
  expect([lstatSync(link).isSymbolicLink(), readFileSync(behind, 'utf8')]).toEqual([true, expect.stringContaining('address,name')]);
  const folder = await gazette.run(`subscribers export --newsletter people --out ${gazette.folder}`);
  expect([folder.exitCode, folder.stderr]).toEqual([2, expect.stringContaining('EISDIR')]);
});

test('refused rows are never written over a file that is read, by whatever name', async () => {
  const text = 'email\nno address\nann@over.example.org\n';
  const path = write('over.csv', text);
  const links = write('over.txt', 'https://blog.example/0\n');
  symlinkSync(path, join(gazette.folder, 'soft.csv'));
  linkSync(path, join(gazette.folder, 'hard.csv'));
  symlinkSync(path, join(gazette.folder, 'over-errors.csv'));
  symlinkSync(gazette.folder, join(gazette.folder, 'around'));
  const errors = ['soft.csv', 'hard.csv', 'around/over.csv', 'over.txt', 'over.csv'].map(
    (name) => `--errors ${join(gazette.folder, name)}`,
  );
  for (const option of [...errors, '']) {
    const run = await gazette.run(`subscribers import ${path} --newsletter people --consent x --dry-run --had ${links} ${option}`);
    expect([option, run.exitCode, run.stderr]).toEqual([option, 2, expect.stringContaining('another file')]);
  }
  const folder = await gazette.run(`subscribers import ${path} --newsletter people --consent x --dry-run --errors ${gazette.folder}`);
  expect([folder.exitCode, folder.stderr]).toEqual([2, expect.stringContaining('EISDIR')]);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

describe('an import that is killed', () => {
  const count = 6_000;

  test('at any moment goes on where it was, to the same states, and nobody has agreed twice', async () => {
    const rows = Array.from({ length: count }, (_, index) => `r${index}@kill.example.org`);
    const path = write('kill.csv', `email\n${rows.join('\n')}\n`);
    const { database } = gazette.stored;
    const doneLine = async (): Promise<number> => {
      const { rows: runs } = await database.query<{ line: string }>(
        `select after_line::text as line from import_run where ended_at is null`,
      );
      return Number(runs[0]?.line ?? 0);
    };
    const killed = startShell(`gazette subscribers import ${path} --newsletter people --consent fair --yes`, gazette.env);
    await waitFor(async () => (await doneLine()) > 0, { timeoutMs: 120_000, what: 'an import under way' });
    killed.signal('SIGKILL');
    await killed.ended;
    // It was not at its end yet.
    expect(await doneLine()).toBeGreaterThan(0);
    const resumed = await gazette.done(`subscribers import ${path} --newsletter people --consent fair --yes`);
    expect(resumed).toContain(`up to line`);
    expect(resumed).toContain(`Imported: ${count} new, active from now on.`);
    const { rows: told } = await database.query(
      `select count(*)::int as events, count(distinct e.subscription_id)::int as people, count(*) filter (where s.state = 'active')::int as active
       from consent_event e join subscription s on s.id = e.subscription_id join subscriber p on p.id = s.subscriber_id
       where p.address like '%@kill.example.org'`,
    );
    expect(told).toEqual([{ events: count, people: count, active: count }]);
    expect(await gazette.done(`subscribers import ${path} --newsletter people --consent fair --yes`)).toContain('nothing was written');
    // Who reads a part only gets it without a word, and who reads all gets all.
    const run = await runShell('set -o pipefail; gazette subscribers export --newsletter people | head -n 2', gazette.env);
    expect([run.exitCode, run.stdout.split('\n').length, withoutWaits(run.stderr)]).toEqual([0, 3, '']);
    const whole = await runShell('gazette subscribers export --newsletter people', gazette.env);
    expect([whole.exitCode, withoutWaits(whole.stderr), whole.stdout.match(/@kill\.example\.org,/g)?.length]).toEqual([0, '', count]);
  });
});

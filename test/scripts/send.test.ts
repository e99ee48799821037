import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { noteDoubts } from '../support/frozen-edition.ts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/app/config.ts';
import { openStore, type Store } from '../../src/app/open-store.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { composeEdition } from '../../src/ledger/drafts/compose-edition.ts';
import { listMessages } from '../../src/mail/maildir-store.ts';
import { addSubscriber, type AddSubscriberPorts } from '../../src/subscribers/joining/add-subscriber.ts';
import { wordNotApproved } from '../../scripts/send-plan.ts';
import { send } from '../../scripts/table/sending.ts';
import { foundPaper, openNewsroom, releasePost, type Newsroom } from '../editions/newsroom.ts';
import { headerOf, startScriptedSmtp, type ReceivedMessage, type ScriptedSmtp } from '../support/smtp-server.ts';
import { startCommand } from '../support/run-gazette.ts';
import { makeTempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { installationAt, type MainRun } from './run-main.ts';

let room: Newsroom;
let temp: Awaited<ReturnType<typeof makeTempFolder>>;
let gazette: ReturnType<typeof installationAt>;
let store: Store;
let people: AddSubscriberPorts;
let smtp: ScriptedSmtp;

beforeAll(async () => {
  [room, temp, smtp] = await Promise.all([openNewsroom(), makeTempFolder(), startScriptedSmtp()]);
  room.setNow(new Date());
  gazette = installationAt(room.url, temp.folder);
  store = await openStore(
    loadConfig(gazette.env, () => ''),
    silentLog,
  );
  const { database, clock, queue, secrets } = store;
  const { notices, links } = room.notifyPorts;
  people = {
    database,
    clock,
    enqueue: queue.enqueue,
    addressKeySecret: secrets.addressKey,
    tokenKeys: secrets.tokenKeys,
    publicUrl: links.publicUrl,
    notices,
  };
});
afterAll(async () => {
  await store.close();
  await smtp.close();
  await room.close();
  await temp.remove();
});

const run = (line: string, env?: Record<string, string>): Promise<MainRun> => gazette.run(line, env);
const done = (line: string, env?: Record<string, string>): Promise<string> => gazette.done(line, env);
const json = async <T = Record<string, unknown>>(line: string): Promise<T> => JSON.parse(await done(`${line} --json`)) as T;
const sendsMail = () => ({ SMTP_URL: smtp.url });

/** A newsletter with a weekly schedule, these readers, and these posts for them; returns its slug. */
async function publish(
  titles: readonly string[],
  readers: readonly string[],
  rules: Parameters<typeof foundPaper>[1] = {},
): Promise<string> {
  return (await foundAndPublish(titles, readers, rules)).newsletter.slug;
}

async function foundAndPublish(
  titles: readonly string[],
  readers: readonly string[],
  rules: Parameters<typeof foundPaper>[1] = {},
): ReturnType<typeof foundPaper> {
  const paper = await foundPaper(room, rules);
  const { slug } = paper.newsletter;
  // No slot of it is due: a worker that looks at the clock has only what is sent by hand to do.
  await room.database.query(`update schedule set cadence_since = now() where id = $1`, [paper.schedule.id]);
  for (const address of readers) await addSubscriber(people, { newsletter: slug, address, confirmed: { source: 'test' } });
  for (const title of titles) await releasePost(room, paper, { title: `${title} of ${slug}` });
  return paper;
}

async function rowsOf<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await room.database.query<Row>(sql, values)).rows;
}

const editionsOf = (slug: string) =>
  rowsOf<{ id: string; state: string; reason: string | null }>(
    `select e.id, e.state, e.reason from edition e join newsletter n on n.id = e.newsletter_id where n.slug = $1 order by e.id`,
    [slug],
  );

/** A draft as the schedule's slot leaves it where a person has to decide. */
async function composeDraft(readers = ['ann@example.org']): Promise<{ slug: string; id: string; positions: string[] }> {
  const slug = await publish(['Alpha', 'Beta'], readers, { approval: 'required' });
  const [ids] = await rowsOf<{ newsletterId: string; scheduleId: string }>(
    `select n.id as "newsletterId", s.id as "scheduleId" from newsletter n join schedule s on s.newsletter_id = n.id where n.slug = $1`,
    [slug],
  );
  const composed = await composeEdition(room.database, { ...ids!, slotAt: new Date(), byHand: false, now: new Date() });
  const positions = await rowsOf<{ position: string }>(`select position from edition_post where edition_id = $1 order by position`, [
    composed.editionId,
  ]);
  return { slug, id: composed.editionId, positions: positions.map((row) => row.position) };
}

const byNow = { kind: 'conflict', state: 'skipped' } as const;
test.each<[Parameters<typeof wordNotApproved>[0], string]>([
  [{ kind: 'busy' }, 'another edition of this newsletter is still being frozen'],
  [{ kind: 'changed' }, 'somebody edited it after it was shown here'],
  [byNow, 'it is skipped now'],
  [
    { ...byNow, replacedBy: { editionId: '8', state: 'sending', approvedBy: 'staff (gazette send)' } },
    'edition 8 was composed after it, took its place and was approved by staff (gazette send) and is sending now. "gazette editions show 8" shows it.',
  ],
  [
    { ...byNow, replacedBy: { editionId: '8', state: 'draft', approvedBy: null } },
    'edition 8 was composed after it, took its place and is draft now. "gazette editions show 8" shows it.',
  ],
])('what keeps an edition from going is said: %j', (decision, words) => {
  expect(wordNotApproved(decision)).toBe(words);
});

describe('gazette send', () => {
  test('--dry-run shows subject, posts and audience, and stores and sends nothing', async () => {
    const slug = await publish(['Alpha', 'Beta'], ['ann@example.org', 'ben@example.org']);
    const before = await rowsOf(`select count(*) from rendition`);
    const shown = await done(`send --newsletter ${slug} --dry-run`);
    expect(shown).toMatch(/Subject: +Beta of .*/);
    expect(shown).toMatch(/Audience: +2 recipients, 1 digest$/m);
    expect(shown).toMatch(/- Beta of .*\n +- Alpha of/);
    expect(shown).toMatch(/Nothing was stored or sent/);
    expect(await json(`send --newsletter ${slug} --dry-run`)).toMatchObject({ outcome: 'dry_run', recipients: 2, digests: 1 });
    expect(await editionsOf(slug)).toEqual([]);
    expect(await rowsOf(`select count(*) from rendition`)).toEqual(before);
  });

  test('--dry-run says what the gates would hold', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org']);
    await room.database.query(`update newsletter set postal_address = '' where slug = $1`, [slug]);
    expect(await done(`send --newsletter ${slug} --dry-run`)).toMatch(/Would be held: .*postal address/);
    expect(await json(`send --newsletter ${slug} --dry-run`)).toMatchObject({ faults: [expect.stringMatching(/postal address/)] });
  });

  test('leaves a draft that waits for staff alone, says how to decide, and takes its place with --replace', async () => {
    const { slug, id } = await composeDraft();
    expect(await run(`send --newsletter ${slug} --yes`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(new RegExp(`edition ${id} of this schedule waits.*gazette editions approve ${id}.*--replace`)),
    });
    expect(await editionsOf(slug)).toMatchObject([{ id, state: 'draft' }]);
    expect(await run(`send --newsletter ${slug} --yes --replace`)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/replaces the draft/),
    });
  });

  test('without a terminal and without --yes sends nothing and ends with 2', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org']);
    expect(await run(`send --newsletter ${slug}`)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^gazette send: .*--yes[^\n]*\n$/),
    });
    expect(await editionsOf(slug)).toEqual([]);
  });

  test('--yes queues the edition, ends with 0, and warns that no worker is running', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org']);
    const { exitCode, stdout, stderr } = await run(`send --newsletter ${slug} --yes`);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Queued edition \d+/);
    expect(stderr).toMatch(/No worker is running/);
    expect(await editionsOf(slug)).toMatchObject([{ state: 'approved' }]);
    // A second send while the first is not frozen has nobody to wait for here; what is due is in the first.
    await room.database.query(`update edition set state = 'cancelled', ended_at = now() where state = 'approved'`);
  });

  test('--wait where no worker is running delivers by itself into the outbox and ends with 0; after that nothing is due', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org', 'ben@example.org', 'cleo@example.org']);
    const { exitCode, stdout } = await run(`send --newsletter ${slug} --yes --wait`);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/3 of 3 accepted\.$/m)]);
    const { messages } = await listMessages(join(temp.folder, 'outbox'));
    const mine = messages.filter((message) => message.subject.includes(`of ${slug}`));
    expect(mine.map((message) => message.to).sort()).toEqual(['ann@example.org', 'ben@example.org', 'cleo@example.org']);
    expect(await editionsOf(slug)).toMatchObject([{ state: 'done' }]);
    expect(await rowsOf(`select 1 from worker where ended_at is null and alive_until > now()`)).toEqual([]);

    expect(await done(`send --newsletter ${slug} --yes`)).toMatch(/Nothing is due in "\w+", schedule "weekly": everybody has everything/);
    expect(await json(`send --newsletter ${slug} --dry-run`)).toEqual({
      outcome: 'nothing_due',
      waiting: 0,
      before: [],
      unserved: { suppressed: 0, doubtful: [], refused: [] },
    });

    const [edition] = await editionsOf(slug);
    const listed = await json<{ counts: object; deliveries: { address: string; state: string }[] }>(`deliveries ${edition!.id}`);
    expect(listed.counts).toMatchObject({ accepted: 3, rejected: 0, queued: 0 });
    const newsletterId = (await rowsOf<{ newsletter_id: string }>(`select newsletter_id from edition where id = ${edition!.id}`))[0]
      ?.newsletter_id;

    // Nothing is due, and yet not everybody has everything: that is said, with the commands that show whom.
    await room.database.query(
      `insert into suppression (address_key, reason, source)
       select b.address_key, 'bounced', 'smtp' from subscriber b join subscription s on s.subscriber_id = b.id where s.newsletter_id = $1 and b.address = 'ann@example.org'`,
      [newsletterId],
    );
    await room.database.query(
      `update delivery set state = 'in_doubt', doubted_at = now() where edition_id = $1 and id = (select max(id) from delivery where edition_id = $1)`,
      [edition!.id],
    );
    await noteDoubts(room.database, edition!.id);
    const said = await done(`send --newsletter ${slug} --dry-run`);
    expect(said).toMatch(/everybody else has everything/);
    expect(said).toMatch(
      /^Not served: 1 active reader whose address is suppressed; "gazette subscribers list .* --state suppressed" shows/m,
    );
    expect(said).toContain(
      `In doubt: 1 reader may have edition ${edition!.id} or not; "gazette deliveries ${edition!.id} --state in_doubt"`,
    );
    expect(await done(`subscribers list --newsletter ${slug} --state suppressed`)).toMatch(/ann@example\.org .*suppressed \(bounced\)/);
    // Whose address is suppressed gets nothing by resending either; a cancelled edition is not sent again.
    await room.database.query(`update delivery set state = 'in_doubt', doubted_at = now() where edition_id = $1`, [edition!.id]);
    await noteDoubts(room.database, edition!.id);
    expect(await done(`send --newsletter ${slug} --dry-run`)).toMatch(
      /In doubt: 2 readers .*gazette deliveries resend \d+ --in-doubt" sends/,
    );
    await room.database.query(`update edition set state = 'cancelled' where id = $1`, [edition!.id]);
    expect(await done(`send --newsletter ${slug} --dry-run`)).toMatch(/^In doubt: 2 readers .* it was cancelled and is not sent again\.$/m);
    await room.database.query(`update edition set state = 'done' where id = $1`, [edition!.id]);
    await room.database.query(`delete from suppression`);
    // What was refused after a doubt may have been read: it is neither given back nor sent again.
    await room.database.query(
      `update delivery set state = case when id = (select min(id) from delivery where edition_id = $1) then 'rejected' else 'accepted' end, reason = 'policy'
       where edition_id = $1`,
      [edition!.id],
    );
    const refused = await done(`send --newsletter ${slug} --dry-run`);
    expect(refused).toMatch(/everybody else has everything/);
    expect(refused).toContain(
      `Refused: 1 reader was refused edition ${edition!.id} after a first attempt that may have arrived, so its posts are not sent again by themselves; "gazette deliveries ${edition!.id} --state rejected" shows who.`,
    );
    await room.database.query(`update delivery set state = 'accepted', reason = null, doubted_at = null where edition_id = $1`, [
      edition!.id,
    ]);
    expect(listed.deliveries).toHaveLength(3);
    expect(await done(`deliveries --newsletter ${slug}`)).toMatch(
      /is done; 3 deliveries\.[\s\S]*accepted +3[\s\S]*ann@example\.org +accepted/,
    );
    const [post] = await rowsOf<{ id: string }>(`select post_id as id from edition_post where edition_id = $1`, [edition!.id]);
    expect(await done(`explain ${post!.id} ann@example.org --newsletter ${slug}`)).toMatch(/they got it in edition \d+/);
    expect(await json(`explain ${post!.id} ann@example.org --newsletter ${slug}`)).toMatchObject({
      text: expect.stringMatching(/they got it/),
      newsletter: slug,
    });
  });

  test('--wait ends with 1 when a server refuses one, and says who', async () => {
    const slug = await publish(['Alpha'], ['good@example.org', 'bad@example.org']);
    smtp.rescript({ onRcpt: (address) => (address === 'bad@example.org' ? '550 5.1.1 No such person' : undefined) });
    const { exitCode, stdout, stderr } = await run(`send --newsletter ${slug} --yes --wait`, sendsMail());
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/1 of 2 accepted, 1 rejected\.$/m)]);
    const [edition] = await editionsOf(slug);
    expect(stderr).toContain(`gazette deliveries ${edition!.id}`);
    // The worker of this process also takes mail that other tests left in the queue.
    const readers = smtp.accepted().flatMap((message) => message.envelope.to);
    expect(readers.filter((to) => /^(good|bad)@/.test(to))).toEqual(['good@example.org']);
    expect(await done(`deliveries ${edition!.id} --state rejected`)).toMatch(/bad@example\.org +rejected +1 .*No such person/);
    expect(await done(`deliveries ${edition!.id} --state rejected`)).not.toMatch(/good@/);
  });

  test('--wait where no worker is running also takes along an edition that was approved before and is not frozen yet', async () => {
    const paper = await foundAndPublish(['Alpha'], ['ann@example.org']);
    const { slug } = paper.newsletter;
    expect(await done(`send --newsletter ${slug} --yes`)).toMatch(/Queued edition/);
    await releasePost(room, paper, { title: `Beta of ${slug}` });
    const { exitCode, stdout } = await run(`send --newsletter ${slug} --yes --wait`);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/1 of 1 accepted\.$/m)]);
    expect(await editionsOf(slug)).toMatchObject([{ state: 'done' }, { state: 'done' }]);
  });

  test('--wait that delivers by itself ends soon when it is interrupted: what is on its way is recorded, the rest waits', async () => {
    const slug = await publish(
      ['Alpha'],
      Array.from({ length: 60 }, (_, index) => `stop${index}@example.org`),
    );
    smtp.rescript({ delayMs: 100 });
    const ofThisOne = (messages: readonly ReceivedMessage[]) =>
      messages.filter(({ envelope }) => envelope.to.some((to) => to.startsWith('stop')));
    const words = ['--newsletter', slug, '--yes', '--wait'];
    const sending = await startCommand(send, { ...gazette.env, ...sendsMail() }, /Subject/, words);
    // Its own, not the mail that other tests left in the queue.
    await waitFor(() => ofThisOne(smtp.received).length > 2);
    expect(await sending.stop()).toBe(130);
    smtp.rescript({ delayMs: 0 });
    const [edition] = await editionsOf(slug);
    const { counts } = await json<{ counts: Record<string, number> }>(`deliveries ${edition!.id}`);
    const accepted = ofThisOne(smtp.accepted());
    expect(counts).toMatchObject({ accepted: accepted.length, sending: 0, queued: 60 - accepted.length });
    expect(counts['queued']).toBeGreaterThan(0);
    await room.database.query(`update edition set state = 'cancelled', ended_at = now() where id = $1`, [edition!.id]);
  });

  test('asks which where there are several newsletters or schedules, with 2', async () => {
    const slug = await publish([], []);
    await publish([], []);
    await done(`schedules add ${slug} --every day --at 07:00 --zone UTC`);
    expect(await run(`send --newsletter ${slug} --yes`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Expected one of the schedules of .* \(weekly, daily\), got none; name it with --schedule/),
    });
    expect(await run('send --yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Expected one of the newsletters \(.*\), got none; name it with --newsletter/),
    });
    expect(await run('send --newsletter nope --yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/Expected a newsletter .* got "nope"/),
    });
    expect(await done(`send --newsletter ${slug} --schedule daily --yes`)).toMatch(/Nothing is due/);
  });

  test('says how many wait for the minimum', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org'], { minimum: 3 });
    expect(await done(`send --newsletter ${slug} --yes`)).toMatch(/Nothing is due.*1 subscriber, but fewer than the minimum of 3/);
  });

  test('ends with 1 when a gate holds the edition, and says what to do', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org']);
    await room.database.query(`update newsletter set postal_address = '' where slug = $1`, [slug]);
    const { exitCode, stderr } = await run(`send --newsletter ${slug} --yes`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/is held\. .*Set the postal address/);
    const [edition] = await editionsOf(slug);
    expect(edition?.state).toBe('held');
    expect(await run(`editions recheck ${edition!.id}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^Held: .*postal address/),
    });
    expect(await done(`editions show ${edition!.id}`)).toContain(`Once it is mended: "gazette editions recheck ${edition!.id}"`);
    await done(`newsletters set ${slug} --postal-address "1 New Road"`);
    expect(await done(`editions recheck ${edition!.id}`)).toMatch(/All gates hold.*1 recipients?/);
    expect(await done(`editions skip ${edition!.id}`)).toMatch(/Skipped edition/);
  });
});

describe('gazette editions', () => {
  test('lists and shows a draft, with its posts and digests', async () => {
    const { slug, id, positions } = await composeDraft();
    await done(`editions recheck ${id}`);
    expect(await done(`editions list --newsletter ${slug}`)).toMatch(new RegExp(`^${id} +${slug} +weekly +draft`, 'm'));
    expect(await json<object[]>(`editions list --newsletter ${slug} --state draft`)).toMatchObject([{ id, state: 'draft' }]);
    expect(await done(`editions list --newsletter ${slug} --state done`)).toMatch(/No edition/);
    const shown = await done(`editions show ${id}`);
    for (const position of positions) expect(shown).toMatch(new RegExp(`^ *${position} `, 'm'));
    expect(shown).toMatch(/Alpha of/);
    expect(await json(`editions show ${id}`)).toMatchObject({
      id,
      state: 'draft',
      posts: [{}, {}],
      renditions: [{ language: 'en' }],
      deliveries: { queued: 0 },
    });
  });

  test('edits a draft: words, pin, order, posts left out and taken in again', async () => {
    const { id, positions } = await composeDraft();
    const [alpha, beta] = positions;
    expect(await done(`editions edit ${id} --subject "For {{ newsletter.name }}" --note "A word." --pin ${alpha} --leave ${beta}`)).toMatch(
      /All gates hold\. Subject: For The Letter; 1 recipient/,
    );
    type Shown = {
      subject: string;
      note: string;
      posts: { position: string; isPinnedFirst: boolean; isLeftOut: boolean; rank: number | null }[];
    };
    expect(await json<Shown>(`editions show ${id}`)).toMatchObject({
      subject: 'For {{ newsletter.name }}',
      note: 'A word.',
      posts: [
        { position: alpha, isPinnedFirst: true, isLeftOut: false },
        { position: beta, isPinnedFirst: false, isLeftOut: true },
      ],
    });
    await done(`editions edit ${id} --note= --take ${beta} --unpin ${alpha} --order ${beta},${alpha}`);
    expect(await json<Shown>(`editions show ${id}`)).toMatchObject({
      note: null,
      posts: [
        { rank: 1, isPinnedFirst: false },
        { rank: 0, isLeftOut: false },
      ],
    });
    expect(await run(`editions edit ${id} --subject "{{ broken"`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^Held: It cannot be rendered/),
    });
    expect(await run(`editions edit ${id} --pin 999999`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/no post at position 999999/),
    });
    expect(await run(`editions edit ${id} --pin first`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/an id \(a number\), got "first"/),
    });
    expect(await run(`editions edit ${id} --order ${alpha},${alpha}`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/each position once/),
    });
    expect(await run(`editions edit ${id}`)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/something to change/) });
  });

  test('approves once, then stops and resumes what goes out, and cancels it; the posts come back', async () => {
    const { slug, id } = await composeDraft();
    expect(await run(`editions approve ${id}`)).toMatchObject({
      exitCode: 0,
      stdout: `Approved edition ${id}.\n`,
      stderr: expect.stringMatching(/No worker is running/),
    });
    expect(await run(`editions approve ${id}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Not approved: edition \d+ is approved/),
    });
    expect(await run(`editions skip ${id}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Not possible: edition \d+ is approved/),
    });
    expect(await run(`editions edit ${id} --note Late`)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/no draft any more/) });
    expect(await done(`editions pause ${id} --reason "wait for the board"`)).toMatch(/Paused/);
    expect(await json(`editions show ${id}`)).toMatchObject({ state: 'paused', reason: 'wait for the board' });
    expect(await done(`editions show ${id}`)).toContain(`"gazette editions resume ${id}" goes on with it`);
    const freezes = async () => rowsOf(`select count(*) from pgboss.job where name = 'freeze' and data ->> 'editionId' = '${id}'`);
    await room.database.query(`delete from pgboss.job where name = 'freeze'`);
    expect(await done(`editions resume ${id}`)).toMatch(/Resumed/);
    // At once, not with the next minute.
    expect(await freezes()).toEqual([{ count: '1' }]);
    expect(await done(`editions cancel ${id} --reason "wrong date"`)).toMatch(/Cancelled/);
    expect(await run(`editions resume ${id}`)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/is cancelled/) });
    expect(await json(`send --newsletter ${slug} --dry-run`)).toMatchObject({
      outcome: 'dry_run',
      recipients: 1,
      posts: [expect.any(String), expect.any(String)],
    });
  });

  test('knows only editions that exist', async () => {
    for (const verb of ['show', 'approve', 'skip', 'recheck', 'cancel', 'edit --note x']) {
      const [name, ...options] = verb.split(' ');
      expect(await run(`editions ${name} 999999 ${options.join(' ')}`)).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringMatching(/^gazette editions [a-z]+: [^\n]*\n$/),
      });
    }
    expect(await run('editions show twelve')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/an id \(a number\), got "twelve"/),
    });
    expect(await run('editions list --state lost')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--state draft, held, .*got "lost"/),
    });
    expect(await run('editions list --limit 0')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--limit of 1 or more, got 0/),
    });
  });
});

describe('gazette preview', () => {
  test('writes the digest of each group as html and text and says how large it is and for how many', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org', 'ben@example.org']);
    const out = join(temp.folder, 'out');
    const shown = await done(`preview --newsletter ${slug} --out ${out}`);
    expect(shown).toMatch(/FILE +RECIPIENTS +POSTS +SIZE +SUBJECT/);
    expect(shown).toMatch(/2 recipients, 1 digest/);
    expect(await readFile(join(out, `${slug}-1.html`), 'utf8')).toContain(`Alpha of ${slug}`);
    const text = await readFile(join(out, `${slug}-1.txt`), 'utf8');
    expect(text).toContain(`Alpha of ${slug}`);
    expect(text).not.toMatch(/[\uFDD0\uFDD1]/);
    expect(await json(`preview --newsletter ${slug} --out ${out} --for ann@example.org`)).toMatchObject({
      recipients: 1,
      waiting: 0,
      digests: [{ recipientCount: 1, postCount: 1, failedGates: [] }],
    });
    expect(await editionsOf(slug)).toEqual([]);
    expect(await run(`preview --newsletter ${slug} --for nobody@example.org`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/found none with this address/),
    });
    expect(await run(`preview --newsletter ${slug} --at someday`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--at as a date/),
    });
    expect(await json(`preview --newsletter ${slug} --at 2020-01-01 --out ${out}`)).toMatchObject({ recipients: 0 });
    expect(await run(`preview --newsletter ${slug} --at 2026`)).toMatchObject({ exitCode: 2 });
    expect(await run(`preview --newsletter ${slug} --out /dev/null/x`)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--out as a folder that can be written/),
    });
    expect(await run('preview --edition x')).toMatchObject({ exitCode: 2 });
  });

  test('for a reader who is to get nothing shows no digest of others', async () => {
    const slug = await publish(['Alpha'], ['ann@example.org']);
    await addSubscriber(people, { newsletter: slug, address: 'late@example.org', confirmed: { source: 'test' } });
    await room.database.query(
      `update subscription_cursor c set cursor = (select last_position from release_counter)
       from subscription s join subscriber p on p.id = s.subscriber_id where s.id = c.subscription_id and p.address = 'late@example.org'`,
    );
    const out = join(temp.folder, 'late');
    expect(await done(`preview --newsletter ${slug} --out ${out} --for late@example.org`)).toMatch(/^Nothing is due for late@example\.org/);
    expect(await json(`preview --newsletter ${slug} --out ${out} --for late@example.org`)).toMatchObject({ recipients: 0, digests: [] });
  });

  test('of a stored draft is the draft as it was edited', async () => {
    const { id } = await composeDraft();
    await done(`editions edit ${id} --subject "As edited"`);
    expect(await json(`preview --edition ${id} --out ${join(temp.folder, 'draft')}`)).toMatchObject({
      recipients: 1,
      digests: [{ subject: 'As edited', postCount: 2 }],
    });
  });
});

describe('gazette test-send', () => {
  test('mails the digest to one address, marked as a test', async () => {
    const { id } = await composeDraft();
    expect(await done(`test-send me@example.net --edition ${id}`, sendsMail())).toBe('Sent.\n');
    const message = smtp.accepted().at(-1)!;
    expect(message.envelope.to).toEqual(['me@example.net']);
    expect(headerOf(message.raw, 'subject')).toMatch(/test/i);
  });

  test('ends with 1 when nothing is due, or the server refuses', async () => {
    const empty = await publish([], ['ann@example.org']);
    expect(await run(`test-send me@example.net --newsletter ${empty}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Nothing is due/),
    });
    const { id } = await composeDraft();
    smtp.rescript({ onRcpt: () => '550 5.1.1 No such person' });
    expect(await run(`test-send me@example.net --edition ${id}`, sendsMail())).toMatchObject({ exitCode: 1 });
    smtp.rescript({ onRcpt: () => '451 4.7.1 Later' });
    expect(await run(`test-send me@example.net --edition ${id}`, sendsMail())).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/retried later/),
    });
    smtp.rescript({ onRcpt: () => undefined });
    expect(await run(`test-send me --edition ${id}`, sendsMail())).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/address/) });
  });
});

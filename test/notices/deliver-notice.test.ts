import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '../../src/kernel/log.ts';
import type { Job } from '../../src/kernel/job.ts';
import { takeBlock } from '../../src/ledger/accounts/take-block.ts';
import type { SendingRates } from '../../src/mail/sending-limits.ts';
import { mailerSet } from '../../src/mail/mailers.ts';
import { parseNoticeBounceAddress } from '../../src/mail/message-id.ts';
import type { Mailer } from '../../src/mail/message.ts';
import { createSmtpMailer } from '../../src/mail/smtp/smtp-mailer.ts';
import { updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { deliverNotice } from '../../src/notices/deliver-notice.ts';
import {
  bringForwardNotices,
  cancelNotices,
  claimNotice,
  eraseNotices,
  listDueNotices,
  recordNotice,
} from '../../src/notices/notice-store.ts';
import type { NewNotice } from '../../src/notices/notice.ts';
import { queueNotice } from '../../src/notices/queue-notice.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testSetup } from '../support/frozen-edition.ts';
import { headerOf, startScriptedSmtp, type ScriptedSmtp } from '../support/smtp-server.ts';

let db: TestDatabase;
let smtp: ScriptedSmtp;
let outbox: ScriptedSmtp;
let news: ScriptedSmtp;
const jobs: Job[] = [];
const enqueue = async (_tx: unknown, job: Job) => void jobs.push(job);

beforeAll(async () => {
  [db, smtp, outbox, news] = await Promise.all([createTestDatabase(), startScriptedSmtp(), startScriptedSmtp(), startScriptedSmtp()]);
});
afterAll(async () => {
  await Promise.all([smtp.close(), outbox.close(), news.close()]);
  await db.drop();
});
beforeEach(async () => {
  await db.database.query(`delete from account_outage`);
  smtp.rescript({ onMail: () => {}, onRcpt: () => {}, onData: () => {} });
  jobs.length = 0;
});

const letter: NewNotice = {
  kind: 'staff',
  outlet: 'smtp',
  from: { name: 'The Example Trust', address: 'news@example.org' },
  to: { name: 'Ann', address: 'ann@example.net' },
  subject: 'A question',
  html: '<p>Yes?</p>',
  text: 'Yes?',
};

async function withPorts<T>(work: (ports: Parameters<typeof deliverNotice>[0]) => Promise<T>, claimMs?: number): Promise<T> {
  const mailerOf = ({ url }: ScriptedSmtp): Mailer => createSmtpMailer(url, { log: silentLog });
  const mailers = mailerSet({ default: mailerOf(smtp), news: mailerOf(news) }, mailerOf(outbox));
  try {
    return await work({ database: db.database, mailers, setup: testSetup, log: silentLog, ...(claimMs === undefined ? {} : { claimMs }) });
  } finally {
    await Promise.all(mailers.all.map((mailer) => mailer.close()));
  }
}

const queue = (notice: Partial<NewNotice> = {}) => db.database.transaction((tx) => queueNotice(tx, enqueue, { ...letter, ...notice }));
const deliver = (id: string) => withPorts((ports) => deliverNotice(ports, id));
const makeDue = (id: string) => db.database.query(`update notice set next_attempt_at = now() where id = $1`, [id]);

async function stateOf(id: string): Promise<Record<string, unknown>> {
  const { rows } = await db.database.query(
    `select state, attempts, reply, message_id as "messageId", round(extract(epoch from next_attempt_at - now()))::int as "waitSeconds",
       ended_at is not null as "hasEnded", html <> '' or plain <> '' as "hasText"
     from notice where id = $1`,
    [id],
  );
  return rows[0]!;
}

/** A subscription in this state, of a person of its own. */
async function makeSubscription(
  state: 'pending' | 'active' | 'left',
  key = `key-${Math.random()}`,
): Promise<{ id: string; subscriberId: string; key: string }> {
  const { rows } = await db.database.query<{ id: string; subscriberId: string }>(
    `with n as (insert into newsletter (slug, name, sender_name, sender_address, postal_address) values ('n' || substr(md5(random()::text), 1, 12), 'N', 'S', 's@example.org', 'P') returning id),
       c as (insert into schedule (newsletter_id, name, cron, time_zone) select id, 'weekly', '0 8 * * 5', 'UTC' from n returning id, newsletter_id),
       p as (insert into subscriber (address, address_key) values ($1 || '@example.net', $1) returning id)
     insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language) select p.id, c.newsletter_id, c.id, $2, 'en' from c, p
     returning id, subscriber_id as "subscriberId"`,
    [key, state],
  );
  return { ...rows[0]!, key };
}

describe('A queued notice', () => {
  test('is a row and a job in the same transaction', async () => {
    const id = await queue();
    expect(jobs).toEqual([{ name: 'notice', noticeId: id }]);
    expect(await listDueNotices(db.database, 100)).toContain(id);
  });

  test('with a dedupe key is made once', async () => {
    const first = await queue({ dedupeKey: 'edition:7' });
    expect(await queue({ dedupeKey: 'edition:7' })).toBe(first);
    expect(jobs).toHaveLength(1);
  });

  test('goes out once, with its Message-ID, its day and both parts', async () => {
    const id = await queue();
    expect(await deliver(id)).toBe('sent');
    expect(await deliver(id)).toBe('not_due');
    const { messageId } = await stateOf(id);
    const [message, ...others] = smtp.accepted().filter((each) => each.messageId === messageId);
    expect(others).toEqual([]);
    expect(message!.envelope).toEqual({ from: 'news@example.org', to: ['ann@example.net'] });
    expect(headerOf(message!.raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(message!.raw.toString()).toContain('text/html');
    // Of what was sent the text is not kept.
    expect(await stateOf(id)).toMatchObject({ state: 'sent', attempts: 1, hasEnded: true, hasText: false });
  });

  test('has an envelope sender of its own where there is a domain for bounces', async () => {
    const id = await queue();
    const setup = { ...testSetup, bounceDomain: 'bounce.example.org' };
    expect(await withPorts((ports) => deliverNotice({ ...ports, setup }, id))).toBe('sent');
    const { envelope, raw } = smtp.accepted().at(-1)!;
    expect(parseNoticeBounceAddress(envelope.from, [testSetup.messageIdSecret])).toBe(id);
    expect(headerOf(raw, 'From')).toContain('news@example.org');
  });

  test('of the outbox goes there and nowhere else', async () => {
    const before = smtp.received.length;
    expect(await deliver(await queue({ outlet: 'outbox', kind: 'test' }))).toBe('sent');
    expect(outbox.accepted()).toHaveLength(1);
    expect(smtp.received).toHaveLength(before);
  });
});

describe('A welcome that carries a digest', () => {
  test('is mail of its list, which one click leaves, by a link that is good at the time of sending', async () => {
    const { id: subscriptionId } = await makeSubscription('active');
    const { rows } = await db.database.query<{ id: string; slug: string }>(
      `select n.id, n.slug from newsletter n join subscription s on s.newsletter_id = n.id where s.id = $1`,
      [subscriptionId],
    );
    const { id: newsletterId, slug } = rows[0]!;
    const id = await queue({ kind: 'welcome', newsletterId, subscriptionId, isListMessage: true });
    await db.database.query(`update subscription set token_version = token_version + 6 where id = $1`, [subscriptionId]);
    expect(await deliver(id)).toBe('sent');
    const header = (name: string) => headerOf(smtp.accepted().at(-1)!.raw, name);
    expect(header('List-Unsubscribe')).toMatch(new RegExp(`^<https://letters\\.example/unsubscribe/${subscriptionId}-7>$`));
    expect(header('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    expect(header('List-Id')).toBe(`"N" <${slug}.example.org>`);
    expect(header('List-Archive')).toBe(`<https://letters.example/archive/${slug}>`);
    expect(header('List-Owner')).toBe('<mailto:s@example.org>');
    expect(header('Feedback-ID')).toBe(`welcome:${slug}:welcome:gazette`);
    expect(header('Precedence')).toBe('bulk');
    expect(header('Auto-Submitted')).toBeUndefined();
  });

  test('that was queued before there was such a thing goes as a notice', async () => {
    const { id: subscriptionId } = await makeSubscription('active');
    expect(await deliver(await queue({ kind: 'welcome', subscriptionId }))).toBe('sent');
    const { raw } = smtp.accepted().at(-1)!;
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(headerOf(raw, 'List-Unsubscribe')).toBeUndefined();
  });
});

describe('The account of a notice', () => {
  const newsletterWith = async (account: string | null): Promise<string> => {
    const { rows } = await db.database.query<{ id: string }>(
      `insert into newsletter (slug, name, sender_name, sender_address, postal_address, account)
       values ('n' || substr(md5(random()::text), 1, 12), 'N', 'S', 'news@example.org', 'P', $1) returning id`,
      [account],
    );
    return rows[0]!.id;
  };
  const [viaDefault, viaNews] = [() => smtp.accepted().length, () => news.accepted().length];

  test('is that of its newsletter: a server takes a sender only from who may use it', async () => {
    const before = [viaDefault(), viaNews()] as const;
    const id = await queue({ kind: 'confirmation', newsletterId: await newsletterWith('news') });
    expect(await withPorts((ports) => deliverNotice({ ...ports, noticeAccount: 'default' }, id))).toBe('sent');
    expect([viaDefault(), viaNews()]).toEqual([before[0], before[1] + 1]);
  });

  test('is the one that is set for notices where the newsletter chose none or there is none, else the default one', async () => {
    const before = [viaDefault(), viaNews()] as const;
    for (const newsletterId of [await newsletterWith(null), undefined]) {
      const id = await queue(newsletterId === undefined ? {} : { newsletterId });
      expect(await withPorts((ports) => deliverNotice({ ...ports, noticeAccount: 'news' }, id))).toBe('sent');
    }
    expect(await deliver(await queue())).toBe('sent');
    expect([viaDefault(), viaNews()]).toEqual([before[0] + 1, before[1] + 2]);
  });

  test('that is not configured lets it wait, uncharged, and it goes through no other', async () => {
    const before = [viaDefault(), viaNews()];
    const newsletterId = await newsletterWith('gone');
    const id = await queue({ newsletterId });
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 0, reply: 'The account "gone" is not configured' });
    expect([viaDefault(), viaNews()]).toEqual(before);
    await db.database.query(`update newsletter set account = 'news' where id = $1`, [newsletterId]);
    await makeDue(id);
    expect(await deliver(id)).toBe('sent');
  });
});

describe('A notice through an account with limits', () => {
  const limited = async (rates: SendingRates, id: string) => {
    const mailer = createSmtpMailer(smtp.url, { rates, log: silentLog });
    try {
      return await deliverNotice({ database: db.database, mailers: mailerSet({}, mailer), setup: testSetup, log: silentLog }, id);
    } finally {
      await mailer.close();
    }
  };
  const accountOf = async () => createSmtpMailer(smtp.url, { log: silentLog }).account;

  test('takes the next place, before what editions would take, and of a day what is kept for notices', async () => {
    const account = await accountOf();
    expect((await takeBlock(db.database, account, { perDay: 20 }, { mostCount: 100 })).count).toBe(19);
    expect(await limited({ perDay: 20 }, await queue())).toBe('sent');
    const late = await queue();
    expect(await limited({ perDay: 20 }, late)).toBe('retried_later');
    expect(await stateOf(late)).toMatchObject({
      state: 'queued',
      attempts: 0,
      reply: 'The account was given all that it takes for now',
      waitSeconds: 60,
    });
    await db.database.query(`delete from account_rate`);
    await makeDue(late);
    expect(await limited({ perDay: 20 }, late)).toBe('sent');
    await db.database.query(`delete from account_rate`);
  });
});

describe('A notice whose account is refused', () => {
  test('is charged no attempt, waits as long as the account stands still, and goes when it goes on', async () => {
    smtp.rescript({ onMail: () => '550 5.1.0 Sender rejected' });
    const [id, other] = [await queue(), await queue()];
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 0, reply: '550 5.1.0 Sender rejected' });
    const asked = smtp.refused.length;
    // What stands still is not asked again for the next one.
    expect(await deliver(other)).toBe('retried_later');
    expect(await stateOf(other)).toMatchObject({ state: 'queued', attempts: 0, reply: '550 5.1.0 Sender rejected' });
    expect(smtp.refused).toHaveLength(asked);
    smtp.rescript({ onMail: () => {} });
    await db.database.query(`update account_outage set next_try_at = now()`);
    for (const each of [id, other]) {
      await makeDue(each);
      expect(await deliver(each)).toBe('sent');
      expect(await stateOf(each)).toMatchObject({ state: 'sent', attempts: 1 });
    }
    expect((await db.database.query(`select from account_outage where ended_at is null`)).rowCount).toBe(0);
  });

  test('lets it stand still until a server has answered: a connection that is lost proves nothing', async () => {
    smtp.rescript({ onMail: () => '550 5.1.0 Sender rejected' });
    await deliver(await queue());
    await db.database.query(`update account_outage set next_try_at = now()`);
    smtp.rescript({ onMail: () => {}, onData: () => 'cut' });
    await deliver(await queue());
    expect((await db.database.query(`select from account_outage where ended_at is null`)).rowCount).toBe(1);
    smtp.rescript({ onData: () => {} });
    expect(await deliver(await queue())).toBe('sent');
    expect((await db.database.query(`select from account_outage where ended_at is null`)).rowCount).toBe(0);
  });

  test('is due at once when the account goes on, and no other that waits for longer', async () => {
    smtp.rescript({ onMail: () => '550 5.1.0 Sender rejected' });
    const [id, later] = [await queue(), await queue()];
    await deliver(id);
    await db.database.query(`update notice set next_attempt_at = now() + interval '5 minutes' where id = $1`, [later]);
    const due = async () => (await listDueNotices(db.database, 1_000)).filter((each) => each === id || each === later);
    expect(await due()).toEqual([]);
    await bringForwardNotices(db.database);
    expect(await due()).toEqual([id]);
  });

  test('leaves notices of other senders alone', async () => {
    smtp.rescript({ onMail: (address) => (address === 'news@example.org' ? '550 5.1.0 Sender rejected' : undefined) });
    expect(await deliver(await queue())).toBe('retried_later');
    expect(await deliver(await queue({ from: { address: 'other@example.org' } }))).toBe('sent');
  });

  test('is not given up for it, however long that lasts', async () => {
    smtp.rescript({ onMail: () => '550 5.1.0 Sender rejected' });
    const id = await queue();
    await db.database.query(`update notice set created_at = now() - interval '10 days' where id = $1`, [id]);
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 0 });
  });
});

describe('A notice that does not get through', () => {
  test('is tried again after a growing gap under the same Message-ID', async () => {
    smtp.rescript({ onRcpt: () => '451 4.3.0 Try again' });
    const id = await queue();
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 1, waitSeconds: 60, reply: '451 4.3.0 Try again' });
    expect(await deliver(id)).toBe('not_due');
    await makeDue(id);
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ attempts: 2, waitSeconds: 300 });
    smtp.rescript({ onRcpt: () => {} });
    await makeDue(id);
    expect(await deliver(id)).toBe('sent');
  });

  test('is repeated under the same Message-ID when the connection was lost after the data', async () => {
    smtp.rescript({ onData: () => 'cut' });
    const id = await queue();
    expect(await deliver(id)).toBe('retried_later');
    smtp.rescript({ onData: () => {} });
    await makeDue(id);
    expect(await deliver(id)).toBe('sent');
    const { messageId } = await stateOf(id);
    expect(smtp.received.filter((message) => message.messageId === messageId)).toHaveLength(2);
  });

  test('ends when it is refused for good', async () => {
    smtp.rescript({ onRcpt: () => '550 5.1.1 No such user' });
    const id = await queue();
    expect(await deliver(id)).toBe('failed');
    expect(await stateOf(id)).toMatchObject({ state: 'failed', hasEnded: true });
  });

  test('ends after three days', async () => {
    smtp.rescript({ onRcpt: () => '451 4.3.0 Try again' });
    const id = await queue();
    await db.database.query(`update notice set created_at = now() - interval '73 hours' where id = $1`, [id]);
    expect(await deliver(id)).toBe('failed');
  });
});

describe('A notice whose reader’s server names our quota', () => {
  const outages = async () =>
    (
      await db.database.query<{ trouble: string; isOpen: boolean; seconds: number }>(
        `select trouble, ended_at is null as "isOpen", round(extract(epoch from next_try_at - began_at))::int as seconds from account_outage order by id`,
      )
    ).rows;
  const passTime = async (by: string) => db.database.query(`update account_outage set next_try_at = next_try_at - $1::interval`, [by]);

  test('lets the account stand still for ten minutes and not for a day, and others go before it', async () => {
    smtp.rescript({ onRcpt: (to) => (to === 'poison@poison.example' ? '550 5.4.5 Daily user sending limit exceeded' : undefined) });
    const id = await queue({ to: { address: 'poison@poison.example' } });
    expect(await deliver(id)).toBe('retried_later');
    expect(await outages()).toEqual([{ trouble: 'quota', isOpen: true, seconds: 600 }]);
    await passTime('10 minutes');
    await makeDue(id);
    const askedCount = smtp.refused.length;
    expect([await deliver(id), smtp.refused.length]).toEqual(['retried_later', askedCount]);
    expect(await stateOf(id)).toMatchObject({ attempts: 0, waitSeconds: 60 });
    expect(await deliver(await queue())).toBe('sent');
    expect(await outages()).toMatchObject([{ isOpen: false }]);
  });

  test('holds up no other meanwhile, and is its own as soon as one went', async () => {
    smtp.rescript({ onRcpt: (to) => (to === 'poison@poison.example' ? '550 5.4.5 Daily user sending limit exceeded' : undefined) });
    const id = await queue({ to: { address: 'poison@poison.example' } });
    expect(await deliver(id)).toBe('retried_later');
    await makeDue(id);
    const askedCount = smtp.refused.length;
    expect([await deliver(id), smtp.refused.length]).toEqual(['retried_later', askedCount]);
    expect(await deliver(await queue())).toBe('sent');
    await makeDue(id);
    await deliver(id);
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 1 });
  });

  test('is believed when one to another domain is told so, and holds up all until the next day', async () => {
    smtp.rescript({ onRcpt: () => '550 5.4.5 Daily user sending limit exceeded' });
    const to = (address: string) => ({ to: { address } });
    await deliver(await queue(to('one@corp.example')));
    // One at the same domain waits with it.
    const waiting = smtp.refused.length;
    expect([await deliver(await queue(to('two@CORP.example'))), smtp.refused.length]).toEqual(['retried_later', waiting]);
    expect(await deliver(await queue(to('one@other.example')))).toBe('retried_later');
    const { rows } = await db.database.query(
      `select only_at as "onlyAt", next_try_at = (date_trunc('day', began_at at time zone 'UTC') + interval '1 day') at time zone 'UTC' as "isNextDay"
       from account_outage where ended_at is null`,
    );
    expect(rows).toEqual([{ onlyAt: null, isNextDay: true }]);
    const askedCount = smtp.refused.length;
    expect([await deliver(await queue()), smtp.refused.length]).toEqual(['retried_later', askedCount]);
  });

  test('is its own, and charged, where the account went on for others since', async () => {
    smtp.rescript({ onRcpt: (to) => (to === 'poison@poison.example' ? '550 5.4.5 Daily user sending limit exceeded' : undefined) });
    const id = await queue({ to: { address: 'poison@poison.example' } });
    await deliver(id);
    await passTime('10 minutes');
    expect(await deliver(await queue())).toBe('sent');
    await makeDue(id);
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 1 });
    expect(await outages()).toMatchObject([{ isOpen: false }]);
  });

  test('is not its own while the account stands still for what others were told as well', async () => {
    smtp.rescript({ onRcpt: (to) => (to === 'poison@poison.example' ? '550 5.4.5 Daily user sending limit exceeded' : undefined) });
    const id = await queue({ to: { address: 'poison@poison.example' } });
    await deliver(id);
    expect(await deliver(await queue())).toBe('sent');
    await db.database.query(
      `insert into account_outage (account, trouble, reply, began_at, next_try_at)
       select account, 'quota', 'of others', now() - interval '1 hour', now() - interval '10 minutes' from account_outage`,
    );
    await makeDue(id);
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect(await outages()).toMatchObject([{ isOpen: false }, { trouble: 'quota', isOpen: true }]);
  });

  test('is not its own where only something else of the account went on', async () => {
    smtp.rescript({ onRcpt: () => '550 5.7.60 Client does not have permissions to send as this sender' });
    const id = await queue();
    await deliver(id);
    await db.database.query(
      `insert into account_outage (account, trouble, reply, next_try_at, ended_at) select account, 'rate', '', now(), now() from account_outage`,
    );
    await passTime('13 minutes');
    await makeDue(id);
    expect(await deliver(id)).toBe('retried_later');
    expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect(await outages()).toMatchObject([{ trouble: 'sender', isOpen: true }, { trouble: 'rate' }]);
  });

  test('tries again itself where nobody else did for some minutes', async () => {
    smtp.rescript({ onRcpt: () => '550 5.4.5 Daily user sending limit exceeded' });
    const id = await queue();
    await deliver(id);
    await passTime('13 minutes');
    await makeDue(id);
    smtp.rescript({ onRcpt: () => {} });
    expect(await deliver(id)).toBe('sent');
    expect(await outages()).toMatchObject([{ isOpen: false }]);
  });
});

test('A notice goes from the address that its newsletter has now: the one before may have been refused', async () => {
  smtp.rescript({ onMail: (address) => (address === 'news@example.org' ? '550 5.7.60 Not your address' : undefined) });
  const { id: subscriptionId } = await makeSubscription('pending');
  const { rows } = await db.database.query<{ id: string }>(`select newsletter_id as id from subscription where id = $1`, [subscriptionId]);
  const { id: newsletterId } = rows[0]!;
  await db.database.query(`update newsletter set sender_address = 'news@example.org' where id = $1`, [newsletterId]);
  const id = await queue({ kind: 'confirmation', subscriptionId, newsletterId });
  expect(await deliver(id)).toBe('retried_later');
  await db.database.query(`update newsletter set sender_address = 'other@example.org' where id = $1`, [newsletterId]);
  await makeDue(id);
  expect(await deliver(id)).toBe('sent');
  const { messageId } = await stateOf(id);
  const [message] = smtp.accepted().filter((each) => each.messageId === messageId);
  expect(message!.envelope.from).toBe('other@example.org');
  expect(headerOf(message!.raw, 'From')).toContain('other@example.org');
});

test('The time for which an account stood still is no age of a notice', async () => {
  const id = await queue();
  await db.database.query(`update notice set created_at = now() - interval '100 hours' where id = $1`, [id]);
  await db.database.query(
    `insert into account_outage (account, trouble, reply, began_at, next_try_at, ended_at)
     values ('relay:587', 'login', '', now() - interval '99 hours', now(), now() - interval '1 minute')`,
  );
  smtp.rescript({ onRcpt: () => '451 4.7.1 Greylisted' });
  expect(await deliver(id)).toBe('retried_later');
  expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 1 });
});

test('The time for which its sender was refused is no age of a notice either once staff have changed that sender', async () => {
  const { id: subscriptionId } = await makeSubscription('pending');
  const { rows } = await db.database.query<{ slug: string; newsletterId: string }>(
    `select n.slug, n.id as "newsletterId" from newsletter n join subscription s on s.newsletter_id = n.id where s.id = $1`,
    [subscriptionId],
  );
  const { slug, newsletterId } = rows[0]!;
  await updateNewsletter(db.database, slug, { senderAddress: 'refused@example.org' });
  const id = await queue({ kind: 'confirmation', subscriptionId, newsletterId });
  const other = await queue({ kind: 'confirmation', from: { address: 'refused@example.org' } });
  await db.database.query(`update notice set created_at = now() - interval '73 hours' where id in ($1, $2)`, [id, other]);
  await db.database.query(
    `insert into account_outage (account, sender, trouble, reply, began_at, next_try_at, ended_at)
     values ('relay:587', 'refused@example.org', 'sender', '', now() - interval '72 hours', now(), now() - interval '1 minute')`,
  );
  await updateNewsletter(db.database, slug, { senderAddress: 'other@example.org' });
  smtp.rescript({ onRcpt: () => '451 4.7.1 Greylisted' });
  expect(await deliver(id)).toBe('retried_later');
  expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 1 });
  // Without a newsletter the sender is the notice's own.
  expect(await deliver(other)).toBe('retried_later');
});

describe('A notice whose server says that nobody is there', () => {
  const suppressionOf = async (key: string) =>
    (
      await db.database.query(
        `select reason, source, at > now() - interval '1 hour' as "isNew", confirmation_notice_id as "noticeId" from suppression where address_key = $1`,
        [key],
      )
    ).rows;

  test('suppresses the address, and says it to nobody twice', async () => {
    smtp.rescript({ onRcpt: () => '550 5.1.1 No such user' });
    const { id: subscriptionId, key } = await makeSubscription('pending');
    const id = await queue({ kind: 'confirmation', subscriptionId, to: { address: `${key}@example.net` } });
    expect(await deliver(id)).toBe('failed');
    expect(await suppressionOf(key)).toEqual([{ reason: 'bounced', source: 'smtp', isNew: true, noticeId: null }]);
    expect(await deliver(await queue({ kind: 'confirmation', subscriptionId, to: { address: `${key}@example.net` } }))).toBe('cancelled');
  });

  test('as the one confirmation after a bounce leaves the suppression standing, from this day on', async () => {
    smtp.rescript({ onRcpt: () => '550 5.1.1 No such user' });
    const { id: subscriptionId, key } = await makeSubscription('pending');
    const id = await queue({ kind: 'confirmation', subscriptionId, to: { address: `${key}@example.net` } });
    await db.database.query(
      `insert into suppression (address_key, reason, source, at, confirmation_notice_id, confirmation_at)
       values ($1, 'bounced', 'test', now() - interval '40 days', $2, now())`,
      [key, id],
    );
    expect(await deliver(id)).toBe('failed');
    expect(await suppressionOf(key)).toEqual([{ reason: 'bounced', source: 'smtp', isNew: true, noticeId: null }]);
  });

  test('suppresses nobody where something else than the address was refused, or a member of staff was mailed', async () => {
    const { id: subscriptionId, key } = await makeSubscription('pending');
    smtp.rescript({ onRcpt: () => '550 5.7.1 Not from you' });
    expect(await deliver(await queue({ kind: 'confirmation', subscriptionId }))).toBe('failed');
    expect(await suppressionOf(key)).toEqual([]);
    smtp.rescript({ onRcpt: () => '550 5.1.1 No such user' });
    const before = await db.database.query(`select count(*) from suppression`);
    expect(await deliver(await queue())).toBe('failed');
    expect((await db.database.query(`select count(*) from suppression`)).rows).toEqual(before.rows);
  });
});

describe('What a dead process had claimed', () => {
  test('is nobody else’s while the claim lasts, and sent again when it ran out', async () => {
    const id = await queue();
    expect(await claimNotice(db.database, id, 60_000)).toMatchObject({ id, attempt: 1 });
    expect(await deliver(id)).toBe('not_due');
    expect(await listDueNotices(db.database, 100)).not.toContain(id);
    await db.database.query(`update notice set worker_until = now() - interval '1 second' where id = $1`, [id]);
    expect(await listDueNotices(db.database, 100)).toContain(id);
    expect(await deliver(id)).toBe('sent');
  });

  test('cannot be recorded by it any more once another took over', async () => {
    const id = await queue();
    const late = await claimNotice(db.database, id, 1);
    await db.database.query(`update notice set worker_until = now() - interval '1 second' where id = $1`, [id]);
    expect(await deliver(id)).toBe('sent');
    expect(await recordNotice(db.database, late as { id: string; attempt: number }, { state: 'failed', reply: 'late' })).toBe(false);
    expect(await stateOf(id)).toMatchObject({ state: 'sent' });
  });

  test('cannot be recorded by it while another is sending it', async () => {
    const id = await queue();
    const late = (await claimNotice(db.database, id, 1)) as { id: string; attempt: number };
    await db.database.query(`update notice set worker_until = now() - interval '1 second' where id = $1`, [id]);
    expect(await claimNotice(db.database, id, 60_000)).toMatchObject({ attempt: 2 });
    expect(await recordNotice(db.database, late, { state: 'failed', reply: 'late' })).toBe(false);
    expect(await stateOf(id)).toMatchObject({ state: 'sending', attempts: 2 });
  });

  test('is sent by one of many that find it at once', async () => {
    const id = await queue();
    const results = await withPorts((ports) => Promise.all(Array.from({ length: 8 }, () => deliverNotice(ports, id))));
    expect(results.filter((result) => result === 'sent')).toHaveLength(1);
    expect(results.filter((result) => result === 'not_due')).toHaveLength(7);
  });
});

test('What a slow server has not answered is nobody else’s, however long it takes', async () => {
  const id = await queue();
  smtp.rescript({
    onData: async () => {
      await delay(1_500);
      return undefined;
    },
  });
  const before = smtp.accepted().length;
  await withPorts(async (ports) => {
    const sending = deliverNotice(ports, id);
    await delay(1_000);
    expect(await listDueNotices(db.database, 100)).not.toContain(id);
    expect(await deliverNotice(ports, id)).toBe('not_due');
    expect(await sending).toBe('sent');
  }, 600);
  expect(smtp.accepted()).toHaveLength(before + 1);
});

describe('A notice is not sent', () => {
  test('to a suppressed address', async () => {
    const { id: subscriptionId, key } = await makeSubscription('pending');
    const id = await queue({ kind: 'confirmation', subscriptionId });
    await db.database.query(`insert into suppression (address_key, reason, source) values ($1, 'staff', 'test')`, [key]);
    expect(await deliver(id)).toBe('cancelled');
    expect(await stateOf(id)).toMatchObject({ state: 'cancelled', attempts: 0, reply: 'suppressed' });
  });

  test('to a suppressed address, but the one confirmation that its suppression names, more than 30 days after the bounce', async () => {
    const suppressed = async (reason: string, days: number, kind: NewNotice['kind'] = 'confirmation', named = 'this'): Promise<string> => {
      const { id: subscriptionId, key } = await makeSubscription('active');
      const [other, id] = [await queue({ kind, subscriptionId }), await queue({ kind, subscriptionId })];
      await db.database.query(
        `insert into suppression (address_key, reason, source, at, confirmation_notice_id, confirmation_at)
         values ($1, $2, 'test', now() - make_interval(days => $3), $4, case when $4::bigint is not null then now() end)`,
        [key, reason, days, reason === 'bounced' && named === 'this' ? id : named === 'other' ? other : null],
      );
      return deliver(id);
    };
    expect(await suppressed('bounced', 31)).toBe('sent');
    expect(await suppressed('bounced', 29)).toBe('cancelled');
    expect(await suppressed('bounced', 31, 'welcome')).toBe('cancelled');
    expect(await suppressed('bounced', 31, 'confirmation', 'other')).toBe('cancelled');
    expect(await suppressed('bounced', 31, 'confirmation', 'none')).toBe('cancelled');
    for (const reason of ['complained', 'staff', 'unreachable']) expect(await suppressed(reason, 400)).toBe('cancelled');
  });

  test('as a confirmation to somebody who confirmed meanwhile, nor as a welcome to somebody who left', async () => {
    const active = await makeSubscription('active');
    const left = await makeSubscription('left');
    expect(await deliver(await queue({ kind: 'confirmation', subscriptionId: active.id }))).toBe('cancelled');
    expect(await deliver(await queue({ kind: 'welcome', subscriptionId: left.id }))).toBe('cancelled');
  });

  test('to somebody who left while it waited', async () => {
    const { id: subscriptionId } = await makeSubscription('pending');
    const id = await queue({ kind: 'confirmation', subscriptionId });
    await db.database.transaction((tx) => cancelNotices(tx, subscriptionId));
    expect(await deliver(id)).toBe('not_due');
    expect(await stateOf(id)).toMatchObject({ state: 'cancelled' });
  });

  test('again to somebody who left, or was erased, while it was on its way; whether it arrived is written down all the same', async () => {
    for (const reply of ['451 4.7.1 Greylisted', '250 2.0.0 Taken'] as const) {
      for (const isErased of [false, true]) {
        const { id: subscriptionId, subscriberId } = await makeSubscription('pending');
        const id = await queue({ kind: 'confirmation', subscriptionId });
        smtp.rescript({
          onData: async () => {
            await db.database.transaction((tx) => (isErased ? eraseNotices(tx, subscriberId) : cancelNotices(tx, subscriptionId)));
            return reply;
          },
        });
        expect(await deliver(id)).toBe(reply.startsWith('2') ? 'sent' : 'not_due');
        await makeDue(id);
        expect(await deliver(id)).toBe('not_due');
        expect(await stateOf(id)).toMatchObject({ state: reply.startsWith('2') ? 'sent' : 'cancelled', attempts: 1, hasEnded: true });
      }
    }
  });

  test('to an erased person, of whom nothing is left in it', async () => {
    const { id: subscriptionId, subscriberId } = await makeSubscription('pending');
    const waiting = await queue({ kind: 'confirmation', subscriptionId });
    const sent = await queue({ kind: 'confirmation', subscriptionId });
    expect(await deliver(sent)).toBe('sent');
    await db.database.transaction((tx) => eraseNotices(tx, subscriberId));
    expect(await deliver(waiting)).toBe('not_due');
    const { rows } = await db.database.query<{ row: string }>(`select notice::text as row from notice where subscription_id = $1`, [
      subscriptionId,
    ]);
    expect(rows.map(({ row }) => row).join()).not.toMatch(/ann|Ann|Yes\?/);
  });
});

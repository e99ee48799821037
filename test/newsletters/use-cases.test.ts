import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConflictError, InvalidInputError, NotFoundError } from '../../src/kernel/errors.ts';
import { addNewsletter, type NewNewsletter } from '../../src/newsletters/add-newsletter.ts';
import { changeNewsletter } from '../../src/newsletters/change-newsletter.ts';
import { addRule, listRules, removeRule } from '../../src/newsletters/rules/change-rules.ts';
import { addSchedule, changeSchedule, removeSchedule } from '../../src/newsletters/change-schedules.ts';
import type { OpenTemplates } from '../../src/newsletters/check-templates.ts';
import { listPublicNewsletters } from '../../src/newsletters/list-newsletters.ts';
import { getPublicSchedule, listPublicSchedules } from '../../src/newsletters/list-schedules.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let copy: TestDatabase;
beforeAll(async () => {
  copy = await createTestDatabase();
});
afterAll(async () => copy.drop());

const now = new Date('2026-03-02T12:00:00Z');

/** Two templates and two languages, and how often they were looked at. */
function templatesFolder(): { readonly open: OpenTemplates; opened: number } {
  const folder = {
    opened: 0,
    open: async () => {
      folder.opened += 1;
      return {
        check: async (name: string) => {
          if (!['digest', 'letter'].includes(name)) throw new InvalidInputError(`Expected one of the templates, got "${name}"`);
        },
        hasLanguage: (tag: string) => ['en', 'es'].includes(tag),
      };
    },
  };
  return folder;
}
const { open } = templatesFolder();

const newSlug = (): string => `n${randomBytes(6).toString('hex')}`;
const typed = (more: Partial<NewNewsletter> = {}): NewNewsletter => ({
  slug: newSlug(),
  name: 'School  Weekly',
  senderAddress: 'letter@example.org',
  postalAddress: '12 Mill Lane',
  ...more,
});
const found = async (): Promise<string> => (await addNewsletter(copy.database, open, typed())).newsletter.slug;
const fridays = { every: 'friday', at: '08:00', timeZone: 'Europe/Madrid' };

describe('a newsletter', () => {
  test('is added with what is known of it and the usual rest, and shown as programs see it', async () => {
    const { newsletter, hasPhrases } = await addNewsletter(copy.database, open, typed({ colour: 'ABC', staffAddress: ' ' }));
    expect(hasPhrases).toBe(true);
    // Keys, and their order, are what programs rely on.
    expect(JSON.stringify(newsletter)).toBe(
      `{"id":"${newsletter.id}","slug":"${newsletter.slug}","name":"School Weekly","senderName":"School Weekly",` +
        '"senderAddress":"letter@example.org","replyTo":null,"postalAddress":"12 Mill Lane","language":"en","colour":"#aabbcc",' +
        '"logoUrl":null,"intro":null,"template":"digest","sections":{},"staffAddress":null,"isSample":false,"privacyUrl":null,"welcome":null,"thanksHosts":[],"account":null,"closedAt":null,"schedules":[]}',
    );
    await addSchedule(copy.database, { newsletter: newsletter.slug, settings: fridays }, now);
    const listed = (await listPublicNewsletters(copy.database)).find(({ slug }) => slug === newsletter.slug);
    expect(listed).toEqual({ ...newsletter, schedules: ['weekly'] });
  });

  test.each([
    [{ slug: 'Not a slug' }, /a short name/],
    [{ name: ' ' }, /Expected a name/],
    [{ senderAddress: 'nobody' }, /address/],
    [{ language: '??' }, /a language tag/],
    [{ template: 'nope' }, /templates, got "nope"/],
  ])('with %j is refused, and nothing is stored', async (wrong, message) => {
    const before = (await listPublicNewsletters(copy.database)).length;
    const adding = addNewsletter(copy.database, open, typed(wrong));
    await expect(adding).rejects.toThrow(InvalidInputError);
    await expect(adding).rejects.toThrow(message);
    expect(await listPublicNewsletters(copy.database)).toHaveLength(before);
  });

  test('has its slug alone', async () => {
    const slug = await found();
    await expect(addNewsletter(copy.database, open, typed({ slug }))).rejects.toThrow(ConflictError);
  });

  test('goes through an account that is configured: another is refused, and the default one is none', async () => {
    const slug = await found();
    const choose = async (account: string) =>
      changeNewsletter(copy.database, open, { newsletter: slug, settings: { account }, accounts: ['default', 'news'] });
    expect((await choose('news')).newsletter.account).toBe('news');
    await expect(choose('mews')).rejects.toThrow('Expected the name of an account (default, news), got "mews"; did you mean "news"?');
    expect((await choose('default')).newsletter.account).toBeNull();
    await choose('news');
    expect((await choose('')).newsletter.account).toBeNull();
    await expect(addNewsletter(copy.database, open, typed({ account: 'news' }), ['default'])).rejects.toThrow(InvalidInputError);
  });

  test('is changed in what is given; a language without phrases is said, templates are looked at only where one is named', async () => {
    const slug = await found();
    const templates = templatesFolder();
    const change = (settings: Parameters<typeof changeNewsletter>[2]['settings']) =>
      changeNewsletter(copy.database, templates.open, { newsletter: slug, settings });
    expect(await change({ replyTo: 'office@example.org', intro: '' })).toMatchObject({
      newsletter: { slug, replyTo: 'office@example.org', intro: null, name: 'School Weekly' },
      movedCount: 0,
      hasPhrases: true,
    });
    expect(templates.opened).toBe(0);
    expect(await change({ language: 'pt-br' })).toMatchObject({ newsletter: { language: 'pt-BR' }, hasPhrases: false });
    await expect(change({ name: 'Other', template: 'nope' })).rejects.toThrow(/got "nope"/);
    expect(await change({})).toMatchObject({ newsletter: { name: 'School Weekly', template: 'digest' } });
    const other = changeNewsletter(copy.database, open, { newsletter: 'nope', settings: { name: 'X' } });
    await expect(other).rejects.toThrow(NotFoundError);
  });

  test('that changes its sender is rid of what the old one was refused', async () => {
    const slug = await found();
    const change = async (senderAddress: string): Promise<void> =>
      void (await changeNewsletter(copy.database, open, { newsletter: slug, settings: { senderAddress } }));
    await change('own@example.org');
    await copy.database.query(
      `insert into account_outage (account, sender, trouble, reply, next_try_at) values ('smtp', 'own@example.org', 'sender', '550 no', now())`,
    );
    await change('new@example.org');
    const { rows } = await copy.database.query<{ isOver: boolean }>(`select ended_at is not null as "isOver" from account_outage`);
    expect(rows).toEqual([{ isOver: true }]);
  });
});

describe('a schedule', () => {
  test('is added, named by its cadence, and shown as programs see it', async () => {
    const newsletter = await found();
    const schedule = await addSchedule(copy.database, { newsletter, settings: fridays }, now);
    expect(JSON.stringify(schedule)).toBe(
      `{"id":"${schedule.id}","newsletterId":"${schedule.newsletterId}","name":"weekly","cron":"0 8 * * 5","timeZone":"Europe/Madrid",` +
        '"minimum":1,"maximum":12,"maxWaitHours":null,"approval":"first","deadlineHours":null,"deadlinePolicy":null,' +
        `"cadenceSince":"2026-03-02T12:00:00.000Z","newsletter":"${newsletter}","nextAt":"2026-03-06T07:00:00.000Z"}`,
    );
    expect(await listPublicSchedules(copy.database, newsletter, now)).toEqual([schedule]);
    expect(await listPublicSchedules(copy.database, undefined, now)).toContainEqual(schedule);
    await expect(addSchedule(copy.database, { newsletter, settings: fridays }, now)).rejects.toThrow(ConflictError);
    await expect(addSchedule(copy.database, { newsletter: 'nope', settings: fridays }, now)).rejects.toThrow(NotFoundError);
    await expect(listPublicSchedules(copy.database, 'nope', now)).rejects.toThrow(NotFoundError);
  });

  test('is meant without a name where it is the only one', async () => {
    const newsletter = await found();
    await expect(getPublicSchedule(copy.database, { newsletter }, now)).rejects.toThrow(NotFoundError);
    const schedule = await addSchedule(copy.database, { newsletter, settings: fridays }, now);
    expect(await getPublicSchedule(copy.database, { newsletter }, now)).toEqual(schedule);
    await addSchedule(copy.database, { newsletter, name: 'second', settings: fridays }, now);
    await expect(getPublicSchedule(copy.database, { newsletter }, now)).rejects.toThrow(InvalidInputError);
    expect(await getPublicSchedule(copy.database, { newsletter, schedule: 'weekly' }, now)).toEqual(schedule);
  });

  test.each([
    ['daily', { every: 'weekday', at: '7:30', timeZone: 'UTC' }],
    ['daily', { every: 'day', at: '7:30', timeZone: 'UTC' }],
    ['monthly', { cron: '0 9 1 * *', timeZone: 'UTC' }],
    ['weekly', { every: 'monday, thursday', at: '7:30', timeZone: 'UTC' }],
  ])('is called %s with %j', async (name, settings) => {
    expect(await addSchedule(copy.database, { newsletter: await found(), settings }, now)).toMatchObject({ name });
  });

  test.each([
    [{ timeZone: 'UTC' }, /days with a time of day, or a cron/],
    [{ ...fridays, timeZone: 'Mars/Olympus' }, /a time zone such as/],
    [{ ...fridays, cron: '0 8 * * 5' }, /got both/],
    [{ ...fridays, minimum: 13 }, /not above the maximum, got 13 and 12/],
    [{ ...fridays, minimum: 0 }, /a minimum of 1 or more/],
    [{ ...fridays, deadlineHours: 5 }, /send or skip\) beside how long/],
    [{ ...fridays, deadlinePolicy: 'send' as const }, /how long a draft waits beside what happens/],
  ])('of %j is refused', async (settings, message) => {
    const newsletter = await found();
    const adding = addSchedule(copy.database, { newsletter, settings }, now);
    await expect(adding).rejects.toThrow(InvalidInputError);
    await expect(adding).rejects.toThrow(message);
    await expect(addSchedule(copy.database, { newsletter, name: 'Not one', settings: fridays }, now)).rejects.toThrow(/a short name/);
    expect(await listPublicSchedules(copy.database, newsletter, now)).toEqual([]);
  });

  test('keeps what is not changed, and begins its cadence anew only with another one', async () => {
    const newsletter = await found();
    const which = { newsletter, schedule: 'weekly' };
    const settings = { ...fridays, minimum: 2, deadlineHours: 24, deadlinePolicy: 'skip' as const, maxWaitHours: 72 };
    const first = await addSchedule(copy.database, { newsletter, settings }, now);
    const then = new Date('2026-03-03T12:00:00Z');
    expect(await changeSchedule(copy.database, which, { maximum: 20, deadlineHours: 48 }, then)).toEqual({
      ...first,
      maximum: 20,
      deadlineHours: 48,
    });
    const changed = await changeSchedule(
      copy.database,
      which,
      { every: 'thursday', at: '09:30', deadlineHours: null, maxWaitHours: null },
      then,
    );
    expect(changed).toMatchObject({
      cron: '30 9 * * 4',
      timeZone: 'Europe/Madrid',
      cadenceSince: then,
      minimum: 2,
      maxWaitHours: null,
      deadlineHours: null,
      deadlinePolicy: null,
    });
    await expect(changeSchedule(copy.database, which, { minimum: 21 }, then)).rejects.toThrow(/got 21 and 20/);
    await expect(changeSchedule(copy.database, { newsletter, schedule: 'nope' }, {}, then)).rejects.toThrow(NotFoundError);
  });

  test('is removed when nobody is subscribed to it any more', async () => {
    const newsletter = await found();
    const schedule = await addSchedule(copy.database, { newsletter, settings: fridays }, now);
    await copy.database.query(
      `with p as (insert into subscriber (address, address_key) values ($1, md5($1)) returning id)
       insert into subscription (subscriber_id, newsletter_id, schedule_id, state, language) select id, $2, $3, 'pending', 'en' from p`,
      [`${newsletter}@example.org`, schedule.newsletterId, schedule.id],
    );
    const which = { newsletter, schedule: 'weekly' };
    await expect(removeSchedule(copy.database, which, now)).rejects.toThrow(/still has 1 subscription/);
    await copy.database.query(`update subscription set state = 'left' where schedule_id = $1`, [schedule.id]);
    expect(await removeSchedule(copy.database, which, now)).toMatchObject({ name: 'weekly', newsletter });
    expect(await listPublicSchedules(copy.database, newsletter, now)).toEqual([]);
    await expect(removeSchedule(copy.database, which, now)).rejects.toThrow(NotFoundError);
  });
});

describe('a rule', () => {
  test('is added and removed once, and shown as programs see it', async () => {
    const newsletter = await found();
    const typedRule = { newsletter, effect: 'exclude', field: 'category', pattern: ' website-only ' };
    const rule = { effect: 'exclude', field: 'category', pattern: 'website-only' };
    const options = { now, offers: true };
    expect(await addRule(copy.database, typedRule, options)).toMatchObject({ kind: 'changed', rule, admitted: [] });
    expect(await addRule(copy.database, typedRule, options)).toMatchObject({ kind: 'unchanged', rule, admitted: [] });
    expect(JSON.stringify(await listRules(copy.database, newsletter))).toBe(JSON.stringify([rule]));
    expect(await removeRule(copy.database, typedRule, { ...options, isDryRun: true })).toMatchObject({
      kind: 'changed',
      rule,
      admitted: [],
    });
    expect(await removeRule(copy.database, typedRule, options)).toMatchObject({ kind: 'changed', rule, admitted: [] });
    expect(await removeRule(copy.database, typedRule, options)).toMatchObject({ kind: 'unchanged', rule, admitted: [] });
    expect(await listRules(copy.database, newsletter)).toEqual([]);
  });

  test('of a newsletter that is not there, or of no known form, is refused', async () => {
    const rule = { newsletter: 'nope', effect: 'include', field: 'author', pattern: 'Ann' };
    const options = { now, offers: true };
    await expect(addRule(copy.database, rule, options)).rejects.toThrow(NotFoundError);
    await expect(listRules(copy.database, 'nope')).rejects.toThrow(NotFoundError);
    const newsletter = await found();
    for (const wrong of [{ effect: 'maybe' }, { field: 'mood' }, { pattern: ' ' }])
      await expect(addRule(copy.database, { ...rule, newsletter, ...wrong }, options)).rejects.toThrow(InvalidInputError);
  });
});

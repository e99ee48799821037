import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Newsletter } from '../../src/newsletters/newsletter.ts';
import { getNewsletter, insertNewsletter, updateNewsletter } from '../../src/newsletters/newsletter-store.ts';
import { countWaiting } from '../support/blocked-sessions.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let copy: TestDatabase;
beforeAll(async () => {
  copy = await createTestDatabase();
});
afterAll(async () => copy.drop());

const found = async (): Promise<Newsletter> =>
  insertNewsletter(copy.database, {
    slug: `n${randomBytes(6).toString('hex')}`,
    name: 'The Letter',
    senderName: 'The Letter',
    senderAddress: 'first@example.org',
    replyTo: null,
    postalAddress: '12 Mill Lane, Bristol BS1 4QA, UK',
    language: 'en',
    colour: '#1f5f8b',
    logoUrl: null,
    intro: null,
    privacyUrl: null,
    welcome: null,
    thanksHosts: [],
    account: null,
    template: 'digest',
    sections: {},
    staffAddress: null,
    isSample: false,
  });

async function formerSenders({ id }: Newsletter): Promise<{ address: string; usedUntil: Date }[]> {
  const { rows } = await copy.database.query<{ address: string; usedUntil: Date }>(
    `select address, used_until as "usedUntil" from former_sender where newsletter_id = $1 order by address`,
    [id],
  );
  return rows;
}

describe('the sender of a newsletter', () => {
  test('is remembered when it is changed, and not when anything else is', async () => {
    const newsletter = await found();
    const { slug } = newsletter;
    await updateNewsletter(copy.database, slug, { name: 'The Other Letter' });
    await updateNewsletter(copy.database, slug, { senderAddress: 'first@example.org' });
    expect(await formerSenders(newsletter)).toEqual([]);
    expect(await updateNewsletter(copy.database, slug, { senderAddress: 'second@example.org' })).toEqual({
      ...newsletter,
      name: 'The Other Letter',
      senderAddress: 'second@example.org',
    });
    expect(await formerSenders(newsletter)).toEqual([{ address: 'first@example.org', usedUntil: expect.any(Date) }]);
  });

  test('that was taken up again is remembered until it was left the last time', async () => {
    const newsletter = await found();
    await updateNewsletter(copy.database, newsletter.slug, { senderAddress: 'second@example.org' });
    await copy.database.query(`update former_sender set used_until = now() - interval '1 hour' where newsletter_id = $1`, [newsletter.id]);
    const [left] = await formerSenders(newsletter);
    for (const senderAddress of ['first@example.org', 'second@example.org']) {
      await updateNewsletter(copy.database, newsletter.slug, { senderAddress });
    }
    const [leftAgain, second] = await formerSenders(newsletter);
    expect(leftAgain?.address).toBe(left!.address);
    expect(leftAgain!.usedUntil.getTime()).toBeGreaterThan(left!.usedUntil.getTime());
    expect(second?.address).toBe('second@example.org');
  });

  test('is remembered by each of two that change it at the same moment', async () => {
    const newsletter = await found();
    let changed: Promise<unknown> | undefined;
    await copy.database.transaction(async (tx) => {
      await updateNewsletter(tx, newsletter.slug, { senderAddress: 'second@example.org' });
      changed = updateNewsletter(copy.database, newsletter.slug, { senderAddress: 'third@example.org' });
      await waitFor(async () => (await countWaiting(copy.database)) > 0);
    });
    await changed;
    expect((await getNewsletter(copy.database, newsletter.slug)).senderAddress).toBe('third@example.org');
    expect((await formerSenders(newsletter)).map(({ address }) => address)).toEqual(['first@example.org', 'second@example.org']);
  });
});

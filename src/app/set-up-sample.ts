import { sample } from '../../sample/sample.ts';
import { removeNewsletter } from '../ledger/remove-newsletter.ts';
import { insertNewsletter, listNewsletters } from '../newsletters/newsletter-store.ts';
import { insertSchedule } from '../newsletters/schedule-store.ts';
import { addSource } from '../posts/add-source.ts';
import { addSubscriber } from '../subscribers/add-subscriber.ts';
import type { AddSubscriberPorts } from '../subscribers/add-subscriber.ts';
import { findSampleState, insertSampleTopic, lockSample, markSampleRemoved, moveSampleSource, type SampleState } from './sample-store.ts';
import type { Store } from './open-store.ts';

/**
 * Sets the demo up where there is none: newsletter, schedules, topics, sources on our own web server, three readers. Afterwards it only
 * keeps the sources pointing at where the web server is. Returns what was there before.
 */
export async function setUpSample(store: Store, ports: AddSubscriberPorts, publicUrl: string): Promise<SampleState> {
  const { database, clock } = store;
  const before = await database.transaction(async (tx) => {
    await lockSample(tx);
    const state = await findSampleState(tx);
    if (state !== 'absent') return state;
    const newsletter = await insertNewsletter(tx, { ...sample.newsletter, logoUrl: null, template: 'digest', staffAddress: null, isSample: true });
    for (const schedule of sample.schedules) {
      await insertSchedule(
        tx,
        { ...schedule, newsletterId: newsletter.id, maxWaitHours: null, deadlineHours: null, deadlinePolicy: null },
        clock(),
      );
    }
    for (const [ordinal, topic] of sample.topics.entries()) await insertSampleTopic(tx, { ...topic, ordinal });
    for (const source of sample.sources) {
      await addSource(tx, { url: publicUrl + source.path, kind: 'feed', firstRead: source.firstRead, newsletters: [newsletter.slug], now: clock() });
    }
    return state;
  });
  // Readers come before the first post is released: what is released while they are active is what they get. Adding them again is harmless.
  if (before !== 'removed') {
    for (const source of sample.sources) await moveSampleSource(database, source.path, publicUrl + source.path);
    for (const person of sample.subscribers) {
      const { topics, ...rest } = person;
      await addSubscriber(ports, { ...rest, newsletter: sample.newsletter.slug, ...(topics ? { topics } : {}), confirmed: { source: 'sample' } });
    }
  }
  return before;
}

/** Takes the demo away for good: the newsletter with its history, its readers, its sources and their posts. False when there is none. */
export async function removeSample(store: Store): Promise<boolean> {
  return store.database.transaction(async (tx) => {
    await lockSample(tx);
    await markSampleRemoved(tx, store.clock());
    const newsletter = (await listNewsletters(tx)).find((each) => each.isSample);
    if (!newsletter) return false;
    const { rows: sources } = await tx.query<{ id: string }>(
      `select s.id from source s join newsletter_source n on n.source_id = s.id
       where n.newsletter_id = $1 and not exists (select from newsletter_source o where o.source_id = s.id and o.newsletter_id <> $1)`,
      [newsletter.id],
    );
    await removeNewsletter(tx, newsletter.id);
    const sourceIds = sources.map((each) => each.id);
    await tx.query(
      `delete from post where id in (select post_id from post_source where source_id = any($1::bigint[]))
         and not exists (select from post_source o where o.post_id = post.id and o.source_id <> all($1::bigint[]))`,
      [sourceIds],
    );
    await tx.query(`delete from source where id = any($1::bigint[])`, [sourceIds]);
    await tx.query(`delete from topic t where slug = any($1) and not exists (select from post_topic p where p.topic_id = t.id)`, [
      sample.topics.map((topic) => topic.slug),
    ]);
    await tx.query(
      `delete from category c where c.topic_id is null and c.slug = any($1) and not exists (select from post_category p where p.category_id = c.id)`,
      [sample.topics.flatMap((topic) => topic.categories)],
    );
    return true;
  });
}

import { sample } from '../../../sample/sample.ts';
import { samplePrivacyPath } from '../../../sample/sample-site.ts';
import { removeNewsletter } from '../../ledger/subscriptions/newsletter-removal-store.ts';
import { insertNewsletter, listNewsletters } from '../../newsletters/newsletter-store.ts';
import { newsletterDefaults } from '../../newsletters/newsletter.ts';
import { newScheduleSettings } from '../../newsletters/schedule-settings.ts';
import { insertSchedule } from '../../newsletters/schedule-store.ts';
import { addSource } from '../../sources/add-source.ts';
import { addSubscriber } from '../../subscribers/joining/add-subscriber.ts';
import type { AddSubscriberPorts } from '../../subscribers/joining/add-subscriber.ts';
import {
  deleteSampleContent,
  findSampleState,
  insertSampleTopic,
  listOwnSourceIds,
  lockSample,
  markSample,
  moveSamplePrivacy,
  moveSampleSource,
  type SampleState,
} from './sample-store.ts';
import type { Store } from '../open-store.ts';

/**
 * Sets the demo up where there is none: newsletter, schedules, topics, sources on our own web server, three readers. Afterwards it only
 * keeps the sources pointing at where the web server is. Returns what was there before.
 */
export async function setUpSample(store: Store, ports: AddSubscriberPorts, siteUrl: string): Promise<SampleState> {
  const { database, clock } = store;
  const before = await database.transaction(async (tx) => {
    await lockSample(tx);
    const state = await findSampleState(tx);
    if (state !== 'absent') return state;
    const newsletter = await insertNewsletter(tx, { ...newsletterDefaults, ...sample.newsletter, isSample: true });
    for (const schedule of sample.schedules)
      await insertSchedule(tx, { ...newScheduleSettings, ...schedule, newsletterId: newsletter.id }, clock());
    for (const [ordinal, topic] of sample.topics.entries()) await insertSampleTopic(tx, { ...topic, ordinal });
    for (const source of sample.sources) {
      await addSource(tx, {
        url: siteUrl + source.path,
        kind: 'feed',
        firstRead: source.firstRead,
        newsletters: [newsletter.slug],
        now: clock(),
      });
    }
    return state;
  });
  if (before === 'removed') return before;
  for (const source of sample.sources) await moveSampleSource(database, source.path, siteUrl + source.path);
  await moveSamplePrivacy(database, samplePrivacyPath, siteUrl + samplePrivacyPath);
  // Once: what became of the sample readers since is what staff tried out with them.
  if (before !== 'present') await addSampleReaders(ports);
  return before;
}

/** Readers come before the first post is released: what is released while they are active is what they get. Safe to repeat after a crash. */
async function addSampleReaders(ports: AddSubscriberPorts): Promise<void> {
  for (const { topics, ...person } of sample.subscribers) {
    await addSubscriber(ports, {
      ...person,
      newsletter: sample.newsletter.slug,
      ...(topics ? { topics } : {}),
      confirmed: { source: 'sample' },
    });
  }
  await markSample(ports.database, 'ready', ports.clock());
}

/** Takes the demo away for good: the newsletter with its history, its readers, its sources and their posts. Gives its id; undefined when there is none. */
export async function removeSample(store: Store): Promise<string | undefined> {
  return store.database.transaction(async (tx) => {
    await lockSample(tx);
    await markSample(tx, 'removed', store.clock());
    const newsletter = (await listNewsletters(tx)).find((each) => each.isSample);
    if (!newsletter) return undefined;
    const sourceIds = await listOwnSourceIds(tx, newsletter.id);
    await removeNewsletter(tx, newsletter.id);
    await deleteSampleContent(tx, { sourceIds, topics: sample.topics.map((topic) => topic.slug) });
    return newsletter.id;
  });
}

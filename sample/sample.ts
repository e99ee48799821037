import { sampleFeedPaths } from './sample-site.ts';

/** A topic of the demo and the categories of the sample site that lead to it, by slug. */
export interface SampleTopic {
  readonly slug: string;
  readonly name: string;
  readonly categories: readonly string[];
}

/** A reader of the demo; `topics` null follows everything. */
export interface SampleSubscriber {
  readonly name: string;
  readonly address: string;
  readonly schedule: string;
  readonly topics: readonly string[] | null;
}

/** A schedule of the demo. */
export interface SampleSchedule {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly approval: 'auto';
}

/** A source of the demo: a path on our own web server. */
export interface SampleSource {
  readonly path: string;
  readonly firstRead: 'release';
}

const newsletter = {
  slug: 'ferrow-letter',
  name: 'The Ferrow Letter',
  senderName: 'The Ferrow Foundation',
  senderAddress: 'letter@ferrow.example',
  replyTo: 'hello@ferrow.example',
  postalAddress: 'The Ferrow Foundation, 31 Carrer de la Font Freda, Valencia, Spain',
  language: 'en',
  colour: '#1f5f6b',
  intro: 'Essays, papers and notices for people who lead schools.',
} as const;

const schedules: readonly SampleSchedule[] = [
  { name: 'weekly', cron: '0 8 * * 5', timeZone: 'Europe/Madrid', minimum: 1, maximum: 12, approval: 'auto' },
  { name: 'daily', cron: '0 7 * * *', timeZone: 'Europe/Madrid', minimum: 1, maximum: 12, approval: 'auto' },
];

const topics: readonly SampleTopic[] = [
  { slug: 'leadership-development', name: 'Leadership Development', categories: ['leadership-development'] },
  { slug: 'teaching-learning', name: 'Teaching & Learning', categories: ['teaching-learning'] },
  { slug: 'school-life', name: 'School Life', categories: ['school-life'] },
  { slug: 'research-papers', name: 'Research & Papers', categories: ['research-papers'] },
  { slug: 'foundation-news', name: 'Foundation News', categories: ['foundation-news'] },
];

const sources: readonly SampleSource[] = [
  { path: sampleFeedPaths.all, firstRead: 'release' },
  { path: sampleFeedPaths.leadership, firstRead: 'release' },
];

const subscribers: readonly SampleSubscriber[] = [
  { name: 'Amaya Ortiz', address: 'amaya.ortiz@example.org', schedule: 'weekly', topics: null },
  { name: 'Ben Whitlock', address: 'ben.whitlock@example.org', schedule: 'weekly', topics: ['leadership-development'] },
  { name: 'Chiara Fontana', address: 'chiara.fontana@example.org', schedule: 'daily', topics: ['research-papers', 'teaching-learning'] },
];

/** The demo: everything that the first start sets up, in the order of its parts. The newsletter's mail goes to the local outbox only. */
export const sample = { newsletter, schedules, topics, sources, subscribers } as const;

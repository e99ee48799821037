import { defaultColour } from '../templates/colour.ts';
import type { PageModels, PagePartModels } from './pages.ts';

const frame = { language: 'en', homeUrl: 'https://example.org/', colour: defaultColour, standsStill: ['The server refuses.'] };
const at = new Date('2026-01-02T10:00:00Z');

const newsletter = {
  name: 'Specimen',
  senderName: 'Specimen',
  colour: defaultColour,
  language: 'es',
  isSample: true,
  archiveUrl: 'https://example.org/archive/specimen',
  feedUrl: 'https://example.org/feeds/specimen.atom',
  subscribeUrl: 'https://example.org/subscribe/specimen',
};

const form = {
  newsletter,
  actionUrl: 'https://example.org/subscribe/specimen',
  stamp: 'x',
  wording: 'Yes.',
  address: 'ann@example',
  name: 'Ann',
  topics: [{ slug: 'a', name: 'A', isChosen: true }],
  schedules: [
    { name: 'weekly', cadence: { kind: 'weekly', days: [5] }, isChosen: true },
    { name: 'daily', cadence: { kind: 'daily' }, isChosen: false },
  ],
  source: 'fair',
  thanks: 'https://example.org/thanks',
} as const;

const preferencesForm = {
  id: '1',
  newsletter,
  hasLeft: false,
  subscribeUrl: 'https://example.org/subscribe/specimen',
  followsAll: false,
  topics: form.topics,
  schedules: form.schedules,
  hours: [
    { value: '7', isChosen: true },
    { value: '18', isChosen: false },
  ],
  timeZone: 'Europe/Madrid',
  pauseZone: 'Europe/Madrid',
  languages: [
    { tag: 'en', name: 'English', isChosen: true },
    { tag: 'ar', name: 'العربية', isChosen: false },
  ],
  format: 'html',
  isPaused: false,
  until: '',
} as const;

const edition = {
  subject: 'Subject',
  preheader: 'Preheader',
  language: 'es',
  newsletter: 'Specimen',
  sentAt: at,
  schedule: 'weekly',
  url: 'https://example.org/archive/specimen/1',
};

const message = {
  url: 'https://example.org/outbox/1',
  receivedAt: at,
  from: 'a@example.org',
  to: 'b@example.org',
  subject: 'Subject',
  sizeBytes: 1,
};

/** A model of each page with everything in it: pages are tried on these when they are loaded. */
export const pageSpecimens: PageModels = {
  home: {
    ...frame,
    newsletters: [newsletter],
    editions: [edition],
    outboxUrl: 'https://example.org/outbox',
    sampleUrl: 'https://example.org/sample/',
  },
  archive: { ...frame, newsletter, editions: [edition], olderUrl: 'https://example.org/archive/specimen?before=1' },
  'edition-posts': {
    ...frame,
    newsletter,
    edition,
    posts: [
      { title: 'Post', url: 'https://example.org/post', publishedAt: at, language: 'en', isRetracted: false },
      { title: 'Post', event: { start: '2026-12-12T10:00', place: 'Hall' }, language: 'en', isRetracted: false },
      { title: 'Post', language: 'ar', isRetracted: true },
    ],
  },
  subscribe: {
    ...frame,
    ...form,
    intro: 'Words.',
    senderAddress: 'letter@example.org',
    privacyUrl: 'https://example.org/privacy',
    linkUrl: 'https://example.org/link/specimen',
    fault: 'address',
    suggestion: 'example.com',
    asked: 'example.org',
  },
  'subscribe-again': { ...frame, ...form, hasTripped: false },
  'subscribe-sent': { ...frame, newsletter },
  'subscribe-closed': { ...frame, newsletter },
  'subscribe-form': { ...frame, newsletter, snippet: '<form></form>', isOpen: true },
  confirm: { ...frame, newsletter, wording: 'Yes.', actionUrl: 'https://example.org/confirm/x', offersLatest: true },
  confirmed: {
    ...frame,
    newsletter,
    isAgain: true,
    preferencesUrl: 'https://example.org/preferences/x',
    words: ['Words.'],
    first: { postsAt: at, today: at, titles: ['Title'], restCount: 1 },
  },
  unsubscribe: { ...frame, newsletter, actionUrl: 'https://example.org/unsubscribe/x' },
  unsubscribed: {
    ...frame,
    newsletter,
    left: ['Specimen'],
    undos: [{ newsletter: 'Specimen', actionUrl: 'https://example.org/left/x' }],
    reasons: ['too_many', 'not_relevant', 'never_asked', 'elsewhere', 'other'],
    hasReason: false,
  },
  preferences: {
    ...frame,
    address: 'a…@example.org',
    actionUrl: 'https://example.org/preferences/x',
    done: 'saved',
    sections: [
      preferencesForm,
      { ...preferencesForm, id: '2', isPaused: true, pausedUntil: at, fault: 'topics' },
      { ...preferencesForm, id: '3', fault: 'zone', isPaused: true },
      { ...preferencesForm, id: '4', fault: 'date', topics: [] },
      { ...preferencesForm, id: '5', fault: 'gone', hasLeft: true },
    ],
    zones: ['Europe/Madrid', 'UTC'],
    canMailLink: true,
  },
  'personal-link': { ...frame, newsletter, actionUrl: 'https://example.org/link/specimen', address: 'ann@', isFault: true, isSent: false },
  mine: {
    ...frame,
    address: 'ann@example.org',
    name: 'Ann',
    newAddress: 'ann@',
    newsletters: [{ name: 'Specimen', url: 'https://example.org/preferences/x' }],
    actionUrl: 'https://example.org/mine/x',
    exportUrl: 'https://example.org/mine/x/export',
    eraseUrl: 'https://example.org/mine/x/erase',
    done: 'address_sent',
    fault: 'address',
  },
  erase: { ...frame, actionUrl: 'https://example.org/mine/x/erase', isDone: false },
  address: { ...frame, actionUrl: 'https://example.org/address/x', address: 'ann@example.org', isDone: false, isBusy: true },
  decide: {
    ...frame,
    newsletter: 'Specimen',
    action: 'approve',
    subject: 'Subject',
    postCount: 2,
    recipientCount: 3,
    nothing: [
      { reason: 'paused', count: 1 },
      { reason: 'topics', count: 2 },
    ],
    actionUrl: 'https://example.org/decide/x',
    mustBeChecked: true,
    reason: 'A reason.',
    digestUrl: 'https://example.org/decide/x/1',
    why: 'failed_again',
  },
  decided: {
    ...frame,
    newsletter: 'Specimen',
    action: 'skip',
    subject: 'Subject',
    state: 'skipped',
    isUsed: true,
    taken: { action: 'skip', at: new Date(0), by: 'link' },
  },
  'dead-link': {
    ...frame,
    links: [
      { name: 'Specimen', language: 'es', url: 'https://example.org/link/specimen' },
      { name: 'Another', language: 'en', url: 'https://example.org/link/another' },
    ],
    hasMore: true,
  },
  'outbox-refused': frame,
  outbox: { ...frame, messages: [message], olderUrl: 'https://example.org/outbox?before=1' },
  'outbox-message': {
    ...frame,
    message,
    headers: [{ name: 'Subject', value: 'Subject' }],
    frameUrl: 'https://example.org/outbox/1/html',
    text: 'Text',
    outboxUrl: 'https://example.org/outbox',
  },
  'not-found': frame,
  'too-many': { ...frame, brand: { name: 'Specimen', url: 'https://example.org/archive/specimen' } },
  error: { ...frame, requestId: 'x' },
};

/** The same for parts of pages. */
export const pagePartSpecimens: PagePartModels = {
  withdrawn: { language: 'en', titles: ['Post', 'Another post'] },
};

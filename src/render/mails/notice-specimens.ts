import { defaultColour } from '../templates/colour.ts';
import type { NoticeMail } from './notice-mail.ts';

const newsletter = { name: 'Specimen', senderName: 'Specimen', postalAddress: '1 Example Street', colour: defaultColour };
const digest = { subject: 'Subject', html: '<html><body><p>Digest</p></body></html>', text: 'Digest\n' };
const at = new Date('2026-01-02T10:00:00Z');
const values = {
  'reader.name': '',
  'reader.address': '',
  'links.unsubscribe': 'https://example.org/u',
  'links.preferences': '',
  'links.browser': '',
};

const waiting: NoticeMail = {
  kind: 'edition_waiting',
  language: 'en',
  newsletter,
  editionId: '1',
  matter: 'approval',
  faults: [],
  repairs: [],
  recipientCount: 2,
  nothing: [
    { reason: 'paused', count: 1 },
    { reason: 'topics', count: 2 },
  ],
  approveUrl: 'https://example.org/decide/a',
  skipUrl: 'https://example.org/decide/b',
};

/** Mails with everything and with the least in them: templates are tried on these when they are loaded. */
export const noticeSpecimens: readonly NoticeMail[] = [
  { kind: 'confirmation', language: 'en', newsletter, confirmUrl: 'https://example.org/confirm/x' },
  { kind: 'confirmation', language: 'en', newsletter, confirmUrl: 'https://example.org/confirm/x', expiresAt: at },
  { kind: 'welcome', language: 'en', newsletter, digest, values },
  { kind: 'welcome', language: 'en', newsletter, values },
  waiting,
  {
    ...waiting,
    matter: 'held',
    reason: 'A reason.',
    faults: [{ what: 'A fault.', remedy: 'A remedy.' }],
    repairs: ['A repair'],
    decideBy: at,
    atDeadline: 'skip',
    digest,
  },
  { kind: 'link', matter: 'link', language: 'en', newsletter, url: 'https://example.org/mine/x' },
  { kind: 'link', matter: 'address', language: 'en', newsletter, url: 'https://example.org/address/x' },
  { kind: 'link', matter: 'changed', language: 'en', newsletter, address: 'a…@example.org' },
  { kind: 'test', language: 'en', newsletter, digest },
  { kind: 'staff', language: 'en', subject: 'Subject', paragraphs: ['Text.'] },
  {
    kind: 'staff',
    language: 'en',
    newsletter,
    subject: 'Subject',
    paragraphs: ['Text.'],
    steps: [
      ...(['resume_edition', 'cancel_edition', 'list_deliveries'] as const).map((kind) => ({ kind, edition: '1' })),
      ...(['undo_retraction', 'retract_post'] as const).map((kind) => ({ kind, post: '1' })),
      ...(['retry_accounts', 'resume_editions', 'set_sender'] as const).map((kind) => ({ kind })),
    ],
    links: [{ url: 'https://example.org/', text: 'Link' }],
  },
];

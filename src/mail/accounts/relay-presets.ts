import type { SendingLimits } from '../sending-limits.ts';

/** What is known of a relay: how much it takes of a usual account, said gently. */
export interface RelayPreset {
  /** As its customers call it, and which of its accounts is meant where that makes a difference. */
  readonly name: string;
  /** A host is this name, or one below it. */
  readonly hosts: readonly string[];
  /** Only logins at these domains, where one server serves two kinds of account. */
  readonly loginDomains?: readonly string[];
  readonly limits: SendingLimits;
  /** Headers of ours that it replaces: what is signed must not name them. */
  readonly rewrites?: readonly string[];
  /** Where it says so, and the day on which that was read. */
  readonly source: string;
  readonly readOn: string;
  /** What staff should know besides. */
  readonly note?: string;
}

/** People write from the same mailbox: this share of a day is ours. */
const sharedWithPeople = 0.8;

const oursOf = (perDay: number): number => Math.floor(perDay * sharedWithPeople);

/** Known relays, the first that fits counts. A limit that depends on what was paid is that of the free or first plan: a URL says more. */
export const relayPresets: readonly RelayPreset[] = [
  {
    name: 'Amazon SES',
    hosts: ['amazonaws.com'],
    limits: { perSecond: 14 },
    rewrites: ['Date', 'Message-ID'],
    source: 'https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html',
    readOn: '2026-12-02',
    note: '14 a second is what a new account in production has; in the sandbox, which nothing tells us, it is 1 a second and 200 a day',
  },
  {
    name: 'Microsoft 365',
    hosts: ['smtp.office365.com', 'outlook.office365.com'],
    limits: { connections: 3, perMinute: 30, perDay: 10_000 },
    source: 'https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements',
    readOn: '2026-12-02',
  },
  {
    name: 'Gmail',
    hosts: ['smtp.gmail.com', 'smtp-relay.gmail.com'],
    loginDomains: ['gmail.com', 'googlemail.com'],
    limits: { perSecond: 1, perDay: oursOf(500) },
    source: 'https://support.google.com/mail/answer/22839',
    readOn: '2026-12-02',
    note: '80 % of its 500 a day: people write from the same mailbox',
  },
  {
    name: 'Google Workspace',
    hosts: ['smtp.gmail.com', 'smtp-relay.gmail.com'],
    limits: { perSecond: 2, perDay: oursOf(2_000) },
    source: 'https://support.google.com/a/answer/166852',
    readOn: '2026-12-02',
    note: '80 % of its 2,000 a day: people write from the same mailbox; a trial account has 500',
  },
  {
    name: 'Brevo, free plan',
    hosts: ['smtp-relay.brevo.com', 'smtp-relay.sendinblue.com'],
    limits: { perSecond: 10, perDay: 300 },
    source: 'https://help.brevo.com/hc/en-us/articles/8292912279954-Add-or-remove-emails-from-your-plan',
    readOn: '2026-12-02',
    note: 'a paid plan has no limit by the day',
  },
  {
    name: 'Mailgun',
    hosts: ['smtp.mailgun.org', 'smtp.eu.mailgun.org'],
    limits: { perSecond: 10 },
    source: 'https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp',
    readOn: '2026-12-02',
    note: 'it names no rate; the free plan takes 100 a day',
  },
  {
    name: 'Postmark, broadcast stream',
    hosts: ['smtp-broadcasts.postmarkapp.com'],
    limits: { connections: 10, perSecond: 10 },
    source: 'https://postmarkapp.com/support/article/do-we-have-rate-limits-for-smtp',
    readOn: '2026-12-02',
    note: 'it names no rate, and asks for 10 connections at most',
  },
  {
    name: 'Postmark, transactional stream',
    hosts: ['smtp.postmarkapp.com'],
    limits: { connections: 10, perSecond: 10 },
    source: 'https://postmarkapp.com/developer',
    readOn: '2026-12-02',
    note: 'newsletters belong to the broadcast stream (smtp-broadcasts.postmarkapp.com); this one is for notices',
  },
  {
    name: 'Mailjet, free plan',
    hosts: ['in-v3.mailjet.com'],
    limits: { perSecond: 10, perDay: 200 },
    source: 'https://www.mailjet.com/blog/mj_faq_category/pricing/',
    readOn: '2026-12-02',
    note: 'a paid plan has no limit by the day',
  },
  {
    name: 'SendGrid',
    hosts: ['smtp.sendgrid.net', 'smtp.eu.sendgrid.net'],
    limits: { perSecond: 10 },
    source: 'https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api',
    readOn: '2026-12-02',
    note: 'it takes far more; a trial account has 100 a day',
  },
  {
    name: 'SocketLabs',
    hosts: ['smtp.socketlabs.com'],
    limits: { connections: 10, perSecond: 10, messagesPerConnection: 50 },
    source: 'https://help.socketlabs.com/docs/smtp-server-restrictions',
    readOn: '2026-12-02',
  },
  {
    name: 'Yahoo',
    hosts: ['smtp.mail.yahoo.com', 'smtp.bizmail.yahoo.com'],
    limits: { perSecond: 1, perDay: oursOf(500) },
    source: 'https://help.yahoo.com/kb/SLN17518.html',
    readOn: '2026-12-02',
    note: '80 % of its 500 a day: people write from the same mailbox',
  },
];

/*
 * What relays ask of the DNS of whoever sends by them. Each row names where its operator says so. A relay that puts its own address into the envelope needs no
 * SPF record of ours; for the envelope to align with From it has a setting of its own (custom MAIL FROM, return path).
 */

/** A relay that is known by its host. */
export interface KnownRelay {
  readonly name: string;
  readonly hosts: RegExp;
  /** What SPF includes, where the relay keeps our envelope sender. */
  readonly include?: string;
  /** The names of its keys in our DNS, where they are the same for everybody. */
  readonly selectors?: readonly string[];
}

const relays: readonly KnownRelay[] = [
  // https://docs.aws.amazon.com/ses/latest/dg/mail-from.html and send-email-authentication-dkim.html
  { name: 'Amazon SES', hosts: /^email-smtp(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com$/ },
  // https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify
  { name: 'Mailgun', hosts: /^smtp(?:\.eu)?\.mailgun\.org$/, include: 'mailgun.org' },
  // https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication
  { name: 'SendGrid', hosts: /^smtp(?:\.eu)?\.sendgrid\.net$/, selectors: ['s1', 's2'] },
  // https://support.google.com/a/answer/33786 and https://support.google.com/a/answer/174124
  { name: 'Google', hosts: /^smtp(?:-relay)?\.gmail\.com$/, include: '_spf.google.com', selectors: ['google'] },
  // https://learn.microsoft.com/defender-office-365/email-authentication-spf-configure and email-authentication-dkim-configure
  {
    name: 'Microsoft 365',
    hosts: /^(?:smtp\.office365\.com|[a-z0-9-]+\.mail\.protection\.outlook\.com)$/,
    include: 'spf.protection.outlook.com',
    selectors: ['selector1', 'selector2'],
  },
  // https://help.brevo.com/hc/en-us/articles/12163873383186
  { name: 'Brevo', hosts: /^smtp-relay\.(?:brevo|sendinblue)\.com$/, selectors: ['brevo1', 'brevo2'] },
  // https://documentation.mailjet.com/hc/en-us/articles/360042412734
  { name: 'Mailjet', hosts: /^in(?:-v3)?\.mailjet\.com$/, include: 'spf.mailjet.com', selectors: ['mailjet'] },
  // https://postmarkapp.com/support/article/1092-how-do-i-set-up-spf-for-postmark
  { name: 'Postmark', hosts: /^smtp(?:-broadcasts)?\.postmarkapp\.com$/ },
  // https://www.fastmail.help/hc/en-us/articles/360060591153
  { name: 'Fastmail', hosts: /^smtp\.fastmail\.com$/, include: 'spf.messagingengine.com', selectors: ['fm1', 'fm2', 'fm3'] },
];

/** The relay that a host belongs to. */
export function findKnownRelay(host: string): KnownRelay | undefined {
  return relays.find(({ hosts }) => hosts.test(host.toLowerCase()));
}

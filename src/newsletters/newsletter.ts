/*
 * Newsletters and their settings: who sends, in which language and colour, from where.
 * Everything that staff type is checked here, before it reaches a row: what is stored can be rendered and sent.
 * Schedules (schedule.ts) are cadences of a newsletter; a newsletter is never merged with another.
 * Order: the rest · rules/ · closing/.
 */
import { ConflictError, InvalidInputError } from '../kernel/errors.ts';
import { cleanLine } from '../kernel/text/clean-text.ts';
import { didYouMean } from '../kernel/text/near-name.ts';
import { parseAddress } from '../mail/address.ts';
import { defaultAccount } from '../mail/mailers.ts';
import { defaultColour } from '../render/templates/colour.ts';

/** A named publication. */
export interface Newsletter {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly senderName: string;
  readonly senderAddress: string;
  readonly replyTo: string | null;
  readonly postalAddress: string;
  /** BCP 47. */
  readonly language: string;
  /** Accent colour, `#rrggbb`. */
  readonly colour: string;
  readonly logoUrl: string | null;
  readonly intro: string | null;
  readonly template: string;
  /** Parts of a digest that are left out: what is not named is shown. */
  readonly sections: NewsletterSections;
  readonly staffAddress: string | null;
  /** Its mail always goes to the local outbox. */
  readonly isSample: boolean;
  /** The privacy notice that the sign-up page links; without one nobody can sign up there. */
  readonly privacyUrl: string | null;
  /** What the welcome says, as Liquid; null for the words of the language. */
  readonly welcome: string | null;
  /** Hosts of pages to which a sign-up form may send people once it was sent. */
  readonly thanksHosts: readonly string[];
  /** The name of the account that its mail goes through; null for the default one. */
  readonly account: string | null;
  /** Since when it is closed: it has a past, and no future until it is opened again. Null while it is open. */
  readonly closedAt: Date | null;
}

/** Why a draft of a newsletter that was closed is skipped. */
export const closedReason = 'the newsletter was closed';

/** Every edition, sign-up and import asks here first. @throws ConflictError for a newsletter that was closed */
export function requireOpen({ slug, closedAt }: Pick<Newsletter, 'slug' | 'closedAt'>): void {
  if (closedAt === null) return;
  const day = closedAt.toISOString().slice(0, 10);
  throw new ConflictError(`Expected a newsletter that is open, got "${slug}", which was closed on ${day}`, {
    remedy: { kind: 'open_newsletter', slug },
  });
}

/** What a newsletter says of who sends it. */
type Sender = Pick<Newsletter, 'senderName' | 'senderAddress'>;

/** True where a reader would call two newsletters one sender's: they come from the same address, or under the same name. */
export function isSameSender(one: Sender, other: Sender): boolean {
  const said = (words: string): string => words.normalize('NFKC').trim().toLowerCase();
  return said(one.senderAddress) === said(other.senderAddress) || said(one.senderName) === said(other.senderName);
}

/** Every part of a digest that a newsletter can do without. */
export const sectionNames = ['contents', 'images', 'readingTime'] as const;

/** False leaves a part out. */
export type NewsletterSections = { readonly [Name in (typeof sectionNames)[number]]?: boolean };

/** What staff may set; `add` needs the first five, `set` any. */
export type NewsletterSettings = Partial<Omit<Newsletter, 'id' | 'slug' | 'isSample' | 'closedAt'>>;

/** What a new newsletter starts with where staff say nothing. */
export const newsletterDefaults = {
  replyTo: null,
  language: 'en',
  colour: defaultColour,
  logoUrl: null,
  intro: null,
  template: 'digest',
  sections: {},
  staffAddress: null,
  isSample: false,
  privacyUrl: null,
  welcome: null,
  thanksHosts: [],
  account: null,
} as const satisfies Partial<Newsletter>;

/** @throws InvalidInputError that says what a slug looks like. */
export function parseSlug(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) {
    throw new InvalidInputError(`Expected a short name of lower-case letters, digits and hyphens (such as "weekly-digest"), got "${text}"`);
  }
  return text;
}

/** Checks and normalises settings as staff type them. @throws InvalidInputError naming the setting, what came and what is expected. */
export function parseSettings(input: NewsletterSettings): NewsletterSettings {
  const settings: { -readonly [K in keyof NewsletterSettings]: NewsletterSettings[K] } = { ...input };
  for (const name of ['name', 'senderName', 'postalAddress'] as const) {
    const value = settings[name];
    if (value !== undefined) settings[name] = requireText(labels[name], value);
  }
  if (settings.senderAddress !== undefined) settings.senderAddress = parseAddress(settings.senderAddress).typed;
  for (const name of ['replyTo', 'staffAddress', 'logoUrl', 'intro', 'privacyUrl', 'welcome', 'account'] as const) {
    // An empty text takes the setting out again.
    if (settings[name]?.trim() === '') settings[name] = null;
  }
  if (settings.replyTo) settings.replyTo = parseAddress(settings.replyTo).typed;
  if (settings.staffAddress) settings.staffAddress = parseAddress(settings.staffAddress).typed;
  if (settings.colour !== undefined) settings.colour = parseColour(settings.colour);
  if (settings.language !== undefined) settings.language = parseLanguage(settings.language);
  if (settings.privacyUrl) settings.privacyUrl = parseHttpUrl('privacy notice', settings.privacyUrl);
  if (settings.thanksHosts) settings.thanksHosts = settings.thanksHosts.map(parseHost);
  if (settings.account === defaultAccount) settings.account = null;
  if (settings.logoUrl) settings.logoUrl = parseHttpUrl('logo', settings.logoUrl);
  return settings;
}

/** Refuses the name of an account that is not configured: its mail would wait. @throws InvalidInputError that names those that are */
export function requireAccount({ account }: NewsletterSettings, configured: readonly string[]): void {
  if (account === undefined || account === null || configured.includes(account)) return;
  const known = configured.length > 0 ? configured.join(', ') : 'there is none';
  throw new InvalidInputError(`Expected the name of an account (${known}), got "${account}"${didYouMean(account, configured)}`);
}

/** How messages call what staff type. */
const labels = { name: 'name', senderName: 'sender name', postalAddress: 'postal address' } as const;

function requireText(name: string, value: string): string {
  const text = cleanLine(value);
  if (text === '' || text.length > 300) throw new InvalidInputError(`Expected a ${name} of 1 to 300 characters, got ${text.length}`);
  return text;
}

/** `#aabbcc`, `aabbcc` or `#abc`. @throws InvalidInputError */
function parseColour(text: string): string {
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text.trim())?.[1]?.toLowerCase();
  if (!hex) throw new InvalidInputError(`Expected a colour such as ${defaultColour}, got "${text}"`);
  return `#${hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex}`;
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** The canonical form of the BCP 47 tag of a language that there is. @throws InvalidInputError */
export function parseLanguage(text: string): string {
  try {
    const [tag] = Intl.getCanonicalLocales(text.trim());
    if (tag && languageNames.of(new Intl.Locale(tag).language)) return tag;
  } catch {
    // Falls through to the one message.
  }
  throw new InvalidInputError(`Expected a language tag such as en, es or fr-CA, got "${text}"`, {
    remedy: { kind: 'say', what: 'language' },
  });
}

/** A host name as it stands in addresses. @throws InvalidInputError for an address, a path or a pattern */
function parseHost(text: string): string {
  const host = text.trim().toLowerCase();
  if (!/^[a-z0-9.-]+(?::\d{1,5})?$/.test(host) || !URL.canParse(`https://${host}/`) || new URL(`https://${host}/`).host !== host)
    throw new InvalidInputError(`Expected the host of a page (such as www.example.org), got "${text}"`);
  return host;
}

function parseHttpUrl(name: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidInputError(`Expected the ${name} as an absolute http(s) URL, got "${text}"`);
  }
  return new URL(text).href;
}

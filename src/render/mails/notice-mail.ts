/*
 * Mails outside the ledger, as content: what each kind says and what it needs to know. Rows, jobs and Message-IDs are those of `notices`.
 * Texts are Liquid in templates/notices, phrases of the reader's kind come from templates/languages; staff mails are in the newsletter's language.
 */
import type { PlaceholderValues } from '../../content/text/placeholder.ts';

/** The newsletter that a mail speaks of. */
export interface NoticeNewsletter {
  readonly name: string;
  readonly senderName: string;
  readonly postalAddress: string;
  readonly colour: string;
  readonly logoUrl?: string | null;
}

/** A stored or rendered digest that a mail carries along, its marks unfilled. */
export interface CarriedDigest {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** "Please confirm": the one mail that goes to an address before consent. */
export interface ConfirmationMail {
  readonly kind: 'confirmation';
  readonly language: string;
  readonly newsletter: NoticeNewsletter;
  readonly confirmUrl: string;
  /** When the link stops working. */
  readonly expiresAt?: Date;
  readonly timeZone?: string;
}

/** After the confirmation: a greeting above the latest edition. */
export interface WelcomeMail {
  readonly kind: 'welcome';
  readonly language: string;
  readonly newsletter: NoticeNewsletter;
  /** Undefined when nothing was sent yet: then a short mail says when the first one comes. */
  readonly digest?: CarriedDigest;
  /** The newsletter's own words, a paragraph each, in place of those of the language. */
  readonly words?: readonly string[];
  readonly values: PlaceholderValues;
}

/** An edition waits for a person: the digest itself, what is wrong with it, and the two links. */
export interface EditionWaitingMail {
  readonly kind: 'edition_waiting';
  readonly language: string;
  readonly newsletter: NoticeNewsletter;
  /** The edition's id, as the commands take it. */
  readonly editionId: string;
  /** `approval`: it may go once somebody says so; `held`: something keeps it, `reason` says what. */
  readonly matter: 'approval' | 'held';
  readonly reason?: string;
  /** What has to be mended before it may go, and how, in place of the reason; empty where nothing is wrong. */
  readonly faults: readonly { readonly what: string; readonly remedy: string }[];
  readonly repairs: readonly string[];
  readonly recipientCount: number;
  /** How many get nothing of it, by why: the phrase `notice.nothing.<reason>` of a language says it. */
  readonly nothing: readonly { readonly reason: string; readonly count: number }[];
  readonly decideBy?: Date;
  /** What happens at `decideBy` when nobody decides. */
  readonly atDeadline?: 'send' | 'skip';
  readonly timeZone?: string;
  readonly approveUrl: string;
  readonly skipUrl: string;
  readonly digest?: CarriedDigest;
}

/** What somebody asked for on a page of ours: their own link (`link`), a new address (`address`: to it; `changed`: to the old one, once it was). */
export interface LinkMail {
  readonly kind: 'link';
  readonly matter: 'link' | 'address' | 'changed';
  readonly language: string;
  readonly newsletter: NoticeNewsletter;
  /** Where the button leads; `changed` has none. */
  readonly url?: string;
  /** The new address, masked, for `changed`. */
  readonly address?: string;
}

/** A digest sent to somebody to look at. */
export interface TestMail {
  readonly kind: 'test';
  readonly language: string;
  readonly newsletter: NoticeNewsletter;
  readonly digest: CarriedDigest;
}

/** What staff can type about what a mail tells them, as data: the phrase `notice.step.<kind>` of a language says how. */
export type StaffStep =
  | { readonly kind: 'resume_edition' | 'cancel_edition' | 'list_deliveries'; readonly edition: string }
  | { readonly kind: 'undo_retraction' | 'retract_post'; readonly post: string }
  | { readonly kind: 'retry_accounts' | 'resume_editions' | 'set_sender' | 'resume_sending' }
  | { readonly kind: 'list_sign_ups' | 'release_sign_ups' | 'drop_sign_ups' | 'expect_sign_ups' };

/**
 * Words of a staff mail: a phrase of the newsletter's language, or a text that is English wherever it is read, because logs and commands say the
 * same. A value that is words may be a phrase too.
 */
export type StaffWords = string | { readonly phrase: string; readonly values: Readonly<Record<string, StaffWords | number>> };

/** Anything else that staff should know. */
export interface StaffMail {
  readonly kind: 'staff';
  readonly language: string;
  readonly newsletter?: NoticeNewsletter;
  readonly subject: StaffWords;
  readonly paragraphs: readonly StaffWords[];
  readonly steps?: readonly StaffStep[];
  readonly links?: readonly { readonly url: string; readonly text: string }[];
}

/** A mail outside the ledger, before it is written. */
export type NoticeMail = ConfirmationMail | WelcomeMail | EditionWaitingMail | TestMail | StaffMail | LinkMail;

/** A written mail: no marks are left in it. */
export interface RenderedNotice {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Writes notices. */
export interface NoticeRenderer {
  /** @throws InvalidInputError when a template or phrase is broken, naming file and line. */
  render(mail: NoticeMail): Promise<RenderedNotice>;
}

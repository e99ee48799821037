/*
 * What each page of the web server is made of. Templates in templates/pages/ turn a model into html; every value is escaped where it is
 * written out, links come ready from the model. Pages work without JavaScript and load nothing but /styles.css.
 */
import type { PostEvent } from '../../content/content.ts';

/** What every page says about itself. */
export interface PageFrame {
  /** BCP 47. */
  readonly language: string;
  readonly homeUrl: string;
  /** Accent colour, `#rrggbb`; our own where the page belongs to no newsletter. */
  readonly colour?: string;
  /** Whose page it is, in place of our own name: on pages for readers the newsletter. */
  readonly brand?: { readonly name: string; readonly url: string };
  /** What stands still and why, a sentence each, on pages for staff: where mail cannot leave, no mail can say so. */
  readonly standsStill?: readonly string[];
}

/** A newsletter as lists name it. */
export interface NewsletterLink {
  readonly name: string;
  readonly senderName: string;
  readonly colour: string;
  /** BCP 47, of its words; so of an edition and of a post. */
  readonly language: string;
  readonly isSample: boolean;
  readonly archiveUrl: string;
  readonly feedUrl: string;
  /** Where people sign up; undefined where they cannot. */
  readonly subscribeUrl?: string;
}

/** An edition that went out, as lists name it. */
export interface EditionLink {
  readonly subject: string;
  readonly preheader: string;
  readonly language: string;
  readonly newsletter: string;
  /** Tells editions of one day apart, where the newsletter has several schedules. */
  readonly schedule?: string;
  readonly sentAt: Date;
  readonly url: string;
}

/** A message in the local outbox, as its list names it. */
export interface OutboxLink {
  readonly url: string;
  readonly receivedAt: Date;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly sizeBytes: number;
}

/** What a sign-up form shows and sends. */
export interface SubscribeForm {
  readonly newsletter: NewsletterLink;
  readonly actionUrl: string;
  /** Tells when the page was made, and that it was made here. */
  readonly stamp: string;
  /** The sentence beside the button. */
  readonly wording: string;
  readonly address: string;
  readonly name: string;
  readonly topics: readonly { readonly slug: string; readonly name: string; readonly isChosen: boolean }[];
  readonly schedules: readonly { readonly name: string; readonly cadence: Cadence; readonly isChosen: boolean }[];
  /** Carried along from where the form stands. */
  readonly source?: string;
  readonly thanks?: string;
}

/** What a reader chose about one newsletter, as a form. */
export interface PreferencesForm {
  /** Of the subscription. */
  readonly id: string;
  readonly newsletter: NewsletterLink;
  readonly hasLeft: boolean;
  readonly subscribeUrl: string;
  readonly followsAll: boolean;
  readonly topics: SubscribeForm['topics'];
  readonly schedules: SubscribeForm['schedules'];
  readonly hours: readonly { readonly value: string; readonly isChosen: boolean }[];
  readonly timeZone: string;
  readonly languages: readonly { readonly tag: string; readonly name: string; readonly isChosen: boolean }[];
  readonly format: 'html' | 'text';
  readonly isPaused: boolean;
  readonly pausedUntil?: Date;
  /** In which a day of the pause begins. */
  readonly pauseZone: string;
  /** The day to pause until, as it was typed. */
  readonly until: string;
  /** `gone`: something that was chosen is not there any more. */
  readonly fault?: 'topics' | 'zone' | 'date' | 'gone';
}

/** How often a newsletter comes; `other` is called by its schedule's name. */
export type Cadence =
  { readonly kind: 'daily' | 'weekdays' | 'monthly' | 'other' } | { readonly kind: 'weekly'; readonly days: readonly number[] };

/** The model of each page by the page's name, which is also that of its template. */
export interface PageModels {
  /** What this is, and where everything is. The outbox and the sample site are there in local mode only. */
  home: PageFrame & {
    readonly newsletters: readonly NewsletterLink[];
    readonly editions: readonly EditionLink[];
    readonly outboxUrl?: string;
    /** Whether other mail than the sample's goes to a mail server of the operator. */
    readonly hasMailServer?: boolean;
    readonly sampleUrl?: string;
  };
  /** The editions of a newsletter, newest first. */
  archive: PageFrame & { readonly newsletter: NewsletterLink; readonly editions: readonly EditionLink[]; readonly olderUrl?: string };
  /** Every post of an edition: where a digest ends that could not name them all. */
  'edition-posts': PageFrame & {
    readonly newsletter: NewsletterLink;
    readonly edition: EditionLink;
    readonly posts: readonly {
      readonly title: string;
      readonly url?: string;
      readonly publishedAt?: Date;
      readonly event?: PostEvent;
      readonly language: string;
      readonly isRetracted: boolean;
    }[];
  };
  /** Where people sign up. What they typed stays, where something of it could not be. */
  subscribe: PageFrame &
    SubscribeForm & {
      readonly intro?: string;
      readonly senderAddress: string;
      readonly privacyUrl: string;
      /** Where somebody who subscribes already gets their own link. */
      readonly linkUrl: string;
      readonly fault?: 'address' | 'name' | 'choice';
      /** The domain that may be meant: beside a fault of the address, or as a question about one that could be right. */
      readonly suggestion?: string;
      /** The domain that the question is about: it is asked once. */
      readonly asked?: string;
    };
  /** Once more; `hasTripped`: for somebody who was faster than people are, or filled in what only programs see. */
  'subscribe-again': PageFrame & SubscribeForm & { readonly hasTripped: boolean };
  /** The one answer to everybody. */
  'subscribe-sent': PageFrame & { readonly newsletter: NewsletterLink };
  'subscribe-closed': PageFrame & { readonly newsletter: NewsletterLink; readonly hasEnded?: boolean };
  /** For staff: a form to put on their own site. */
  'subscribe-form': PageFrame & { readonly newsletter: NewsletterLink; readonly snippet: string; readonly isOpen: boolean };
  /** Asks for the one click that confirms: a form that posts to `actionUrl`. `wording` stands beside the button, word for word. */
  confirm: PageFrame & {
    readonly newsletter: NewsletterLink;
    readonly wording: string;
    readonly actionUrl: string;
    readonly offersLatest: boolean;
  };
  /**
   * The welcome. `words` are the newsletter's own; `first`: what their first edition will hold by now, and today, which tells whether to name the year;
   * `isAgain`: they had confirmed before.
   */
  confirmed: PageFrame & {
    readonly newsletter: NewsletterLink;
    readonly isAgain: boolean;
    readonly preferencesUrl: string;
    readonly words?: readonly string[];
    readonly first?: { readonly postsAt: Date; readonly today: Date; readonly titles: readonly string[]; readonly restCount: number };
  };
  /** Asks for the one click that ends the subscription: a form that posts to `actionUrl`. */
  unsubscribe: PageFrame & { readonly newsletter: NewsletterLink; readonly actionUrl: string };
  /** After leaving. `undos` take a leaving back, each in a form of its own; the first takes the reason too. None where a program of their mail did it. */
  unsubscribed: PageFrame & {
    readonly newsletter: NewsletterLink;
    readonly left: readonly string[];
    readonly undos: readonly { readonly newsletter: string; readonly actionUrl: string }[];
    readonly reasons: readonly string[];
    readonly hasReason: boolean;
  };
  /** What a reader receives and how: a section for each newsletter, with forms that post to `actionUrl`. What was typed stays, where something could not be. */
  preferences: PageFrame & {
    /** Masked: the link stands in every digest, a forwarded one too. */
    readonly address: string;
    readonly actionUrl: string;
    readonly done?: 'saved' | 'link_sent' | 'kept';
    readonly sections: readonly PreferencesForm[];
    readonly zones: readonly string[];
    readonly canMailLink: boolean;
  };
  /** Asks for the address of somebody who subscribes already; `isSent` is the one answer to everybody. */
  'personal-link': PageFrame & {
    readonly newsletter: NewsletterLink;
    readonly actionUrl: string;
    readonly address: string;
    readonly isFault: boolean;
    readonly isSent: boolean;
  };
  /** A person's own page. */
  mine: PageFrame & {
    readonly address: string;
    readonly name: string;
    readonly newAddress: string;
    readonly newsletters: readonly { readonly name: string; readonly url: string }[];
    readonly actionUrl: string;
    readonly exportUrl: string;
    readonly eraseUrl: string;
    readonly done?: 'saved' | 'address_sent';
    readonly fault?: 'name' | 'address';
  };
  /** Asks before a person's data is deleted, and says what stays; `isDone` once it is. */
  erase: PageFrame & { readonly actionUrl: string; readonly isDone: boolean };
  /** Asks the owner of a new address for one click; `isDone` once it is used. */
  /** `isBusy`: it cannot be at this moment. */
  address: PageFrame & { readonly actionUrl: string; readonly address: string; readonly isDone: boolean; readonly isBusy: boolean };
  /** Asks staff for one decision: a form that posts to `actionUrl`, and the digest in a sandboxed frame from `digestUrl`. */
  decide: PageFrame & {
    readonly newsletter: string;
    readonly action: 'approve' | 'skip';
    readonly subject: string;
    readonly postCount: number;
    readonly recipientCount: number;
    /** How many get nothing of it, by why. */
    readonly nothing: readonly { readonly reason: string; readonly count: number }[];
    readonly actionUrl: string;
    /** Approving checks it again first. */
    readonly mustBeChecked: boolean;
    /** Why it is held. */
    readonly reason?: string;
    readonly digestUrl?: string;
    /** Why the decision was not taken a moment ago. */
    readonly why?: 'failed_again' | 'passes_now' | 'changed' | 'busy';
  };
  /** `state` is what the edition is now where it was decided before, by this very link where `isUsed`; `taken` says how. */
  decided: PageFrame & {
    readonly newsletter: string;
    readonly action: 'approve' | 'skip';
    readonly subject: string;
    readonly state?: string;
    readonly isUsed: boolean;
    readonly taken?: { readonly action: 'approve' | 'skip'; readonly at: Date; readonly by: 'link' | 'staff' | 'gazette' };
  };
  /**
   * A link that is forged, expired, used or outdated: one calm page for all, which must not tell them apart. `links`: where who subscribes already has
   * their own link mailed, by newsletter; `hasMore`: there are others.
   */
  'dead-link': PageFrame & {
    readonly links: readonly { readonly name: string; readonly language: string; readonly url: string }[];
    readonly hasMore: boolean;
  };
  outbox: PageFrame & { readonly messages: readonly OutboxLink[]; readonly olderUrl?: string };
  /** One message: html in a sandboxed frame from `frameUrl`, and the text. */
  'outbox-message': PageFrame & {
    readonly message: OutboxLink;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    readonly frameUrl?: string;
    readonly text?: string;
    readonly outboxUrl: string;
  };
  /** For a request that came through a proxy or under another name: the outbox is for this machine alone. */
  'outbox-refused': PageFrame;
  'not-found': PageFrame;
  /** For somebody who tried something too often. */
  'too-many': PageFrame;
  /** `requestId` is what staff find in the log. */
  error: PageFrame & { readonly requestId: string };
}

/** The name of a page. */
export type PageName = keyof PageModels;

/** The model of each part that is put into html which is there already, by the name of its template. */
export interface PagePartModels {
  /** Stands above a digest of the archive: which of its posts were withdrawn since. Brings its own style: no style sheet reaches it. */
  withdrawn: { readonly language: string; readonly titles: readonly string[] };
}

/** Renders pages; created once, loads and checks the templates at creation. */
export interface PageRenderer {
  render<Name extends PageName>(name: Name, model: PageModels[Name]): Promise<string>;
  /** The html of a part, without a page around it. */
  renderPart<Name extends keyof PagePartModels>(name: Name, model: PagePartModels[Name]): Promise<string>;
  /** A phrase of a language, as plain text. */
  words(language: string, key: string): string;
  /** The sentence beside the button of the page `confirm`, as plain text: it is stored word for word with the consent. */
  confirmationWording(language: string, newsletter: { readonly name: string; readonly senderName: string }): string;
  /** The languages that pages come in, each by its tag. */
  readonly languages: readonly string[];
  /** The style sheet of all pages, served as /styles.css. */
  readonly styles: string;
  /** The style sheet beside it that brings a newsletter's colour (`#rrggbb`), readable on light and dark paper. */
  accentStyles(colour: string): string;
}

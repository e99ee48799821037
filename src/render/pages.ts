/*
 * The pages of the web server, by name, with what each shows. Pages are Liquid (templates/pages/<name>.liquid within layout.liquid), work
 * without JavaScript and under a policy that allows no inline style: the look is templates/pages/styles.css, served at /styles.css.
 * Every text is escaped on output; a model holds plain text and absolute or root-relative URLs, never html.
 */

/** What every page knows. */
export interface PageFrame {
  /** BCP 47: the language of fixed phrases and dates. */
  readonly language: string;
  /** Where the page's head leads: the home page. */
  readonly homeUrl: string;
  /** IANA zone in which instants are shown. Default: UTC. */
  readonly timeZone?: string;
}

/** An edition in a list. */
export interface EditionLink {
  readonly subject: string;
  readonly preheader?: string;
  /** The newsletter's name. */
  readonly newsletter: string;
  readonly sentAt: Date;
  readonly url: string;
}

/** `/`: what this is, the newsletters, the latest editions. */
export interface HomePage extends PageFrame {
  readonly newsletters: readonly {
    readonly name: string;
    readonly senderName: string;
    readonly colour: string;
    readonly isSample: boolean;
    readonly archiveUrl: string;
    readonly feedUrl: string;
  }[];
  readonly editions: readonly EditionLink[];
  /** Local mode only. */
  readonly outboxUrl?: string;
  readonly sampleUrl?: string;
}

/** A newsletter's editions, newest first. */
export interface ArchivePage extends PageFrame {
  readonly newsletter: string;
  readonly editions: readonly EditionLink[];
  readonly feedUrl: string;
  /** The next, older page of the list. */
  readonly olderUrl?: string;
}

/** Every post of an edition, where its digest ended with "and 23 more". */
export interface EditionPostsPage extends PageFrame {
  readonly newsletter: string;
  readonly subject: string;
  readonly sentAt: Date;
  readonly editionUrl: string;
  readonly posts: readonly { readonly title: string; readonly url?: string; readonly publishedAt?: Date }[];
}

/** The local outbox: messages, newest first. */
export interface OutboxPage extends PageFrame {
  /** The Maildir's path, for a mail program. */
  readonly folder: string;
  readonly messages: readonly {
    readonly subject: string;
    readonly from: string;
    readonly to: string;
    readonly date: Date;
    readonly url: string;
  }[];
  /** How many there are in all; the list may be shorter. */
  readonly totalCount: number;
  readonly olderUrl?: string;
}

/** One message of the outbox: its html in a frame, its text, its headers. */
export interface OutboxMessagePage extends PageFrame {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly date: Date;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  /** Where the html part is served alone, for the frame; undefined for a message of text only. */
  readonly htmlUrl?: string;
  readonly outboxUrl: string;
}

/** GET of a confirmation link: a button that confirms by POST to the same address. */
export interface ConfirmPage extends PageFrame {
  readonly newsletter: string;
  readonly senderName?: string;
  /** Where the form is posted. */
  readonly actionUrl: string;
}

/** GET of an unsubscribe link: a button that ends the subscription by POST to the same address. */
export interface UnsubscribePage extends PageFrame {
  readonly newsletter: string;
  readonly senderName?: string;
  readonly actionUrl: string;
}

/** What a mailed link may end with. */
export type MessageKind =
  | 'confirmed'
  | 'already_confirmed'
  | 'unsubscribed'
  | 'already_unsubscribed'
  | 'approved'
  | 'skipped'
  | 'decision_conflict'
  | 'link_invalid'
  | 'link_expired'
  | 'link_used'
  | 'not_found'
  | 'too_many_requests'
  | 'error';

/** A page that says one thing: what was done, or why not. */
export interface MessagePage extends PageFrame {
  readonly kind: MessageKind;
  /** The newsletter it is about, where one is. */
  readonly newsletter?: string;
  /** More in the kind's own words: the state of an edition, a request's id. */
  readonly detail?: string;
  readonly link?: { readonly url: string; readonly text: string };
}

/** GET of a staff link: what is to be decided, and a button that decides by POST to the same address. */
export interface DecisionPage extends PageFrame {
  readonly action: 'approve' | 'skip';
  readonly newsletter: string;
  readonly subject: string;
  readonly postCount: number;
  readonly recipientCount: number;
  readonly actionUrl: string;
  /** Where the digest can be seen. */
  readonly previewUrl?: string;
}

/** Each page's model by its name. */
export interface PageModels {
  readonly home: HomePage;
  readonly archive: ArchivePage;
  readonly edition_posts: EditionPostsPage;
  readonly outbox: OutboxPage;
  readonly outbox_message: OutboxMessagePage;
  readonly confirm: ConfirmPage;
  readonly unsubscribe: UnsubscribePage;
  readonly message: MessagePage;
  readonly decision: DecisionPage;
}

/** The name of a page. */
export type PageName = keyof PageModels;

/** Renders pages to whole html documents. */
export interface PageRenderer {
  render<Name extends PageName>(name: Name, model: PageModels[Name]): Promise<string>;
  /** The style sheet that the pages ask for at /styles.css. */
  readonly styles: string;
}

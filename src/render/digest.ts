/*
 * What a digest is made of. `render` is a gateway: it knows Liquid, MJML, html and text, and no table, clock or network.
 * Post html arrives sanitised and is never scanned for template syntax. What is personal is a placeholder (placeholder.ts).
 * Order: digest · templates/ · parts/ · digest/ · mails/ · pages/.
 */

import type { PostingHabits } from '../content/clutter/repeats.ts';
import type { PostEvent } from '../content/content.ts';
import type { InvalidInputError } from '../kernel/errors.ts';

/** The longest subject that goes out, in UTF-16 units. */
export const maxSubjectLength = 150;

/** A picture with its display width in pixels (at most the column), for `img`. */
export interface DigestImage {
  readonly url: string;
  readonly alt: string;
  readonly width?: number;
  readonly height?: number;
}

/** A document of a post: the button names it. */
export interface DigestAttachment {
  readonly url: string;
  readonly title: string;
  readonly mediaType: string;
  readonly lengthBytes?: number;
  /** How many top-level blocks of the post's html stand before its button; undefined puts it after the text. */
  readonly afterBlock?: number;
}

/** One post as a digest shows it. `position` ties it to the ledger. */
export interface DigestPost {
  readonly position: bigint;
  /** Never empty: the post's title, else the document's, else its first sentence. */
  readonly title: string;
  readonly url?: string;
  readonly authors: readonly string[];
  readonly publishedAt?: Date;
  /** What the post tells of: its date is shown in place of the post's. */
  readonly event?: PostEvent;
  /** Sanitised html of the whole text. */
  readonly html: string;
  /** Plain text, a few sentences. */
  readonly summary: string;
  /** With fractions. */
  readonly readingMinutes: number;
  readonly topic?: DigestTopic;
  readonly image?: DigestImage;
  readonly attachments: readonly DigestAttachment[];
  /** What the posts of its source repeat; undefined where nothing is known of it. */
  readonly habits?: PostingHabits;
  /** BCP 47, as its source states it; undefined is taken for the digest's own. */
  readonly language?: string;
}

/** The heading that a post stands under: its first topic in the newsletter's order. */
export interface DigestTopic {
  readonly slug: string;
  readonly name: string;
}

/** A post revised after it went out, as a short line. */
export interface DigestCorrection {
  readonly position: bigint;
  readonly title: string;
  readonly url?: string;
  readonly note?: string;
  /** Of the post; as there. */
  readonly language?: string;
}

/** The newsletter's own look and words. */
export interface DigestNewsletter {
  readonly slug: string;
  readonly name: string;
  readonly senderName: string;
  readonly postalAddress: string;
  readonly colour: string;
  readonly logoUrl?: string;
  /** Plain text under the masthead, paragraphs apart by an empty line. */
  readonly intro?: string;
  readonly siteUrl?: string;
  readonly sections?: DigestSections;
}

/** Which parts of a digest a newsletter wants; undefined leaves each as it comes: the picture above a post and reading times shown, contents when it is long. */
export interface DigestSections {
  readonly contents?: boolean;
  readonly images?: boolean;
  readonly readingTime?: boolean;
}

/** Everything a rendition depends on. Nothing in it depends on one reader. */
export interface DigestModel {
  readonly newsletter: DigestNewsletter;
  /** BCP 47; a file in templates/languages/ serves its dates and fixed phrases, English where there is none. */
  readonly language: string;
  readonly template: string;
  /** The edition's own day, in the schedule's zone. */
  readonly editionDate: Date;
  readonly timeZone: string;
  /** A word of the staff above the posts; plain text, paragraphs apart by an empty line. */
  readonly note?: string;
  /** Whether readers have a page of preferences: shows the link `{{ links.preferences }}`. */
  readonly showsPreferences?: boolean;
  /** Overrides by staff; Liquid. */
  readonly subject?: string;
  readonly preheader?: string;
  /** In full, in display order: pinned first, then the newest; grouped by topic by the template. */
  readonly posts: readonly DigestPost[];
  /** Names of topics in the order in which their sections stand; others follow as they first appear in `posts`. */
  readonly sectionOrder?: readonly string[];
  /** Over the maximum: titles under "Also published"; beyond 40 a link to `restUrl` stands for the rest. */
  readonly alsoPublished: readonly DigestPost[];
  /** Absolute URL of the page that lists every post of the edition. */
  readonly restUrl: string;
  readonly corrections: readonly DigestCorrection[];
  /** Addresses of pictures that were found dead: they are left out, wherever they stand. */
  readonly deadImages?: readonly string[];
  /** Absolute URL of the edition's archive page: "view in browser", and where the rest stands. */
  readonly archiveUrl: string;
  readonly feedUrl: string;
}

/** A rendition before it is stored. `html` and `text` hold placeholders. */
export interface RenderedDigest {
  readonly subject: string;
  readonly preheader: string;
  readonly html: string;
  readonly text: string;
  /** What was mended on the way, one sentence each. */
  readonly repairs: readonly string[];
}

/** A template that cannot be used, and why: file and line, or the file that is missing. */
export interface BrokenTemplate {
  readonly name: string;
  readonly error: InvalidInputError;
}

/**
 * Renders digests; created once, and counts how often MJML ran. Templates are loaded at creation, and again at the first use after one of their
 * files changed; language files are read at creation only.
 */
export interface DigestRenderer {
  /** @throws InvalidInputError when the template does not exist or is broken, or the model cannot be rendered (file and line). */
  render(model: DigestModel): Promise<RenderedDigest>;
  /**
   * Compiles every template, or the named one, on specimens; `render` does so by itself the first time that it uses a template.
   * @throws InvalidInputError of a broken one.
   */
  check(template: string): Promise<void>;
  /** Begins to load what the first digest needs, for one that comes soon. */
  warmUp(): void;
  /** Whether there are phrases in this language, or in that without its region; else they are English. */
  hasLanguage(tag: string): boolean;
  /** The templates that work, by name, as of the last look at them: creation, or a use. */
  readonly templates: readonly { readonly name: string; readonly title: string; readonly description: string }[];
  /** The templates that cannot be used, by name, as of the last look at them. They cost only those who use them. */
  readonly broken: readonly BrokenTemplate[];
  /** How many renditions MJML was run for; the trial of a template on its first use is not counted. */
  readonly mjmlRunCount: number;
}

/*
 * The posts of the WordPress test site: twelve, each with one thing that real sites do and readers trip over.
 * `{site}` stands for the site's own address. What a reader must find in each stands beside it.
 */

/** A media file: a paper or a picture of the library. */
export interface WordPressMedia {
  readonly id: number;
  /** Path of the file, as its URL has it. */
  readonly file: string;
  readonly mimeType: string;
  readonly title: string;
  /** The post that it is attached to, 0 for none. */
  readonly postId: number;
  readonly slug: string;
}

/** A category or a tag. */
export interface WordPressTerm {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly taxonomy: 'category' | 'post_tag';
}

/** A post as the site keeps it, and what must be found in it. */
export interface WordPressPost {
  readonly id: number;
  readonly oddity: string;
  readonly slug: string;
  /** As REST renders it: html with entities. */
  readonly title: string;
  readonly html: string;
  /** Local time of the site (Europe/Madrid) and UTC, both without a zone, as REST states them. */
  readonly date: string;
  readonly dateGmt: string;
  readonly categories: readonly number[];
  readonly tags: readonly number[];
  readonly isProtected?: boolean;
  /** Set where the site refuses to embed author and picture. */
  readonly hasBrokenEmbeds?: boolean;
  /** Media id that only an enclosure can state in RSS, since the text does not name the file. */
  readonly enclosedMedia?: number;
  /** The title as a person reads it. */
  readonly plainTitle: string;
  /** Paths of the papers, in order; what a reader must find. */
  readonly papers: readonly string[];
  readonly categorySlugs: readonly string[];
}

const uploads = '/wp-content/uploads/2026/03';

/** The site's categories and tags; "Reading" is both. */
export const wordPressTerms: readonly WordPressTerm[] = [
  { id: 1, slug: 'uncategorized', name: 'Uncategorized', taxonomy: 'category' },
  { id: 5, slug: 'leadership-development', name: 'Leadership Development', taxonomy: 'category' },
  { id: 6, slug: 'research-papers', name: 'Research &amp; Papers', taxonomy: 'category' },
  { id: 7, slug: 'reading', name: 'Reading', taxonomy: 'category' },
  { id: 21, slug: 'reading', name: 'Reading', taxonomy: 'post_tag' },
  { id: 22, slug: 'homework', name: 'homework', taxonomy: 'post_tag' },
];

/** The media library. */
export const wordPressMedia: readonly WordPressMedia[] = [
  {
    id: 501,
    file: `${uploads}/mentoring-evidence.pdf`,
    mimeType: 'application/pdf',
    title: 'Mentoring: the evidence',
    postId: 101,
    slug: 'mentoring-evidence',
  },
  {
    id: 502,
    file: `${uploads}/mentoring-guide.pdf`,
    mimeType: 'application/pdf',
    title: 'Mentoring: a guide',
    postId: 101,
    slug: 'mentoring-guide',
  },
  {
    id: 503,
    file: `${uploads}/timetables.pdf`,
    mimeType: 'application/pdf',
    title: 'Timetables that breathe',
    postId: 102,
    slug: 'timetables',
  },
  {
    id: 504,
    file: `${uploads}/governors-handbook.pdf`,
    mimeType: 'application/pdf',
    title: 'A handbook for governors',
    postId: 103,
    slug: 'governors-handbook',
  },
  {
    id: 505,
    file: `${uploads}/literacy-review.pdf`,
    mimeType: 'application/pdf',
    title: 'Literacy review',
    postId: 104,
    slug: 'literacy-review',
  },
  {
    id: 506,
    file: `${uploads}/annual-report-2025.pdf`,
    mimeType: 'application/pdf',
    title: 'Annual report 2025',
    postId: 105,
    slug: 'annual-report-2025',
  },
  {
    id: 507,
    file: `${uploads}/survey-tables.pdf`,
    mimeType: 'application/pdf',
    title: 'Survey tables',
    postId: 106,
    slug: 'survey-tables',
  },
  { id: 511, file: `${uploads}/window.png`, mimeType: 'image/png', title: 'Window', postId: 108, slug: 'window' },
];

/** The twelve posts, newest first. */
export const wordPressPosts: readonly WordPressPost[] = [
  {
    id: 112,
    oddity: 'no title, and a text that is nothing but a quotation',
    slug: '112',
    title: '',
    html: '<blockquote class="wp-block-quote is-layout-flow"><p>Nobody remembers the policy. Everybody remembers who was at the gate.</p><cite>A caretaker, after forty years</cite></blockquote>',
    date: '2026-04-02T10:00:00',
    dateGmt: '2026-04-02T08:00:00',
    categories: [7],
    tags: [],
    plainTitle: '',
    papers: [],
    categorySlugs: ['reading'],
  },
  {
    id: 111,
    oddity: 'relative links, a paper whose name ends in .PDF with query and fragment',
    slug: 'a-report-by-a-winding-road',
    title: 'A report by a winding road',
    html: '<p>The <a href="/files/REPORT-FINAL.PDF?ver=2#page=3">inspection report</a> is out. See also <a href="../a-protected-note/">last month&#8217;s note</a>.</p><p><img src="/wp-content/uploads/2026/03/window.png" alt="A window" width="600" height="315" /></p>',
    date: '2026-04-01T10:00:00',
    dateGmt: '2026-04-01T08:00:00',
    categories: [6],
    tags: [],
    plainTitle: 'A report by a winding road',
    papers: ['/files/REPORT-FINAL.PDF?ver=2'],
    categorySlugs: ['research-papers'],
  },
  {
    id: 110,
    oddity: 'entities and markup in the title, a category and a tag of the same name',
    slug: 'why-and-how-emma',
    title: '&#8220;Why&#8221; &#038; how: <em>Emma</em> in the caf&eacute;&hellip;',
    html: '<p>Three evenings, one novel, eleven teachers.</p>',
    date: '2026-03-31T10:00:00',
    dateGmt: '2026-03-31T08:00:00',
    categories: [7],
    tags: [21, 22],
    plainTitle: '“Why” & how: Emma in the café…',
    papers: [],
    categorySlugs: ['reading'],
  },
  {
    id: 109,
    oddity: 'error objects inside _embedded, because the site hides its users and the picture is gone',
    slug: 'the-author-who-is-not-there',
    title: 'The author who is not there',
    html: '<p>A short notice whose author the site will not name.</p>',
    date: '2026-03-30T10:00:00',
    dateGmt: '2026-03-30T08:00:00',
    categories: [5],
    tags: [],
    hasBrokenEmbeds: true,
    plainTitle: 'The author who is not there',
    papers: [],
    categorySlugs: ['leadership-development'],
  },
  {
    id: 108,
    oddity: 'date_gmt without a zone in the hour that Madrid skips, in "Uncategorized", with a tracking pixel, an emoji and a lazy picture',
    slug: 'the-hour-that-was-not',
    title: 'The hour that was not',
    html: '<p>We met at the hour that the clocks skipped. <img src="https://s.w.org/images/core/emoji/15.0.3/72x72/1f642.png" alt="🙂" class="wp-smiley" style="height: 1em; max-height: 1em;" /></p><figure class="wp-block-image"><img class="lazyload" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" data-src="{site}/wp-content/uploads/2026/03/window.png" data-srcset="{site}/wp-content/uploads/2026/03/window-600x315.png 600w, {site}/wp-content/uploads/2026/03/window.png 2400w" alt="A window" width="2400" height="1260" /></figure><p><img src="https://pixel.wp.com/b.gif?host=example.org&#038;blog=1&#038;post=108" width="1" height="1" alt="" /></p>',
    date: '2026-03-29T04:30:00',
    dateGmt: '2026-03-29T02:30:00',
    categories: [1],
    tags: [],
    plainTitle: 'The hour that was not',
    papers: [],
    categorySlugs: ['uncategorized'],
  },
  {
    id: 107,
    oddity: 'protected by a password',
    slug: 'a-protected-note',
    title: 'A protected note',
    html: '',
    date: '2026-03-28T10:00:00',
    dateGmt: '2026-03-28T09:00:00',
    categories: [5],
    tags: [],
    isProtected: true,
    plainTitle: 'A protected note',
    papers: [],
    categorySlugs: ['leadership-development'],
  },
  {
    id: 106,
    oddity: 'a paper that is attached to the post and named nowhere in its text',
    slug: 'survey-results-in-brief',
    title: 'Survey results in brief',
    html: '<p>Six hundred answers, two surprises. The tables are attached.</p>',
    date: '2026-03-27T10:00:00',
    dateGmt: '2026-03-27T09:00:00',
    categories: [6],
    tags: [],
    enclosedMedia: 507,
    plainTitle: 'Survey results in brief',
    papers: [`${uploads}/survey-tables.pdf`],
    categorySlugs: ['research-papers'],
  },
  {
    id: 105,
    oddity: 'a link to the attachment page of a paper',
    slug: 'our-year-in-numbers',
    title: 'Our year in numbers',
    html: '<p>The accounts are signed: <a href="{site}/our-year-in-numbers/annual-report-2025/" rel="attachment wp-att-506">Annual report 2025</a>.</p>',
    date: '2026-03-26T10:00:00',
    dateGmt: '2026-03-26T09:00:00',
    categories: [6],
    tags: [],
    enclosedMedia: 506,
    plainTitle: 'Our year in numbers',
    papers: [`${uploads}/annual-report-2025.pdf`],
    categorySlugs: ['research-papers'],
  },
  {
    id: 104,
    oddity: 'a document viewer in an iframe, the URL of the paper encoded in its query',
    slug: 'a-review-of-literacy',
    title: 'A review of literacy',
    html: '<p>Read it below.</p><iframe class="gde-frame" src="https://docs.google.com/viewer?url={encodedSite}%2Fwp-content%2Fuploads%2F2026%2F03%2Fliteracy-review.pdf&#038;embedded=true&#038;hl=en" style="width:100%; height:500px; border: none;" title="Literacy review"></iframe>',
    date: '2026-03-25T10:00:00',
    dateGmt: '2026-03-25T09:00:00',
    categories: [7],
    tags: [],
    plainTitle: 'A review of literacy',
    papers: [`${uploads}/literacy-review.pdf`],
    categorySlugs: ['reading'],
  },
  {
    id: 103,
    oddity: 'the link of an embedder, which a script turns into a viewer',
    slug: 'a-handbook-for-governors',
    title: 'A handbook for governors',
    html: '<p>New this spring.</p><p><a href="{site}/wp-content/uploads/2026/03/governors-handbook.pdf" class="pdfemb-viewer" style="" data-width="max" data-height="max" data-toolbar="bottom" data-toolbar-fixed="off">governors-handbook</a></p>',
    date: '2026-03-24T10:00:00',
    dateGmt: '2026-03-24T09:00:00',
    categories: [5],
    tags: [],
    plainTitle: 'A handbook for governors',
    papers: [`${uploads}/governors-handbook.pdf`],
    categorySlugs: ['leadership-development'],
  },
  {
    id: 102,
    oddity: 'a file block: preview, link and button with the URL of one file',
    slug: 'timetables-that-breathe',
    title: 'Timetables that breathe',
    html: '<p>How four schools made room.</p><div data-wp-interactive="core/file" class="wp-block-file"><object data-wp-bind--hidden="!state.hasPdfPreview" hidden class="wp-block-file__embed" data="{site}/wp-content/uploads/2026/03/timetables.pdf" type="application/pdf" style="width:100%;height:600px" aria-label="Embed of Timetables that breathe."></object><a id="wp-block-file--media-7a" href="{site}/wp-content/uploads/2026/03/timetables.pdf">Timetables that breathe</a><a href="{site}/wp-content/uploads/2026/03/timetables.pdf" class="wp-block-file__button wp-element-button" download aria-describedby="wp-block-file--media-7a">Download</a></div>',
    date: '2026-03-23T10:00:00',
    dateGmt: '2026-03-23T09:00:00',
    categories: [5, 6],
    tags: [22],
    plainTitle: 'Timetables that breathe',
    papers: [`${uploads}/timetables.pdf`],
    categorySlugs: ['leadership-development', 'research-papers'],
  },
  {
    id: 101,
    oddity: 'two papers, each after its paragraph',
    slug: 'two-papers-on-mentoring',
    title: 'Two papers on mentoring',
    html: '<p>The first collects what is known.</p><p><a href="{site}/wp-content/uploads/2026/03/mentoring-evidence.pdf">Mentoring: the evidence (PDF)</a></p><p>The second is for those who begin on Monday.</p><p><a href="{site}/wp-content/uploads/2026/03/mentoring-guide.pdf">Mentoring: a guide (PDF)</a></p>',
    date: '2026-03-20T10:00:00',
    dateGmt: '2026-03-20T09:00:00',
    categories: [5],
    tags: [],
    plainTitle: 'Two papers on mentoring',
    papers: [`${uploads}/mentoring-evidence.pdf`, `${uploads}/mentoring-guide.pdf`],
    categorySlugs: ['leadership-development'],
  },
];

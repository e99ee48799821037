/*
 * Which names of shortcodes are known, and what those are for. A word in brackets is a shortcode by its name alone only where nobody writes that name in
 * a sentence; for any other its form decides (shortcode-tag.ts).
 */

/** How page builders, their themes and plug-ins begin the names of what is theirs. */
const families =
  /^(?:x_(?:section|row|column|container|button|line|gap|clear|icon|icon_list|image|text|content_band|block_grid|custom_headline|feature_headline|promo|alert|accordion|tabs?|tab_nav|tab_nav_item|video_embed|video_player|audio_embed|share|callout|blockquote|pullquote|columnize|raw_content|recent_posts|slider|slide|card|prompt|map|toc)|(?:vc|et_pb|et|fusion|av|avia|fl|su|wpdm|wpb|bt_bb|cq_vc|cs|tdc|td_block|mk|mkdf|edgtf|eltdf|qode|qodef|thb|vcex|trx|tatsu|oxy|ct|kc|nectar|porto|dt|gem|cz|ult|ultimate|bsf|themify|thrive|tcb|brizy|siteorigin|gravity|ninja|mc4wp|ngg|woocommerce|edd|efn|cmsmasters|presto|wppb|real3d)_[\w-]+|(?:elementor|wpforms|contact-form|mc4wp|wpcode)-[\w-]+|[a-z]+(?:[_-][a-z]+)?[_-](?:feed|slider|gallery|carousel|shortcode))$/;

const bareNames = new Set(
  (
    'gallery playlist ninja_form ninja_forms gravityform gravityforms wpforms contact-form contact-form-7 formidable caldera_form mc4wp_form newsletter_form rev_slider ' +
    'toc tocplus ez-toc social_share addtoany sharethis jetpack_subscription_form woocommerce_cart ' +
    'pdf-embedder pdfviewer wpdm_package wp_caption'
  ).split(' '),
);

/** Words that people write as well: shortcodes where they have attributes, or end with their name behind a slash. */
const wordNames = new Set(
  (
    'caption embed video audio button btn link url img image form map icon quote blockquote pullquote toggle accordion accordion-item accordion_item tab tabs column columns ' +
    'col row section container box alert notice divider spacer clear clearfix separator heading title subtitle highlight dropcap tooltip popup abbr list li one_half ' +
    'one_third two_third one_fourth three_fourth one_half_last one_third_last two_third_last one_fourth_last three_fourth_last footnote footnotes fn ref efn_note mfn ' +
    'latex tex math katex mathjax code raw download downloads file pdf document youtube vimeo soundcloud dailymotion spotify googlemaps slideshare scribd slideshow slider ' +
    'carousel testimonial testimonials pricing_table team member members restrict hide show posts recent_posts product products purchase_link subscribe newsletter poll survey ' +
    'instagram facebook twitter tweet iframe object embeddoc googleapps google-map-v3 gview doc wpfilebase event events table tablepress spoiler read more_link b i u s size ' +
    'color center left right email'
  ).split(' '),
);

/** Said with its end in jest, and meant to be read. */
const jests = new Set('rant sarcasm irony ironic joke humor humour snark cynicism sarc satire edit update sic'.split(' '));

/** Whether a name is that of a shortcode, wherever it stands in brackets. */
export function isShortcodeName(name: string): boolean {
  return bareNames.has(name) || families.test(name);
}

/** Whether a name is known as that of a shortcode, though people may write the word as well. */
export function mayBeShortcodeName(name: string): boolean {
  return wordNames.has(name) || isShortcodeName(name);
}

/** Whether `[name]…[/name]` is a manner of speaking. */
export function isManner(name: string): boolean {
  return jests.has(name.toLowerCase());
}

/** What a shortcode is for, which says what becomes of it. */
export type ShortcodeKind =
  | 'caption'
  | 'media'
  | 'picture'
  | 'nothing'
  | 'code'
  | 'note'
  | 'download'
  | 'call'
  | 'button'
  | 'heading'
  | 'inline'
  | 'block'
  | 'unknown';

// The first that fits; the name of a builder's element is read without the builder's own.
const kinds: readonly (readonly [ShortcodeKind, RegExp])[] = [
  ['caption', /^(?:wp_)?caption$/],
  ['code', /^(?:raw_?html|raw_?js|codeblock|fullwidth_code|code|raw)$/],
  ['note', /^(?:foot_?note|fn|ref|note|mfn)$/],
  ['download', /^(?:downloads?|package|file|wpdm_package|wpdm_file|document_library|ddownload|dlm_download)$/],
  [
    'nothing',
    /form|captcha|login|mailchimp|opt-?in|subscri|newsletter|poll|survey|^signup|sidebar|widget|menu|social|share|^addtoany|sharethis|toc$|search|^cart|checkout|revslider|rev_slider|layerslider|metaslider|smartslider|countdown|googlemaps|_map$|^map|posts?$|portfolio|^blog|purchase_link/,
  ],
  [
    'media',
    /video|audio|youtube|vimeo|soundcloud|dailymotion|spotify|^embed|embedder|viewer|embeddoc|iframe|object|slideshare|scribd|gview|flip-?book|^pdf$|^doc$|^document$|podcast/,
  ],
  ['picture', /^(?:single_|full_?width_)?(?:image|img|photo|imageframe|image_frame|hotspot)$|^image_?(?:box|single)?$/],
  ['call', /^(?:cta|call_to_action)\d?$/],
  ['button', /button|btn|^cta|^url$|^link$|^email$|call_to_action|more_link/],
  [
    'heading',
    /heading|^title$|_title$|^subtitle$|^(?:box|alert|notice|message|message_box|info_?box|callout)$|toggle|accordion[_-]?(?:item|tab|pane)|^tab$|_tab$|tta_section|spoiler|blurb|icon_?box|iconbox|content_box|promo|testimonial|slide$|team|member$|flip_box$|fullwidth_header|timeline_item|panel/,
  ],
  [
    'inline',
    /^(?:dropcap|highlight|tooltip|popup|abbr|icon|font_?awesome|label|badge|latex|tex|math|katex|mathjax|hide|show|b|i|u|s|size|color|email|text_?color|modal_text_link|popover|sup|sub|nobr)$/,
  ],
  [
    'block',
    /^(?:row|row_inner|column|column_inner|columns?|col|section|container|divider|spacer|clear|clearfix|separator|quote|blockquote|pullquote|tabs|accordion|list|li|one_half|center|left|right|gallery|playlist)$/,
  ],
];

const builderPrefix =
  /^(?:vc|et_pb|fusion_builder|fusion|avia|av|fl|su|elementor|wpdm|bt_bb|cq_vc|tdc|mkdf|mk|edgtf|eltdf|qode|thb|vcex|trx|tatsu|nectar|porto|dt|cz|kc|efn|cmsmasters|edd|x|ult|ultimate)_/;

/** What a shortcode of this name is for. */
export function kindOfShortcode(name: string): ShortcodeKind {
  const own = name.toLowerCase();
  const part = own.replace(builderPrefix, '');
  const known = kinds.find(([, pattern]) => pattern.test(part))?.[0];
  if (known !== undefined) return known;
  return isShortcodeName(own) ? 'block' : 'unknown';
}

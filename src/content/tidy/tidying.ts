import type { DocumentLink } from '../documents/document-link.ts';
import { hasClass } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import type { FoundImage } from '../images.ts';

/** What conversion carries along; `documents` and `images` are filled on the way. */
export interface Tidying {
  readonly baseUrl: string | undefined;
  readonly pageUrl: string | undefined;
  /** BCP 47, in which our own words for a map or a film are; English where it is not known. */
  readonly language?: string | undefined;
  readonly documents: Map<HtmlElement, DocumentLink>;
  readonly images: FoundImage[];
  /** The keys of all variants of each `img`, to know its copy for browsers without scripts. */
  readonly imageVariants: ReadonlySet<string>[];
  /** The keys of pictures that were taken from a copy for browsers without scripts: the one that a script fills may follow it. */
  readonly noscriptKeys: Set<string>;
  /** Addresses of players and frames, for the same reason. */
  readonly embedUrls: Set<string>;
  readonly isInLink: boolean;
  /** Inline elements that are open: none is opened inside itself. */
  readonly openInline: ReadonlySet<string>;
  readonly isInPre: boolean;
  /** What the source's system added, with the system's name. */
  readonly clutter: ReadonlyMap<HtmlElement, string>;
  /** Converts nodes to inline nodes and blocks in one list; whoever asked groups them. */
  readonly convertAll: (nodes: readonly HtmlNode[], context: Tidying) => HtmlNode[];
}

// What plug-ins hang below a text for its page: buttons to share, related posts, texts for screen readers of that page only.
const noiseClasses = new Set(
  (
    'sharedaddy jp-relatedposts addtoany_share_save_container addtoany_content feedflare screen-reader-text sr-only wpcnt ' +
    'heateor_sss_sharing_container ssba mejs-offscreen wp-block-social-links yarpp-related essb_links post-password-form ' +
    'wp-hidden-accessible ead-document-loading embedpress-el-powered visually-hidden element-invisible'
  ).split(' '),
);

/** Whether an element is not for the reader of this text: hidden, or hung below it by a plug-in. */
export function isNoise(node: HtmlElement): boolean {
  if (hasClass(node, noiseClasses)) return true;
  const style = node.attributes['style'];
  return (
    'hidden' in node.attributes ||
    (style !== undefined && /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)/i.test(style))
  );
}

/*
 * What systems are known to add to a text, in one place: by the markup that is theirs, or by whole sentences that they have fixed; never by a word, for
 * people write "Share" and "Subscribe" too. It is marked (`clutter.ts`) and stays in the stored post.
 */
import { canonicalUrl, urlOf } from '../web-address.ts';
import { clutterMark, isClutter } from './clutter.ts';
import { element, hasClass, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { isBlock } from '../html/blocks.ts';
import { visibleLine } from '../html/visible-text.ts';
import { lettersOf } from '../text/letters.ts';
import { isFeedFooterLine } from '../text/feed-footer.ts';
import { findDrupalHead, isDrupalLinks, isDrupalTags, isSubmission } from './drupal-clutter.ts';
import { findSharePointLabels } from './sharepoint-clutter.ts';

/** Elements of a system, by one of their classes, and what else must hold of them. */
interface KnownElements {
  readonly system: string;
  /** Where the markup was seen. */
  readonly source: string;
  readonly classes: string;
  readonly test?: (node: HtmlElement, facts: ClutterFacts) => boolean;
}

const knownElements: readonly KnownElements[] = [
  {
    system: 'substack',
    source: 'content:encoded of https://<name>.substack.com/feed',
    classes:
      'subscription-widget-wrap subscription-widget-wrap-editor subscription-widget subscribe-widget digest-post-embed ' +
      'install-substack-app-embed paywall-jump',
  },
  { system: 'substack', source: 'the same', classes: 'button-wrapper', test: isSubstackButton },
  {
    system: 'ghost',
    source: 'TryGhost/Koenig packages/kg-default-nodes: signup, audio and video renderers',
    classes: 'kg-signup-card kg-audio-player kg-video-player kg-video-player-container kg-video-overlay',
  },
  {
    system: 'ghost',
    source: 'TryGhost/Portal: links to its own windows',
    classes: 'kg-button-card',
    test: (node) => linksIn(node).every((href) => href.includes('#/portal')),
  },
  { system: 'medium', source: 'https://medium.com/feed/tag/<name>', classes: 'medium-feed-link' },
  {
    system: 'drupal',
    source: 'drupal/core: node.html.twig, field.html.twig, links.html.twig; Drupal 7 modules/node/node.tpl.php',
    classes: 'node__links field--name-uid field--name-created field-name-author field-name-post-date node-readmore comment-add',
  },
  // Of another page that a text shows it is a name like any.
  {
    system: 'drupal',
    source: 'the same',
    classes: 'field--name-title field-name-title',
    test: (node, { title }) => lettersOf(visibleLine([node])) === lettersOf(title),
  },
  { system: 'drupal', source: 'the same', classes: 'links', test: (node, { pageUrl }) => isDrupalLinks(node, pageUrl) },
  { system: 'drupal', source: 'the same', classes: 'submitted node__submitted node__meta', test: isSubmission },
  {
    system: 'drupal',
    source: 'the same',
    classes: 'field--name-field-tags field-name-field-tags field-type-taxonomy-term-reference field--type-entity-reference',
    test: isDrupalTags,
  },
  {
    system: 'wordpress',
    source:
      'Automattic/jetpack, AddToAny, AddThis, Contextual Related Posts, Social Warfare, Page Views Count, MC4WP, MailPoet, Kit, PrintFriendly',
    classes:
      'jp-post-flair sd-sharing jetpack_subscription_widget wp-block-jetpack-subscriptions wp-block-jetpack-subscriptions__container wp-block-jetpack-sharing-buttons a2a_kit ' +
      'mailpoet_form formkit-form addthis_toolbox shareaholic-canvas crp_related rp4wp-related-posts swp_social_panel pvc_stats mc4wp-form printfriendly mashsb-container',
  },
  {
    system: 'joomla',
    source: 'joomla/joomla-cms: layouts/joomla/content/readmore.php, com_content feeds',
    classes: 'readmore feed-readmore',
    test: (node, { pageUrl }) => leadsOnlyTo(node, pageUrl),
  },
  { system: 'mailchimp', source: 'archives of Mailchimp campaigns', classes: 'mcnPreviewText mcnShareContent mcnFollowContent' },
];

const byClass = new Map<string, KnownElements[]>();
for (const known of knownElements) for (const name of known.classes.split(' ')) byClass.set(name, [...(byClass.get(name) ?? []), known]);

// At the top of a document it is the post's, in whatever words.
const titleFields = new Set(['field--name-title', 'field-name-title']);

/** What is known of a post beside its html. */
export interface ClutterFacts {
  readonly pageUrl: string | undefined;
  readonly title: string;
}

/** The elements of a source's html that a system added, with its name. */
export function findClutter(html: string, nodes: readonly HtmlNode[], facts: ClutterFacts): ReadonlyMap<HtmlElement, string> {
  const { pageUrl, title } = facts;
  const found = new Map<HtmlElement, string>();
  for (const each of findDrupalHead(html, nodes, title)) found.set(each, 'drupal');
  for (const each of findSharePointLabels(html, nodes, pageUrl)) found.set(each, 'sharepoint');
  if (!html.includes('class')) return found;
  const first = nodes.find((node) => node.kind === 'element');
  for (const node of walkElements(nodes)) {
    const system = node === first && node.tag === 'span' && hasClass(node, titleFields) ? 'drupal' : systemOf(node, facts);
    if (system !== undefined) found.set(node, system);
  }
  return found;
}

function systemOf(node: HtmlElement, facts: ClutterFacts): string | undefined {
  const value = node.attributes['class'];
  if (value === undefined) return undefined;
  for (const name of value.split(/\s+/)) {
    const known = byClass.get(name)?.find(({ test }) => test === undefined || test(node, facts));
    if (known !== undefined) return known.system;
  }
  return undefined;
}

/** Marks what came of a system's element: its blocks, and what stands within a line. */
export function markAsClutter(nodes: readonly HtmlNode[], system: string): HtmlNode[] {
  return nodes.map((node) => {
    if (node.kind === 'text') return node.text.trim() === '' ? node : element('span', { [clutterMark]: system }, [node]);
    if (!isBlock(node)) return node.tag === 'br' ? node : element('span', { [clutterMark]: system }, [node]);
    node.attributes[clutterMark] = system;
    return node;
  });
}

/** A sentence that a system has fixed: the whole of a paragraph. */
interface KnownSentence {
  readonly system: string;
  readonly source: string;
  /** Of the whole line, which has at most 400 characters. */
  readonly pattern: RegExp;
  readonly test?: (block: HtmlElement, pageUrl: string | undefined) => boolean;
}

const maxSentenceLength = 400;

const knownSentences: readonly KnownSentence[] = [
  {
    system: 'substack',
    source: 'captions of its subscribe and share buttons',
    pattern:
      /^(?:Thanks|Thank you) for reading [^!]{1,120}[!.] (?:Subscribe for free to receive new posts and support my work|This post is public so feel free to share it)\.$/,
  },
  {
    system: 'substack',
    source: 'the same',
    pattern:
      /^[^.]{1,120} is a reader-supported publication\. To receive new posts and support my work, consider becoming a free or paid subscriber\.$/,
  },
  {
    system: 'medium',
    source: 'https://medium.com/feed/<publication>',
    pattern:
      / was originally published in .{1,120} on Medium, where people are continuing the conversation by highlighting and responding to this story\.$/,
  },
  { system: 'medium', source: 'the same', pattern: /^Continue reading on .{1,120} »$/, test: isOneLink },
  {
    system: 'wordpress',
    source: 'the footers of Yoast SEO, text/feed-footer.ts',
    pattern: /./,
    test: (block) => linksIn(block).length > 0 && isFeedFooterLine(visibleLine(block.children)),
  },
  {
    system: 'mail',
    source: 'the links to the web of Mailchimp, beehiiv, Buttondown, Campaign Monitor',
    pattern:
      /^(?:(?:View|Read) (?:this (?:e-?mail|message|newsletter|post) )?(?:in (?:your|the) |in )?(?:web )?browser|(?:View|Read) online)[.!]?$/i,
    test: (block, pageUrl) => leadsOnlyTo(block, pageUrl) || leadsOnlyToHost(block, mailHosts),
  },
  {
    system: 'links',
    source: 'https://news.ycombinator.com/rss, https://lobste.rs/rss',
    pattern: /^Comments$/,
    test: (block) => leadsOnlyToHost(block, discussionHosts),
  },
];

const mailHosts =
  /(?:^|\.)(?:mailchi\.mp|campaign-archive\d*\.com|list-manage\.com|beehiiv\.com|buttondown\.(?:com|email)|createsend\.com|cmail\d+\.com)$/;
const discussionHosts = /^(?:news\.ycombinator\.com|lobste\.rs)$/;
// Where a feed of a system adds something, at the ends of a text; between them only what all texts of such a system hold.
const lookedAtAtEnds = 4;
const inMidst = /Thanks? (?:you )?for reading|reader-supported publication/;

/** Marks paragraphs that hold nothing but a sentence of a system's own. */
export function markKnownSentences(blocks: readonly HtmlElement[], pageUrl: string | undefined): void {
  for (const [index, block] of blocks.entries()) {
    if (block.tag !== 'p' || isClutter(block)) continue;
    const isAtEnd = index < lookedAtAtEnds || index >= blocks.length - lookedAtAtEnds;
    if (!isAtEnd && !block.children.some((node) => node.kind === 'text' && inMidst.test(node.text))) continue;
    const line = visibleLine(block.children);
    if (line.length > maxSentenceLength) continue;
    const known = knownSentences.find(({ pattern, test }) => pattern.test(line) && (test === undefined || test(block, pageUrl)));
    if (known !== undefined) block.attributes[clutterMark] = known.system;
  }
}

function linksIn(node: HtmlElement): string[] {
  return [...walkElements(node.children)].flatMap(({ tag, attributes }) => (tag === 'a' ? [attributes['href'] ?? ''] : []));
}

// Where the buttons of Substack lead that its editor offers ready made; a button that leads elsewhere is the writer's.
const substackActions =
  /\/subscribe(?:[?#]|$)|[?&](?:action=share|gift=|giftsub=|utm_content=share)|\/(?:comments|leaderboard|chat)(?:[?#]|$)|^%%[a-z_]+%%$/;

function isSubstackButton(node: HtmlElement): boolean {
  const links = linksIn(node);
  return links.length > 0 && links.every((href) => substackActions.test(href));
}

function isOneLink(block: HtmlElement): boolean {
  return linksIn(block).length === 1;
}

/** All its links lead to the page of the post, and it says nothing beside them. */
function leadsOnlyTo(node: HtmlElement, pageUrl: string | undefined): boolean {
  const page = canonicalUrl(pageUrl);
  const links = linksIn(node);
  return (
    page !== undefined && links.length > 0 && links.every((href) => canonicalUrl(urlOf(href, pageUrl)?.href) === page) && isAllLink(node)
  );
}

function leadsOnlyToHost(node: HtmlElement, hosts: RegExp): boolean {
  const links = linksIn(node);
  return links.length > 0 && links.every((href) => hosts.test(urlOf(href)?.hostname ?? '')) && isAllLink(node);
}

function isAllLink(node: HtmlElement): boolean {
  const linked = [...walkElements(node.children)].flatMap((each) => (each.tag === 'a' ? each.children : []));
  return visibleLine(linked).length >= visibleLine(node.children).length;
}

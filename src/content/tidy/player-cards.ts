/*
 * Players that a system of sites writes as an element of its own with the facts in attributes: Squarespace's blocks, Substack's embeds, Ghost's cards.
 * Each becomes a link and, where its address is known, a picture; of what stands within it only a caption is for the reader.
 */
import { readEmbed, readEmbedUrl, thumbnailOf, withThumbnail } from './embeds.ts';
import type { EmbedReading } from './embeds.ts';
import { embedNodes } from './html-media.ts';
import { toBlocks } from './html-flow.ts';
import { hasClass, holdsTag, walkElements } from '../html/html-tree.ts';
import { parseHtml } from '../html/parse-html.ts';
import { visibleText } from '../html/visible-text.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import type { Tidying } from './tidying.ts';
import { resolveResource } from '../web-address.ts';

// Facts about a player; what is longer is data of something else.
const maxFactsLength = 20_000;

/** Attributes that hold the html of a player, and those that hold facts about it in JSON. */
const markupNames = ['data-html', 'data-embed', 'data-embed-code', 'data-embed-html', 'data-iframe'];
const factNames = ['data-block-json', 'data-config-video', 'data-attrs'];

const ghostCards = new Set(['kg-video-card', 'kg-audio-card']);
const substackPlayers =
  /^(?:(?:youtube|youtube2|vimeo|spotify|soundcloud|tiktok|bandcamp|podcast|datawrapper|bluesky|facebook)-(?:wrap|embed)|native-(?:video|audio)-embed|apple-podcast-container|tweet|digest-post-embed|embedded-post-wrap)$/;
const squarespaceBlocks = /^(?:sqs-block-(?:video|embed|audio)|sqs-(?:native-)?video(?:-wrapper)?|(?:video|embed|audio)-block)$/;

/** A player's link, its picture and its caption; undefined for an element that is none. */
export function playerNodes(node: HtmlElement, context: Tidying): HtmlNode[] | undefined {
  const isGhost = hasClass(node, ghostCards);
  const reading = isGhost ? readGhostCard(node, context) : readFacts(node, context);
  if (reading.kind === 'none') return undefined;
  const nodes = embedNodes(withThumbnail(reading, thumbnailOf(node.attributes, context.baseUrl) ?? pictureIn(node, context)), context);
  // Pictures and players within are this one's.
  const apart = { ...context, images: [], imageVariants: [], embedUrls: new Set<string>(), noscriptKeys: new Set<string>() };
  const captions = isGhost ? [...walkElements(node.children)].filter(({ tag }) => tag === 'figcaption') : node.children;
  const words = toBlocks(context.convertAll(captions, apart)).filter((each) => !holdsTag([each], 'img') && visibleText([each]) !== '');
  return [...nodes, ...words];
}

function pictureIn(node: HtmlElement, context: Tidying): string | undefined {
  for (const each of walkElements(node.children)) {
    const url = each.tag === 'img' ? resolveResource(each.attributes['data-src'] ?? each.attributes['src'], context.baseUrl) : undefined;
    if (url !== undefined) return thumbnailOf({ poster: url }, context.baseUrl);
  }
  return undefined;
}

/** Ghost: the file in the card, its title, and a picture where the player's own is a spacer. */
function readGhostCard(node: HtmlElement, context: Tidying): EmbedReading {
  const inner = [...walkElements(node.children)];
  const media = inner.find(({ tag }) => tag === 'video' || tag === 'audio');
  if (!media) return { kind: 'none' };
  const reading = withThumbnail(readEmbed(media, context), thumbnailOf(node.attributes, context.baseUrl));
  const named = inner.find((each) => /(?:^|\s)kg-audio-title(?:\s|$)/.test(each.attributes['class'] ?? ''));
  const title = named === undefined ? '' : visibleText(named.children).replaceAll('\n', ' ');
  return title !== '' && reading.kind !== 'none' ? { ...reading, title } : reading;
}

function readFacts(node: HtmlElement, context: Tidying): EmbedReading {
  const { attributes } = node;
  for (const name of markupNames) {
    const value = attributes[name];
    const reading = value?.includes('<') === true ? readMarkup(value, context) : undefined;
    if (reading && reading.kind !== 'none') return reading;
  }
  const name = factNames.find((each) => attributes[each] !== undefined);
  if (name === undefined) return { kind: 'none' };
  // A player that stands there as such says the same.
  if (holdsTag(node.children, 'iframe', 'video', 'audio', 'embed', 'object')) return { kind: 'none' };
  const facts = factsIn(attributes[name]!);
  const names = (attributes['class'] ?? '').split(/\s+/);
  if (name !== 'data-attrs') return names.some((each) => squarespaceBlocks.test(each)) ? readSquarespace(facts, context) : { kind: 'none' };
  const player = names.find((each) => substackPlayers.test(each));
  // A quotation of a post with its words is better than a link to it.
  return player === undefined || visibleText(node.children) !== '' ? { kind: 'none' } : readSubstack(player, facts, context);
}

function readMarkup(value: string, context: Tidying): EmbedReading {
  if (value.length > maxFactsLength) return { kind: 'none' };
  for (const each of walkElements(parseHtml(value))) {
    if (!/^(?:iframe|video|audio|embed|object)$/.test(each.tag)) continue;
    const reading = readEmbed(each, context);
    if (reading.kind !== 'none') return reading;
  }
  return { kind: 'none' };
}

type Facts = Readonly<Record<string, unknown>>;

function factsIn(value: string): Facts {
  if (value.length > maxFactsLength) return {};
  try {
    const facts: unknown = JSON.parse(value);
    return typeof facts === 'object' && facts !== null ? (facts as Facts) : {};
  } catch {
    return {};
  }
}

/** The first of these facts that is a text. */
function factOf(facts: Facts, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = facts[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim().replaceAll(/\s+/g, ' ');
  }
  return undefined;
}

/** What has no page of its own is seen on the post's. */
function onPage(what: 'video' | 'audio', title: string | undefined, { pageUrl }: Tidying): EmbedReading {
  const url = resolveResource(pageUrl, undefined);
  return url === undefined ? { kind: 'none' } : { kind: what === 'video' ? 'video' : 'link', url, title: title ?? '', what };
}

function readSquarespace(facts: Facts, context: Tidying): EmbedReading {
  const title = factOf(facts, 'title', 'name');
  const thumbnail = resolveResource(factOf(facts, 'thumbnailUrl', 'thumbnail', 'customThumbUrl'), context.baseUrl);
  const markup = factOf(facts, 'html');
  const shown = markup === undefined ? undefined : readMarkup(markup, context);
  if (shown && shown.kind !== 'none') return withThumbnail(title === undefined ? shown : { ...shown, title }, thumbnail);
  const url = resolveResource(factOf(facts, 'url', 'audioAssetUrl'), context.baseUrl);
  if (url !== undefined) return withThumbnail(readEmbedUrl(url, title), thumbnail);
  // A film of Squarespace's own is a stream in sizes, and its picture stands beside them.
  const stream = resolveResource(factOf(facts, 'alexandriaUrl'), context.baseUrl)?.replaceAll('%7B', '{').replaceAll('%7D', '}');
  if (stream === undefined) return { kind: 'none' };
  return withThumbnail(onPage('video', title, context), thumbnail ?? stream.replace('{variant}', 'thumbnail'));
}

function readSubstack(player: string, facts: Facts, context: Tidying): EmbedReading {
  const title = factOf(facts, 'title', 'label', 'full_text');
  const id = factOf(facts, 'videoId');
  const thumbnail = resolveResource(factOf(facts, 'thumbnail_url', 'image', 'imageUrl', 'cover_image', 'poster'), context.baseUrl);
  const address =
    id === undefined
      ? resolveResource(factOf(facts, 'canonical_url', 'url'), context.baseUrl)
      : player.startsWith('vimeo')
        ? `https://vimeo.com/${encodeURIComponent(id)}`
        : `https://www.youtube.com/watch?v=${encodeURIComponent(id)}`;
  if (address !== undefined) return withThumbnail(readEmbedUrl(address, title), thumbnail);
  if (player === 'native-video-embed') return withThumbnail(onPage('video', title, context), thumbnail);
  return player === 'native-audio-embed' ? withThumbnail(onPage('audio', title, context), thumbnail) : { kind: 'none' };
}

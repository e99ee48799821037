/*
 * What stands in a post but cannot stand in a mail: players, viewers, maps, posts of other services.
 * Each becomes a linked thumbnail, a link or a document; never an empty hole.
 */
import { cutToLength } from '../../kernel/cut-text.ts';
import { mapOrForm } from '../embeds/map-or-form.ts';
import { servicePage, wrappedFrame } from '../embeds/service-pages.ts';
import { isPlaceholder } from '../pictures/picture-address.ts';
import { isHiddenOrTiny } from '../pictures/picture-size.ts';
import { walkElements } from '../html/html-tree.ts';
import { parseHtml } from '../html/parse-html.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { readableFileName } from '../documents/document-title.ts';
import { mediaTypeOfUrl } from '../documents/document-type.ts';
import type { NamelessThing } from '../text/kind-words.ts';
import { decodePath, resolveResource, siteHost, urlOf } from '../web-address.ts';

/** What an embed turns into. */
export type EmbedReading =
  | { readonly kind: 'document'; readonly url: string; readonly title: string }
  | {
      readonly kind: 'video' | 'link';
      readonly url: string;
      readonly thumbnail?: string;
      /** Empty where `what` names it. */
      readonly title: string;
      readonly what?: NamelessThing;
    }
  | { readonly kind: 'none' };

/** Where relative addresses resolve, and the post's own page: what has no address of its own is seen there. */
export interface EmbedPlace {
  readonly baseUrl: string | undefined;
  readonly pageUrl: string | undefined;
}

/** Reads an `iframe`, `embed`, `object`, `video`, `audio`, an AMP player or one that a script builds. */
export function readEmbed(node: HtmlElement, { baseUrl, pageUrl }: EmbedPlace): EmbedReading {
  const { tag, attributes } = node;
  if (isHiddenOrTiny(attributes) || /(^|\s)wp-embedded-content(\s|$)/.test(attributes['class'] ?? '')) return { kind: 'none' };
  const title = titleOf(attributes);
  const videoId = videoIdOf(attributes);
  const thumbnail = thumbnailOf(attributes, baseUrl);
  if ((tag === 'lite-vimeo' || tag === 'amp-vimeo') && /^\d+$/.test(videoId))
    return withThumbnail({ kind: 'video', url: `https://vimeo.com/${videoId}`, title: title || 'vimeo.com' }, thumbnail);
  if (tag === 'amp-youtube' || tag === 'lite-youtube' || isScriptedPlayer(node)) return youTube(videoId, title);
  // WordPress numbers its players in the addresses of their files.
  const media = (mediaSource(node, baseUrl) ?? firstLinkIn(attributes['srcdoc'], baseUrl))?.replace(/\?_=\d{1,4}$/, '');
  if (media === undefined) {
    const page = tag === 'iframe' && title !== '' ? resolveResource(pageUrl, undefined) : undefined;
    return page === undefined ? { kind: 'none' } : { kind: 'link', url: page, title };
  }
  if (tag === 'video' || tag === 'amp-video')
    return withThumbnail({ kind: 'video', url: media, title: title || (readableFileName(media) ?? ''), what: 'video' }, thumbnail);
  if (tag === 'audio' || tag === 'amp-audio')
    return { kind: 'link', url: media, title: title || (readableFileName(media) ?? ''), what: 'audio' };
  return withThumbnail(readEmbedUrl(media, title, attributes['type']), thumbnail);
}

function titleOf(attributes: Readonly<Record<string, string>>): string {
  const stated = ['title', 'data-title', 'videotitle', 'data-alt', 'aria-label', 'playlabel'].map((name) =>
    cleanTitle(attributes[name] ?? ''),
  );
  return stated.find((title) => title !== '') ?? '';
}

/** A player or link with the picture that its page shows in its place, unless its service has a picture of it. */
export function withThumbnail(reading: EmbedReading, thumbnail: string | undefined): EmbedReading {
  if (thumbnail === undefined || (reading.kind !== 'video' && reading.kind !== 'link') || reading.thumbnail !== undefined) return reading;
  return { ...reading, thumbnail };
}

const thumbnailAttributes =
  'poster data-poster data-kg-custom-thumbnail data-kg-thumbnail data-thumb data-thumbnail data-thumbnail-src data-preview-image'.split(
    ' ',
  );

/** The picture that stands in a player's place: of an attribute, else the background of its style. A spacer is none. */
export function thumbnailOf(attributes: Readonly<Record<string, string>>, baseUrl: string | undefined): string | undefined {
  const background = /\burl\(\s?["']?([^"')\s]{1,2000})/i.exec((attributes['style'] ?? '').slice(0, 4000))?.[1];
  for (const value of [...thumbnailAttributes.map((name) => attributes[name]), background]) {
    const url = resolveResource(value, baseUrl);
    if (url !== undefined && !isPlaceholder(url)) return url;
  }
  return undefined;
}

/** Whether an element stands for a YouTube player that a script of its page builds: it says so and holds the number of a film. */
export function isScriptedPlayer(node: HtmlElement): boolean {
  return (
    (node.tag === 'div' || node.tag === 'span') &&
    /youtube/i.test(node.attributes['class'] ?? '') &&
    isYouTubeId(videoIdOf(node.attributes))
  );
}

function videoIdOf(attributes: Readonly<Record<string, string>>): string {
  const names = ['videoid', 'data-videoid', 'data-video-id', 'data-youtube-id', 'data-id'];
  return names.map((name) => attributes[name]?.trim()).find((value) => value !== undefined && value !== '') ?? '';
}

// A document in an attribute is a link with a picture, seldom more.
const maxSrcdocLength = 20_000;
const srcdocTags = new Set(['iframe', 'video', 'audio', 'source']);

function firstLinkIn(srcdoc: string | undefined, baseUrl: string | undefined): string | undefined {
  if (srcdoc === undefined) return undefined;
  for (const each of walkElements(parseHtml(srcdoc.slice(0, maxSrcdocLength)))) {
    const url = resolveResource(each.attributes['href'] ?? (srcdocTags.has(each.tag) ? each.attributes['src'] : undefined), baseUrl);
    if (url !== undefined && each.tag !== 'link' && each.tag !== 'base') return url;
  }
  return undefined;
}

const lazyAttributes = ['data-src', 'data-lazy-src', 'data-rocket-lazyload-src', 'data-litespeed-src', 'data-cmp-src', 'data-src-cmplz'];

/** The address that an embed plays: lazy attributes first, then its own, then its first `source`. */
function mediaSource(node: HtmlElement, baseUrl: string | undefined): string | undefined {
  const names = [...lazyAttributes, node.tag === 'object' ? 'data' : 'src'];
  for (const name of names) {
    const url = resolveResource(node.attributes[name], baseUrl);
    if (url !== undefined) return url;
  }
  for (const [name, value] of Object.entries(node.attributes)) {
    const url = /^data-.*(src|url)/.test(name) && /^(https?:)?\/\//i.test(value) ? resolveResource(value, baseUrl) : undefined;
    if (url !== undefined) return url;
  }
  for (const child of node.children) {
    if (child.kind !== 'element') continue;
    const isSource = child.tag === 'source' || child.tag === 'embed' || child.tag === 'iframe';
    const stated = isSource
      ? child.attributes['src']
      : child.tag === 'param' && /^(movie|src)$/i.test(child.attributes['name'] ?? '')
        ? child.attributes['value']
        : undefined;
    const url = resolveResource(stated, baseUrl);
    if (url !== undefined) return url;
  }
  return undefined;
}

/** What the address of a frame or player means. */
export function readEmbedUrl(address: string, title = '', mediaType?: string): EmbedReading {
  const url = urlOf(address);
  if (!url) return { kind: 'none' };
  const viewed = viewedDocument(url);
  if (viewed !== undefined) return { kind: 'document', url: viewed, title };
  if (mediaTypeOfUrl(address, mediaType) !== undefined) return { kind: 'document', url: address, title };
  const host = siteHost(address);
  if (/(^|\.)(youtube(-nocookie)?\.com|youtu\.be)$/.test(host)) return youTubeUrl(url, title);
  if (host === 'player.vimeo.com') {
    const id = /^\/video\/(\d+)/.exec(url.pathname)?.[1];
    const hash = url.searchParams.get('h');
    if (id !== undefined)
      return { kind: 'video', url: `https://vimeo.com/${id}${hash !== null ? `/${hash}` : ''}`, title: title || 'vimeo.com' };
  }
  if (host === 'dailymotion.com' || host === 'geo.dailymotion.com') {
    const id = /\/embed\/video\/(\w+)/.exec(url.pathname)?.[1] ?? url.searchParams.get('video') ?? undefined;
    if (id !== undefined && /^\w+$/.test(id)) {
      const thumbnail = `https://www.dailymotion.com/thumbnail/video/${id}`;
      return { kind: 'video', url: `https://www.dailymotion.com/video/${id}`, thumbnail, title: title || 'dailymotion.com' };
    }
  }
  if (isInvisibleService(host, url)) return { kind: 'none' };
  const shown = mapOrForm(url);
  if (shown) return { kind: 'link', url: shown.page, title, what: shown.what };
  const wrapped = wrappedFrame(url);
  if (wrapped) {
    const inner = readEmbedUrl(wrapped.frame, title);
    return withThumbnail(inner.kind === 'link' ? { ...inner, url: wrapped.page ?? inner.url } : inner, wrapped.thumbnail);
  }
  const page = servicePage(url, host);
  return { kind: 'link', title: title || siteHost(page?.url ?? address), ...(page ?? { url: url.href }) };
}

function youTubeUrl(url: Readonly<URL>, title: string): EmbedReading {
  const id =
    /^\/(?:embed|v|shorts|live)\/([\w-]{11})/.exec(url.pathname)?.[1] ??
    url.searchParams.get('v') ??
    (siteHost(url.href) === 'youtu.be' ? url.pathname.slice(1) : '');
  if (/^[\w-]{11}$/.test(id) && id !== 'videoseries') return youTube(id, title);
  const list = url.searchParams.get('list');
  if (list !== null && /^[\w-]+$/.test(list))
    return { kind: 'video', url: `https://www.youtube.com/playlist?list=${list}`, title: title || 'youtube.com' };
  return { kind: 'link', url: url.href, title: title || 'youtube.com' };
}

function youTube(id: string, title: string): EmbedReading {
  if (!isYouTubeId(id)) return { kind: 'none' };
  return {
    kind: 'video',
    url: `https://www.youtube.com/watch?v=${id}`,
    thumbnail: `https://i.ytimg.com/vi/${id}/hqdefault.jpg`,
    title: title || 'youtube.com',
  };
}

function isYouTubeId(id: string): boolean {
  return /^[\w-]{11}$/.test(id);
}

// Viewers take the document as a parameter: Google's and Microsoft's, pdf.js and the plug-ins built on it, flip books.
const viewerParameters = ['url', 'file', 'src', 'pdf', 'pdfurl', 'document', 'doc', 'pdf_url', 'source'];

/**
 * The document that a viewer shows, undefined when the address is no viewer of one.
 * A frame may be any viewer; a link (`onlyKnown`) must be a known one: share buttons take addresses of documents too.
 */
export function viewedDocument(url: Readonly<URL>, options: { onlyKnown?: boolean } = {}): string | undefined {
  if (options.onlyKnown === true && !isDocumentViewer(url)) return undefined;
  for (const parameters of [url.searchParams, new URLSearchParams(url.hash.replace(/^#\??/, ''))]) {
    for (const [name, value] of parameters) {
      if (!viewerParameters.includes(name.toLowerCase())) continue;
      const target = documentAddress(value, url.href);
      if (target !== undefined && (mediaTypeOfUrl(target) !== undefined || isDocumentViewer(url))) return target;
    }
  }
  return undefined;
}

/** A parameter as an address; some plug-ins encode it twice or in base64. */
function documentAddress(value: string, baseUrl: string): string | undefined {
  const plain = /%2f|%3a/i.test(value) ? decodePath(value) : value;
  const readable = /^[A-Za-z0-9+/]{24,}={0,2}$/.test(plain) ? Buffer.from(plain, 'base64').toString('utf8') : plain;
  const isAddress = /^(https?:)?\/\/|^\.{0,2}\//i.test(readable) || /^[^\s:?#]+\.[a-z]{3,4}$/i.test(readable);
  return isAddress ? resolveResource(readable, baseUrl) : undefined;
}

function isDocumentViewer(url: Readonly<URL>): boolean {
  const place = `${siteHost(url.href)}${url.pathname}`;
  return /^docs\.google\.com\/(viewer|viewerng|gview)|^drive\.google\.com\/viewer|officeapps\.live\.com\/op\/|mozilla\.github\.io\/pdf\.js|pdfjs|pdf-viewer|pdfviewer/i.test(
    place,
  );
}

function isInvisibleService(host: string, url: Readonly<URL>): boolean {
  return (
    /(^|\.)(googletagmanager|doubleclick|googlesyndication|facebook)\.(com|net)$/.test(host) &&
    /ns\.html|\/tr\b|plugins\/like|ads/.test(url.pathname)
  );
}

/** A frame's title without the words that only say that it is a frame. */
function cleanTitle(title: string): string {
  const plain = cutToLength(title.replaceAll(/\s+/g, ' ').trim(), 300).replace(/^play(?: video)?: /i, '');
  return /^(play(?: video)?:?|spotify embed:?|audio player|embedded? (document|content|video|post|pdf|file)|youtube video player|vimeo( video)? player|video player|iframe|player|pdf( viewer| embed)?)$/i.test(
    plain,
  )
    ? ''
    : plain;
}

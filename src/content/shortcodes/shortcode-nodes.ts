/*
 * What becomes of one shortcode: nodes of html as its plug-in would have made them, which are then tidied like any other. What it says of the layout goes.
 */
import { cutToLength } from '../../kernel/cut-text.ts';
import { mediaTypeOfUrl } from '../documents/document-type.ts';
import { element, holdsTag, text, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { parseHtml } from '../html/parse-html.ts';
import { visibleText } from '../html/visible-text.ts';
import { namesPicture } from '../pictures/picture-address.ts';
import { decodePath, isBareAddress, resolveResource, siteHost } from '../web-address.ts';
import { paragraphBreak } from './broken-tags.ts';
import { kindOfShortcode } from './shortcode-names.ts';
import type { ShortcodeTag } from './shortcode-tag.ts';

/** Where relative addresses resolve, and the post's own page: what only the site can show is seen there. */
export interface ShortcodePlace {
  readonly baseUrl: string | undefined;
  readonly pageUrl: string | undefined;
}

/** The content of a shortcode; undefined for one without an end. */
type Content = readonly HtmlNode[] | undefined;

/** The nodes that take the place of a shortcode. */
export function nodesOfShortcode(tag: ShortcodeTag, content: Content, place: ShortcodePlace): HtmlNode[] {
  const kind = kindOfShortcode(tag.name);
  if (tag.kind === 'close') return kind === 'block' || kind === 'heading' || kind === 'call' ? paragraphBreak() : [];
  switch (kind) {
    case 'caption':
      return captionNodes(tag, content ?? []);
    case 'code':
      return codeNodes(content ?? []);
    case 'note':
      // Builders call a box so.
      return /^(?:su|fl|bt_bb|kc|thb)_note$/.test(tag.name) ? apart(content ?? []) : noteNodes(content ?? []);
    case 'nothing':
      return tag.name.startsWith('contact-form') ? [] : [...(content ?? [])];
    case 'block':
      return [...paragraphBreak(), ...(content ?? []), ...speakerNodes(tag, content), ...paragraphBreak()];
    case 'inline':
      return [...(content ?? [])];
    case 'heading':
      return headingNodes(tag, content, place);
    case 'call':
      return callNodes(tag, content, place);
    case 'button':
      return buttonNodes(tag, content, place);
    case 'download':
      return downloadNodes(tag, content, place);
    case 'picture':
      return apart(pictureNodesOf(tag, content, place));
    default:
      return mediaNodes(tag, content, place, kind === 'media');
  }
}

function apart(nodes: readonly HtmlNode[]): HtmlNode[] {
  return nodes.length === 0 ? [] : [...paragraphBreak(), ...nodes, ...paragraphBreak()];
}

/** Who says what is quoted, behind it. */
function speakerNodes(tag: ShortcodeTag, content: Content): HtmlNode[] {
  const speaker = /quote|testimonial/.test(tag.name) ? wordsOf(tag, ['cite', 'author', 'source', 'name']) : '';
  return speaker === '' || content === undefined || visibleText(content).includes(speaker) ? [] : [text(` — ${speaker}`)];
}

/** A picture with its caption. */
function captionNodes(tag: ShortcodeTag, content: readonly HtmlNode[]): HtmlNode[] {
  const pictures = [...walkElements(content)].filter((each) => isPicture(each));
  const stated = wordsOf(tag, ['caption']);
  if (pictures.length !== 1) return [...content, ...(stated === '' ? [] : apart([text(stated)]))];
  const { before, rest } = takePicture(content);
  const caption = visibleText(rest) === '' && stated !== '' ? [text(stated)] : rest;
  return [element('figure', {}, [...before, ...(visibleText(caption) === '' ? [] : [element('figcaption', {}, [...caption])])])];
}

function isPicture(node: HtmlNode): boolean {
  return node.kind === 'element' && (node.tag === 'img' || node.tag === 'amp-img');
}

/** The picture of a caption, in its link where it has one, and all the rest. */
function takePicture(content: readonly HtmlNode[]): { before: HtmlNode[]; rest: HtmlNode[] } {
  const before: HtmlNode[] = [];
  const take = (nodes: readonly HtmlNode[]): HtmlNode[] =>
    nodes.flatMap((node): HtmlNode[] => {
      if (node.kind === 'text') return [node];
      if (isPicture(node) || (node.tag === 'a' && holdsTag(node.children, 'img', 'amp-img'))) {
        before.push(node);
        return [];
      }
      return [{ ...node, children: take(node.children) }];
    });
  const rest = take(content);
  return { before, rest };
}

const maxCodeLength = 200_000;

/** Html that a builder keeps as Base64 of percent-encoded text, or as it is. */
function codeNodes(content: readonly HtmlNode[]): HtmlNode[] {
  const code = content
    .map((node) => (node.kind === 'text' ? node.text : ''))
    .join('')
    .trim();
  const isEncoded = code.length > 15 && code.length < maxCodeLength && /^[A-Za-z0-9+/]+={0,2}$/.test(code);
  if (!isEncoded || content.some((node) => node.kind === 'element')) return [...content];
  const html = decodePath(Buffer.from(code, 'base64').toString('utf8'));
  return html.includes('\ufffd') ? [] : apart(parseHtml(html));
}

/** A note stands where its mark stood, in brackets. */
function noteNodes(content: readonly HtmlNode[]): HtmlNode[] {
  return visibleText(content) === '' ? [] : [text(' ('), ...content, text(')')];
}

const headingNames = ['title', 'heading', 'main_heading', 'heading_text', 'h2', 'text', 'label', 'name'];

function headingNodes(tag: ShortcodeTag, content: Content, place: ShortcodePlace): HtmlNode[] {
  // A testimonial's name is who says it.
  const names = tag.name.includes('testimonial') ? headingNames.filter((name) => name !== 'name') : headingNames;
  const words = wordsOf(tag, names);
  const address = addressOf(tag, place);
  const said: HtmlNode[] = words === '' ? [] : [address === undefined ? text(words) : element('a', { href: address.url }, [text(words)])];
  // What it names stands in it; a heading by itself has its words there.
  const isOnlyHeading =
    /heading|title$/.test(tag.name) && said.length === 0 && content !== undefined && !content.some((node) => isLarge(node));
  if (isOnlyHeading) return visibleText(content) === '' ? [] : [element('h3', {}, [...content])];
  const heading = said.length === 0 ? [] : [element('h3', {}, said)];
  return [...paragraphBreak(), ...heading, ...(content ?? []), ...speakerNodes(tag, content), ...paragraphBreak()];
}

function isLarge(node: HtmlNode): boolean {
  return node.kind === 'element' && /^(?:p|div|ul|ol|table|h[1-6]|figure|blockquote)$/.test(node.tag);
}

const buttonNames = ['button_text', 'btn_title', 'btn_text', 'button_title', 'button_label', 'link_text'];

const callHeadings = ['title', 'heading', 'h2', 'h4', 'subtitle'];

/** A call to do something: its heading, its words and its button. */
function callNodes(tag: ShortcodeTag, content: Content, place: ShortcodePlace): HtmlNode[] {
  const headings = callHeadings.map((name) => wordsOf(tag, [name])).filter((said) => said !== '');
  const heading = headings.join(' – ') || wordsOf(tag, headingNames);
  const address = addressOf(tag, place);
  const words = wordsOf(tag, buttonNames) || address?.title || heading || (address && (siteHost(address.url) || address.url));
  return [
    ...(heading === '' || heading === words ? paragraphBreak() : [element('h3', {}, [text(heading)])]),
    ...(content ?? []),
    ...(address === undefined || words === undefined ? paragraphBreak() : apart([element('a', { href: address.url }, [text(words)])])),
  ];
}

function buttonNodes(tag: ShortcodeTag, content: Content, place: ShortcodePlace): HtmlNode[] {
  const inside = content ?? [];
  const insideText = visibleText(inside).trim();
  const address = addressOf(tag, place) ?? addressIn(insideText, place);
  const words = wordsOf(tag, [...buttonNames, 'text', 'title', 'label', 'name']) || (address?.title ?? '');
  if (address === undefined) return holdsTag(inside, 'a', 'img') || insideText !== '' ? [...inside] : [];
  if (holdsTag(inside, 'a')) return apart(inside);
  const said = insideText !== '' ? inside : [text(words || siteHost(address.url) || address.url)];
  const link = element('a', { href: address.url }, [...said]);
  // Within a sentence a link is a word of it; a button stands by itself.
  return /^(?:url|link|email)$/.test(tag.name) ? [link] : apart([link]);
}

/** What a download plug-in would offer: its words lead to the page that offers it, since no address is known here. */
function downloadNodes(tag: ShortcodeTag, content: Content, place: ShortcodePlace): HtmlNode[] {
  const address = addressOf(tag, place);
  const inside = content ?? [];
  if (holdsTag(inside, 'a')) return [...inside];
  const words = wordsOf(tag, ['title', 'text', 'label', 'name']);
  const url = address?.url ?? resolveResource(place.pageUrl, undefined);
  if (url === undefined) return [...inside];
  const label = words || (address === undefined ? `↓ ${siteHost(url)}` : siteHost(url));
  return [element('a', { href: url }, visibleText(inside) === '' ? [text(label)] : [...inside])];
}

function pictureNodesOf(tag: ShortcodeTag, content: Content, place: ShortcodePlace): HtmlNode[] {
  const inside = content ?? [];
  if (holdsTag(inside, 'img')) return [...inside];
  const names = ['src', 'custom_src', 'image', 'image_url', 'url', 'img', ''];
  const stated = names.map((name) => tag.attributes.get(name)).find((value) => namesPicture(resolveResource(value, place.baseUrl) ?? ''));
  const insideText = visibleText(inside).trim();
  const url = resolveResource(stated ?? (isBareAddress(insideText) ? insideText : undefined), place.baseUrl);
  if (url === undefined) return [...inside];
  const alt = wordsOf(tag, ['alt', 'title', 'title_text', 'caption']);
  const caption = wordsOf(tag, ['caption']);
  const picture = element('img', { src: url, alt });
  const target = addressOf(tag, place, ['link', 'href', 'button_url']);
  const shown = target === undefined || target.url === url ? picture : element('a', { href: target.url }, [picture]);
  return [element('figure', {}, [shown, ...(caption === '' ? [] : [element('figcaption', {}, [text(caption)])])])];
}

const isRecording = /\.(?:mp3|m4a|ogg|wav)(?:[?#]|$)/i;
const isFilm = /\.(?:mp4|m4v|webm|ogv|mov)(?:[?#]|$)/i;
const recordingNames = 'mp3 m4a ogg wav mp4 m4v webm ogv mov'.split(' ');

/** A player, a viewer of a document, a page of another site; of an unknown shortcode only a document or a picture is shown beside its content. */
function mediaNodes(tag: ShortcodeTag, content: Content, place: ShortcodePlace, isMedia: boolean): HtmlNode[] {
  const inside = content ?? [];
  const insideText = visibleText(inside).trim();
  const within = isMedia || isBareAddress(insideText) ? addressIn(insideText, place) : undefined;
  const stated = recordingOf(tag, place) ?? addressOf(tag, place) ?? (isMedia ? serviceAddress(tag, insideText) : undefined);
  const found = within ?? stated;
  const title = wordsOf(tag, ['title', 'caption', 'name', 'alt']);
  const rest = found !== undefined && found === within ? [] : inside;
  if (found === undefined) return [...rest];
  const isDocument = mediaTypeOfUrl(found.url) !== undefined;
  if (!isMedia && !isDocument)
    return namesPicture(found.url) ? [...apart([element('img', { src: found.url, alt: title })]), ...rest] : [...rest];
  return [...apart([playerOf(tag, found.url, title, place)]), ...rest];
}

function playerOf(tag: ShortcodeTag, url: string, title: string, place: ShortcodePlace): HtmlElement {
  const poster = resolveResource(tag.attributes.get('poster'), place.baseUrl);
  const named: Record<string, string> = title === '' ? {} : { title };
  if (isRecording.test(url)) return element('audio', { src: url, ...named });
  if (isFilm.test(url)) return element('video', { src: url, ...named, ...(poster === undefined ? {} : { poster }) });
  return element('iframe', { src: url, ...named });
}

function recordingOf(tag: ShortcodeTag, place: ShortcodePlace): FoundAddress | undefined {
  for (const name of recordingNames) {
    const url = resolveResource(tag.attributes.get(name), place.baseUrl);
    if (url !== undefined) return { url, title: '' };
  }
  return undefined;
}

/** The number of a film as its service's shortcode states it. */
function serviceAddress(tag: ShortcodeTag, insideText: string): FoundAddress | undefined {
  const id = [tag.attributes.get('id'), tag.attributes.get('video_id'), tag.words[0], insideText].find(
    (value) => value !== undefined && value !== '',
  );
  if (id === undefined) return undefined;
  if (/youtube/.test(tag.name) && /^[\w-]{11}$/.test(id)) return { url: `https://www.youtube.com/watch?v=${id}`, title: '' };
  return /vimeo/.test(tag.name) && /^\d{5,12}$/.test(id) ? { url: `https://player.vimeo.com/video/${id}`, title: '' } : undefined;
}

interface FoundAddress {
  readonly url: string;
  readonly title: string;
}

const addressNames = [
  'button_url',
  'button_link',
  'btn_link',
  'btn_url',
  'link',
  'url',
  'href',
  'src',
  'source',
  'file',
  'pdf',
  'doc',
  'link_url',
  'target_url',
  'video_link',
  '',
];

/** The address that a shortcode names, in the forms in which builders write one. */
function addressOf(tag: ShortcodeTag, place: ShortcodePlace, names: readonly string[] = addressNames): FoundAddress | undefined {
  const values = names.map((name) => tag.attributes.get(name));
  for (const value of [...values, tag.words[0]]) {
    const found = value === undefined ? undefined : readAddress(value.trim(), place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readAddress(value: string, place: ShortcodePlace): FoundAddress | undefined {
  // WPBakery: "url:https%3A%2F%2Fexample.org|title:More|target:_blank"; Avia: "manually,https://example.org".
  const parts = new Map(value.split('|').map((part) => [part.slice(0, part.indexOf(':')).trim(), part.slice(part.indexOf(':') + 1)]));
  const stated = value.startsWith('url:') ? parts.get('url') : value.replace(/^manually,/, '');
  const plain = /^[^/]*%(?:3a|2f)/i.test(stated ?? '') ? decodePath(stated!) : (stated ?? '');
  const isAddress =
    /^(?:https?:)?\/\/|^\.{0,2}\/|^www\.|^mailto:/i.test(plain) ||
    mediaTypeOfUrl(resolveResource(plain, place.baseUrl) ?? '') !== undefined;
  if (!isAddress || /\s/.test(plain)) return undefined;
  const title = value.startsWith('url:') ? decodePath(parts.get('title') ?? '') : '';
  if (/^mailto:/i.test(plain)) return { url: plain, title };
  const url = resolveResource(plain, place.baseUrl);
  return url === undefined ? undefined : { url, title };
}

function addressIn(value: string, place: ShortcodePlace): FoundAddress | undefined {
  return value.length < 2_000 && !/\s/.test(value) && value !== '' ? readAddress(value, place) : undefined;
}

const maxWords = 300;

/** The first of these attributes that says something. */
function wordsOf(tag: ShortcodeTag, names: readonly string[]): string {
  for (const name of names) {
    const value = tag.attributes.get(name)?.trim() ?? '';
    if (value === '' || /^(?:true|false|yes|no|none|\d+)$/i.test(value) || isBareAddress(value)) continue;
    return cutToLength(/[<&]/.test(value) ? visibleText(parseHtml(value)) : value, maxWords);
  }
  return '';
}

/*
 * Links of which the markup or the words around them say that a document is behind them, though their address does not: each is given the type that a
 * source may state itself.
 */
import { canonicalUrl, resolveResource, siteHost, urlOf } from '../web-address.ts';
import { holdsTag, walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { visibleLine } from '../html/visible-text.ts';
import { hasDocumentExtension, mediaTypeOfKind, mediaTypeOfUrl } from './document-type.ts';
import { namesPaper, typeBehind, typeFromWords } from './words-of-paper.ts';

/** Where relative addresses resolve, and the post's own page. */
export interface LinkPlace {
  readonly baseUrl: string | undefined;
  readonly pageUrl: string | undefined;
}

/** Gives links that lead to documents their type. */
export function stateTypes(nodes: readonly HtmlNode[], place: LinkPlace, around?: string): void {
  for (const [index, node] of nodes.entries()) {
    if (node.kind === 'text') continue;
    if (node.tag === 'a') stateType(node, nodes[index + 1], place, around);
    else stateTypes(node.children, place, typeOfClass(node) ?? around);
  }
}

/** Drupal names the kind of a file in the class of what holds its link: `file--mime-application-pdf`. */
function typeOfClass({ attributes }: HtmlElement): string | undefined {
  const kind = /(?:^|\s)file--mime-([a-z]+)-([\w.-]+)/.exec(attributes['class'] ?? '');
  return kind === null ? undefined : mediaTypeOfUrl('', `${kind[1]}/${kind[2]}`);
}

function stateType(link: HtmlElement, next: HtmlNode | undefined, place: LinkPlace, around: string | undefined): void {
  const { attributes } = link;
  const offered = attributes['data-downloadurl'];
  if (offered !== undefined && /^(?:#|javascript:.*)?$/i.test(attributes['href']?.trim() ?? '')) attributes['href'] = offered;
  const url = resolveResource(attributes['href'], place.baseUrl);
  if (url === undefined || mediaTypeOfUrl(url, attributes['type']) !== undefined || isPage(url, place)) return;
  const words = visibleLine(link.children);
  const behind = next?.kind === 'text' ? typeBehind(next.text.slice(0, 80)) : undefined;
  const type = around ?? typeOfAttributes(link) ?? typeFromWords(words) ?? behind ?? typeOfIcon(link) ?? typeOfStore(url, words);
  if (type !== undefined) attributes['type'] = type;
}

/** Whether an address is that of a page: by its name, because it asks for something else than a file, or because it is the post's own. */
function isPage(address: string, { pageUrl }: LinkPlace): boolean {
  const url = urlOf(address)!;
  if (address.includes('#') && canonicalUrl(address) === canonicalUrl(pageUrl)) return true;
  return (
    /\.html?$/i.test(url.pathname) ||
    /\/(?:share|sharer|intent|login|search)\b|\.(?:jpe?g|png|gif|webp|mp3|mp4|zip)$/i.test(url.pathname) ||
    (pageUrl !== undefined && canonicalUrl(address) === canonicalUrl(pageUrl))
  );
}

const fileNameAttributes = ['data-file-name', 'data-filename', 'data-original-filename', 'download', 'title'];

function typeOfAttributes({ attributes }: HtmlElement): string | undefined {
  const name = fileNameAttributes.map((each) => attributes[each]?.trim() ?? '').find((value) => hasDocumentExtension(value));
  // Download Monitor names it in a class.
  const kind =
    name?.slice(name.lastIndexOf('.') + 1) ??
    /(?:^|\s)filetype-(pdf|docx?|xlsx?|pptx?|epub|od[tsp]|rtf)(?:\s|$)/.exec(attributes['class'] ?? '')?.[1];
  return kind === undefined ? undefined : mediaTypeOfKind(kind);
}

/** The sign of a kind of file within a link: `file-type-icons/pdf.svg`. */
export function typeOfIcon(node: HtmlElement): string | undefined {
  if (!holdsTag(node.children, 'img')) return undefined;
  for (const each of walkElements(node.children)) {
    const kind =
      each.tag === 'img'
        ? /(?:icons?|mime|filetypes?)[^?#]{0,100}[/_-](pdf|docx?|xlsx?|pptx?|epub)(?:[-_]icon)?\.(?:svg|png|gif)/i.exec(
            each.attributes['src'] ?? '',
          )
        : null;
    if (kind !== null) return mediaTypeOfKind(kind[1]!);
  }
  return undefined;
}

/** What people keep in the stores of others has a name in the words of the link only; most papers there are PDF. */
function typeOfStore(address: string, words: string): string | undefined {
  const place = `${siteHost(address)}${urlOf(address)!.pathname}`;
  const isFile =
    /^drive\.google\.com\/(?:file\/|open$|uc$)|^dropbox\.com\/(?:s\/|scl\/fi\/)|^1drv\.ms\/|^onedrive\.live\.com\/|\.sharepoint\.com\/:u:/.test(
      place,
    );
  return isFile && namesPaper(words) ? 'application/pdf' : undefined;
}

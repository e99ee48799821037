/*
 * Links of a source. One that leads to a document is remembered, so that it can become an attachment.
 */
import { cutToLength } from '../../kernel/cut-text.ts';
import type { DocumentLink } from '../documents/document-link.ts';
import { lengthFromType, mediaTypeOfUrl } from '../documents/document-type.ts';
import { viewedDocument } from './embeds.ts';
import { element, hasClass, holdsTag, text, walkElements } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { toBlocks, wrapInline } from './html-flow.ts';
import { hasContent } from '../html/blocks.ts';
import type { Tidying } from './tidying.ts';
import { fileKey, resolveLink, urlOf } from '../web-address.ts';

/** Converts a link: absolute, never inside another, without its tag where it leads nowhere that may be opened. */
export function convertLink(node: HtmlElement, context: Tidying): HtmlNode[] {
  const href = node.attributes['href'];
  const isOnPage = href?.trim().startsWith('#') === true;
  if (hasClass(node, noteClasses) && !context.openInline.has('sup')) return raisedNote(node, context);
  const url = context.isInLink ? undefined : resolveLink(href, isOnPage ? context.pageUrl : context.baseUrl);
  const children = context.convertAll(node.children, { ...context, isInLink: context.isInLink || url !== undefined });
  if (url === undefined) return children;
  const parts = url.startsWith('http') ? urlOf(url) : undefined;
  const viewed = parts && viewedDocument(parts, { onlyKnown: true });
  const target = viewed ?? url;
  const mediaType = mediaTypeOfUrl(target, viewed === undefined ? node.attributes['type'] : undefined);
  const title = node.attributes['title']?.trim();
  const linkText = visibleText(children).replaceAll('\n', ' ');
  if (mediaType === undefined) {
    if (!hasContent(children)) return children;
    return wrapInline('a', { href: url, ...(title ? { title: cutToLength(title, 300) } : {}) }, children);
  }
  const alt = [...walkElements(children)].find((each) => each.tag === 'img')?.attributes['alt'];
  const link: DocumentLink = {
    url: target,
    fileKey: fileKey(target),
    mediaType,
    linkText,
    linkTitle: title || node.attributes['aria-label'] || '',
    imageAlt: alt ?? '',
    isEmbed: false,
    lengthBytes: lengthFromType(node.attributes['type']),
  };
  return wrapInline('a', { href: target }, hasContent(children) ? children : [text(link.linkTitle || target)], (anchor) =>
    context.documents.set(anchor, link),
  );
}

const noteClasses = new Set('footnote-anchor footnote-number footnote-ref footnote-link fn-ref noteref'.split(' '));

/** The mark of a note, which its page raises by a style. */
function raisedNote(node: HtmlElement, context: Tidying): HtmlNode[] {
  const link = convertLink(node, { ...context, openInline: new Set([...context.openInline, 'sup']) });
  return holdsTag(link, 'sup') || !/^\d{1,3}$/.test(visibleText(link)) ? link : wrapInline('sup', {}, link);
}

/** WordPress' file block: a viewer, a link to the file or its page, and a button are one document. */
export function convertFileBlock(node: HtmlElement, context: Tidying): HtmlNode[] {
  const parts = [...walkElements(node.children)];
  const links = parts.filter((each) => each.tag === 'a' && each.attributes['href'] !== undefined);
  const addresses = parts.map((each) => ({
    each,
    url: resolveLink(each.attributes['href'] ?? each.attributes['data'] ?? each.attributes['src'], context.baseUrl),
  }));
  const file = addresses.find(({ each, url }) => url !== undefined && mediaTypeOfUrl(url, each.attributes['type']) !== undefined);
  if (!file?.url) return toBlocks(context.convertAll(node.children, context));
  const named = links.find((each) => !/wp-block-file__button/.test(each.attributes['class'] ?? ''));
  const viewerLabel = parts.map((each) => each.attributes['aria-label'] ?? '').find((label) => label !== '') ?? '';
  return documentNodes(
    {
      url: file.url,
      fileKey: fileKey(file.url),
      mediaType: mediaTypeOfUrl(file.url, file.each.attributes['type'])!,
      linkText: named ? visibleText(named.children).replaceAll('\n', ' ') : '',
      linkTitle: viewerLabel.replace(/^Embed of (.*?)\.?$/i, '$1'),
      imageAlt: '',
      isEmbed: true,
    },
    context,
  );
}

/** A paragraph with the link to a document that the source shows in a viewer. */
export function documentNodes(link: DocumentLink, context: Tidying): HtmlNode[] {
  const anchor = element('a', { href: link.url }, [text(link.linkText || link.linkTitle || link.url)]);
  context.documents.set(anchor, link);
  return [element('p', {}, [anchor])];
}

/*
 * The feed of a SharePoint list writes out its columns, one division each that begins with the column's name. The names of the columns that each list of
 * announcements has say nothing to a reader, and neither does when the list hides a row. Columns that somebody made stay with their names.
 */
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';
import { elementsOf, walkElements } from '../html/html-tree.ts';
import { mediaTypeOfUrl } from '../documents/document-type.ts';
import { urlOf } from '../web-address.ts';
import { visibleLine } from '../html/visible-text.ts';

const isRichText = /\bExternalClass[0-9A-F]/i;
const isListPage = /\/(?:DispForm|listform)\.aspx|\/Attachments\/\d/i;

// As SharePoint calls its columns in the languages of its sites. Of the first the name goes; of the second what becomes documents, too.
const bodies = new Set('body|textkörper|corps|cuerpo|corpo|corpo do texto|hoofdtekst'.split('|'));
const attachments = new Set('attachments|anlagen|pièces jointes|datos adjuntos|allegati|anexos|bijlagen'.split('|'));
// These go with what they hold: it stands elsewhere, or concerns the list only.
const technical = new Set(
  (
    'title|expires|created|modified|created by|modified by|content type|version|titel|läuft ab|erstellt|geändert|titre|expire|créé|modifié|' +
    'título|caduca|creado|modificado|titolo|scadenza|vervalt'
  ).split('|'),
);

/** The names of columns, and whole columns, that no reader needs. Where the feed is not of SharePoint there are none. */
export function findSharePointLabels(html: string, nodes: readonly HtmlNode[], pageUrl: string | undefined): HtmlElement[] {
  if (!/<(?:b|strong)>/i.test(html) || !(isRichText.test(html) || isListPage.test(pageUrl ?? '') || isListPage.test(html))) return [];
  const found: HtmlElement[] = [];
  for (const column of columnsOf(nodes)) {
    const label = labelOf(column);
    const name = label && visibleLine([label]).slice(0, -1).trim().toLowerCase();
    if (label === undefined || name === undefined) continue;
    const isText = elementsOf(column.children).some(({ attributes }) => isRichText.test(attributes['class'] ?? ''));
    const isElsewhere = technical.has(name) || (attachments.has(name) && areDocuments(column, pageUrl));
    if (isElsewhere && !isText) found.push(column);
    else if (bodies.has(name) || attachments.has(name)) found.push(label);
    withoutZeroWidthSpaces(column);
  }
  return found;
}

// More of them get no buttons.
const maxDocuments = 20;

/** Whether all links of a column lead to documents of this site: each gets a button. */
function areDocuments(column: HtmlElement, pageUrl: string | undefined): boolean {
  const addresses = elementsOf(column.children).flatMap(({ tag, attributes }) => (tag === 'a' ? (attributes['href'] ?? '') || [] : []));
  const host = urlOf(pageUrl ?? '')?.host;
  const urls = addresses.map((href) => urlOf(href, pageUrl));
  return urls.length <= maxDocuments && urls.every((url) => url?.host === host && mediaTypeOfUrl(url?.href ?? '') !== undefined);
}

function columnsOf(nodes: readonly HtmlNode[]): HtmlElement[] {
  const divisions = nodes.filter((node): node is HtmlElement => node.kind === 'element' && node.tag === 'div');
  const [only, ...others] = divisions;
  return only && others.length === 0 && labelOf(only) === undefined ? columnsOfOnly(only) : divisions;
}

function columnsOfOnly({ children }: HtmlElement): HtmlElement[] {
  return children.filter((node): node is HtmlElement => node.kind === 'element' && node.tag === 'div');
}

function labelOf(column: HtmlElement): HtmlElement | undefined {
  const first = column.children.find((node) => node.kind === 'element' || node.text.trim() !== '');
  if (first?.kind !== 'element' || (first.tag !== 'b' && first.tag !== 'strong')) return undefined;
  return /^[^:]{1,40}:$/.test(visibleLine([first]).trim()) ? first : undefined;
}

/** Its editor leaves them wherever somebody typed. */
function withoutZeroWidthSpaces(column: HtmlElement): void {
  for (const { children } of walkElements([column])) {
    for (const node of children) if (node.kind === 'text' && node.text.includes('\u200b')) node.text = node.text.replaceAll('\u200b', '');
  }
}

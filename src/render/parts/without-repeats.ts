/*
 * What a digest says once: the title above a text is not repeated as its first line or heading, a paper's card not by a link of the same words, and what
 * only invites to read on goes, for the digest has a link of its own. Nothing else leaves a post here.
 */
import { isGenericText } from '../../content/documents/announcement.ts';
import { trimInline } from '../../content/html/blocks.ts';
import { element, elementsOf, holdsTag, text } from '../../content/html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../../content/html/html-tree.ts';
import { visibleLine } from '../../content/html/visible-text.ts';
import { isBareInvitation } from '../../content/text/invitation.ts';
import { lettersOf } from '../../content/text/letters.ts';
import { canonicalUrl, siteHost } from '../../content/web-address.ts';
import type { ContentBlock } from './clean-content.ts';

/** What stands above and beside the blocks. */
export interface StandsBeside {
  readonly title: string;
  readonly url: string | null;
  readonly documents: readonly { readonly url: string; readonly title: string }[];
}

/** The blocks without what is said twice, and whether their source said that the text goes on. */
export function withoutRepeats(blocks: readonly ContentBlock[], beside: StandsBeside): { blocks: readonly ContentBlock[]; isCut: boolean } {
  const own = blocks.filter((block) => !repeatsCard(block.nodes, beside));
  const untitled = withoutTitle(own.length === 0 ? blocks : own, beside.title);
  const kept = withoutInvitations(untitled, beside);
  const end = visibleLine(kept.at(-1)?.nodes ?? []);
  const isShortened = kept.at(-1) !== untitled.at(-1) && !leadsAway.test(end);
  return { blocks: kept, isCut: kept.length < untitled.length || isShortened || /(?:…|\.{3})\]?$/u.test(end) };
}

/** Whether two texts are the same to a reader. */
export function isSameText(one: string, other: string): boolean {
  return lettersOf(one) !== '' && lettersOf(one) === lettersOf(other);
}

/** A block that is nothing but links to documents which have a card of these words, or words that name nothing ("MP3 link"). */
function repeatsCard(nodes: readonly HtmlNode[], { documents }: StandsBeside): boolean {
  if (documents.length === 0 || holdsTag(nodes, 'img')) return false;
  const links = elementsOf(nodes).filter((each) => each.tag === 'a');
  if (links.length === 0 || lettersOf(visibleLine(nodes)) !== lettersOf(visibleLine(links))) return false;
  return links.every((link) => {
    const words = visibleLine(link.children);
    const document = documents.find(({ url }) => url === link.attributes['href']);
    return (
      document !== undefined &&
      (isSameText(namingWords(words), namingWords(document.title)) || isGenericText(words.replace(/\bmp3\b|\bm4a\b|\bmp4\b/gi, '')))
    );
  });
}

/** The words of a link that name what it leads to: "plan" of "Download the plan (PDF)"; all of them where none does. */
function namingWords(words: string): string {
  const naming = words.split(' ').filter((word) => !isGenericText(word));
  return naming.length === 0 ? words : naming.join(' ');
}

/** Without a first block, or the first line of one, that is the title. One that the title was taken from stays: it stands without a heading then. */
function withoutTitle(blocks: readonly ContentBlock[], title: string): readonly ContentBlock[] {
  let left = withoutTitleOnce(blocks, title);
  // Some say it as a heading and as a line.
  if (left.length > 1 && left.length < blocks.length) left = withoutTitleOnce(left, title);
  return left;
}

function withoutTitleOnce(blocks: readonly ContentBlock[], title: string): readonly ContentBlock[] {
  const [first, ...rest] = blocks;
  if (!first || holdsTag(first.nodes, 'img', 'ul', 'ol', 'table', 'blockquote')) return blocks;
  const line = visibleLine(first.nodes);
  if (isSameText(line, title)) return rest.length > 0 || line !== title ? rest : blocks;
  const nodes = withoutFirstLine(first.nodes, title);
  return nodes ? [{ ...first, nodes }, ...rest] : blocks;
}

function withoutFirstLine(nodes: readonly HtmlNode[], title: string): readonly HtmlNode[] | undefined {
  const [paragraph, ...others] = nodes;
  if (paragraph?.kind !== 'element' || paragraph.tag !== 'p' || others.length > 0) return undefined;
  const end = paragraph.children.findIndex((child) => child.kind === 'element' && child.tag === 'br');
  if (end === -1 || !isSameText(visibleLine(paragraph.children.slice(0, end)), title)) return undefined;
  const rest = trimInline(paragraph.children.slice(end + 1));
  return visibleLine(rest) === '' ? undefined : [{ ...paragraph, children: rest }];
}

/** Without invitations to read on at the end, as long as something is left. */
function withoutInvitations(blocks: readonly ContentBlock[], beside: StandsBeside): readonly ContentBlock[] {
  const { title, url } = beside;
  const kept = [...blocks];
  while (kept.length > 0) {
    const last = kept.at(-1)!;
    const isAlone =
      (isBareInvitation(visibleLine(last.nodes), title) && leadsNowhereElse(last.nodes, url)) || leadsToPost(last.nodes, beside);
    if (isAlone && !holdsTag(last.nodes, 'img') && (kept.length > 1 || url !== null)) {
      kept.pop();
      continue;
    }
    const nodes = withoutLastInvitation(last.nodes, beside);
    if (nodes) kept[kept.length - 1] = { ...last, nodes };
    break;
  }
  return kept;
}

/** Whether all links lead to the site of the post, where its page has more than one address: who reads on there finds it. */
function leadsNowhereElse(nodes: readonly HtmlNode[], url: string | null): boolean {
  const site = siteHost(url ?? undefined);
  return elementsOf(nodes).every(({ tag, attributes }) => tag !== 'a' || isOfSite(siteHost(attributes['href']), site));
}

function isOfSite(host: string, site: string): boolean {
  return host !== '' && (host === site || host.endsWith(`.${site}`) || site.endsWith(`.${host}`));
}

const maxInvitationLength = 60;
// What is left of an invitation to another site.
const leadsAway = /→ \S+$/u;

/** A short last block whose one link leads to the post itself: an invitation in whatever language. One that names a day or a number beside the title says more. */
function leadsToPost(nodes: readonly HtmlNode[], { title, url }: StandsBeside): boolean {
  const page = canonicalUrl(url ?? undefined);
  const words = visibleLine(nodes);
  const beside = words.replace(title, '');
  if (page === undefined || beside.length > maxInvitationLength || /^▶|\p{N}/u.test(beside)) return false;
  const links = elementsOf(nodes).filter((each) => each.tag === 'a');
  const [link] = links;
  if (link === undefined || links.length > 1 || canonicalUrl(link.attributes['href']) !== page) return false;
  return lettersOf(words) === lettersOf(visibleLine(link.children));
}

/**
 * Without a link at the end of a paragraph that only invites to read on; one to another site says where it leads, for nothing else does. Undefined where
 * there is none.
 */
function withoutLastInvitation(nodes: readonly HtmlNode[], beside: StandsBeside): readonly HtmlNode[] | undefined {
  const last = nodes.at(-1);
  if (last?.kind !== 'element' || !['p', 'span', 'em', 'strong', 'b', 'i'].includes(last.tag)) return undefined;
  const children = trimInline(last.children);
  const end = children.at(-1);
  if (end?.kind !== 'element') return undefined;
  const rest = end.tag === 'a' ? withoutInvitation(children, end, beside) : withoutLastInvitation(children, beside);
  if (rest === undefined || visibleLine(rest) === '') return undefined;
  const changed: HtmlElement = { ...last, children: [...rest] };
  return [...nodes.slice(0, -1), changed];
}

function withoutInvitation(
  children: readonly HtmlNode[],
  link: HtmlElement,
  { title, url }: StandsBeside,
): readonly HtmlNode[] | undefined {
  if (!isBareInvitation(visibleLine(link.children), title)) return undefined;
  if (leadsNowhereElse([link], url)) return trimInline(children.slice(0, -1));
  const host = siteHost(link.attributes['href']);
  return host === '' ? undefined : [...children.slice(0, -1), element('a', link.attributes, [text(`→ ${host}`)])];
}

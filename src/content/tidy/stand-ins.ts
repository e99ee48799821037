/*
 * Lazy loading that names the picture only in its copy for browsers without scripts: what stands in front of the copy until then is no picture.
 */
import { readImage } from '../images.ts';
import { hasIconName } from '../pictures/picture-address.ts';
import { walkElements } from '../html/html-tree.ts';
import type { HtmlElement, HtmlNode } from '../html/html-tree.ts';

// A preview of this width is a blur, drawn out until the picture is there.
const maxPreviewWidth = 64;

/** Takes out of a tree each loader, icon or blur that is directly followed by a picture within `noscript`. */
export function dropStandIns(nodes: HtmlNode[], baseUrl: string | undefined): void {
  const parents = [{ children: nodes }, ...walkElements(nodes)];
  for (const parent of parents) {
    if (!parent.children.some((child) => child.kind === 'element' && child.tag === 'noscript')) continue;
    const kept = parent.children.filter((child, index) => {
      const isPicture = child.kind === 'element' && (child.tag === 'img' || child.tag === 'amp-img');
      return !(isPicture && holdsPicture(nextElement(parent.children, index)) && isStandIn(child, baseUrl));
    });
    parent.children.splice(0, parent.children.length, ...kept);
  }
}

/** What follows directly, with nothing but white space between. */
function nextElement(siblings: readonly HtmlNode[], index: number): HtmlElement | undefined {
  let next = index + 1;
  for (; siblings[next]?.kind === 'text'; next += 1) if ((siblings[next] as { text: string }).text.trim() !== '') return undefined;
  const found = siblings[next];
  return found?.kind === 'element' ? found : undefined;
}

function holdsPicture(node: HtmlElement | undefined): boolean {
  if (node?.tag !== 'noscript') return false;
  for (const each of walkElements(node.children)) if (each.tag === 'img') return true;
  return false;
}

function isStandIn(img: HtmlElement, baseUrl: string | undefined): boolean {
  const reading = readImage(img, [], baseUrl);
  if (reading.kind !== 'image') return true;
  return hasIconName(reading.image.url) || (reading.image.width !== undefined && reading.image.width <= maxPreviewWidth);
}

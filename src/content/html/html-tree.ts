/*
 * Html as a small tree: the one that everything works on which asks what a post says. Its texts and attribute values are decoded and clean;
 * comments and instructions are not kept.
 */

/** A run of text, entities decoded. */
export interface HtmlText {
  readonly kind: 'text';
  text: string;
}

/** An element with lower-case tag and attribute names. */
export interface HtmlElement {
  readonly kind: 'element';
  tag: string;
  readonly attributes: Record<string, string>;
  children: HtmlNode[];
}

/** What a tree is made of. */
export type HtmlNode = HtmlText | HtmlElement;

/** Makes an element. */
export function element(tag: string, attributes: Record<string, string> = {}, children: HtmlNode[] = []): HtmlElement {
  return { kind: 'element', tag, attributes, children };
}

/** Makes a text node. */
export function text(value: string): HtmlText {
  return { kind: 'text', text: value };
}

/** Every element of the tree in document order. */
export function* walkElements(nodes: readonly HtmlNode[]): Generator<HtmlElement> {
  // A list of open lists: generators inside generators would cost their depth for each element.
  const open = [{ nodes, next: 0 }];
  for (let list = open.at(-1); list !== undefined; list = open.at(-1)) {
    const node = list.nodes[list.next++];
    if (node === undefined) open.pop();
    else if (node.kind === 'element') {
      yield node;
      if (node.children.length > 0) open.push({ nodes: node.children, next: 0 });
    }
  }
}

/** The same as a list. */
export function elementsOf(nodes: readonly HtmlNode[]): HtmlElement[] {
  return [...walkElements(nodes)];
}

/** Whether an element of one of these tags stands anywhere in the tree. */
export function holdsTag(nodes: readonly HtmlNode[], ...tags: readonly string[]): boolean {
  for (const each of walkElements(nodes)) if (tags.includes(each.tag)) return true;
  return false;
}

/** A copy of the tree with every element passed through `change`, innermost first; null drops it, an array puts other nodes in its place. */
export function mapElements(
  nodes: readonly HtmlNode[],
  change: (element: HtmlElement) => HtmlNode | readonly HtmlNode[] | null,
): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (node.kind === 'text') return [node];
    const changed = change({ ...node, children: mapElements(node.children, change) });
    if (changed === null) return [];
    return 'kind' in changed ? [changed] : [...changed];
  });
}

/** Whether any of the space-separated class names of an element is one of these. */
export function hasClass(node: HtmlElement, names: ReadonlySet<string>): boolean {
  const value = node.attributes['class'];
  return value !== undefined && value.split(/\s+/).some((name) => names.has(name));
}

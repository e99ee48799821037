import { canonicalPrefix, isUnknownNamespace, undeclaredPrefix } from './namespaces.ts';

const structuralName = /(?:^|:)(?:rss|rdf|channel|item|feed|entry)$/i;

/** Namespace prefixes in force and, as a cache, the canonical form of each raw element name met under them. */
export interface XmlScope {
  readonly prefixes: Readonly<Record<string, string>>;
  readonly names: Map<string, string>;
}

/** The scope outside all elements. */
export function rootScope(): XmlScope {
  return { prefixes: Object.assign(emptyPrefixes(null), { xml: 'xml' }), names: new Map() };
}

/** The namespaces in force inside an element. On one that is RSS or Atom by its name a default namespace that nobody knows says nothing. */
export function scopeOf(rawName: string, attributes: Readonly<Record<string, string>>, outer: XmlScope): XmlScope {
  let prefixes: Record<string, string> | undefined;
  for (const name in attributes) {
    if (!name.startsWith('xmlns')) continue;
    const prefix = name === 'xmlns' ? '' : name.startsWith('xmlns:') ? name.slice(6) : undefined;
    if (prefix === undefined) continue;
    const uri = attributes[name] ?? '';
    prefixes ??= emptyPrefixes(outer.prefixes);
    if (prefix === '' && structuralName.test(rawName) && isUnknownNamespace(uri)) continue;
    prefixes[prefix] = canonicalPrefix(uri, prefix);
  }
  return prefixes === undefined ? outer : { prefixes, names: new Map() };
}

/** Chained to the outer ones, as scopes are: a copy for each element of a document that declares thousands would fill the heap. */
function emptyPrefixes(outer: Readonly<Record<string, string>> | null): Record<string, string> {
  return Object.create(outer) as Record<string, string>;
}

/** The name under which our code knows an element. */
export function canonicalName(rawName: string, scope: XmlScope, isRoot: boolean): string {
  const known = scope.names.get(rawName);
  if (known !== undefined) return known;
  const colon = rawName.indexOf(':');
  const prefix = colon === -1 ? '' : rawName.slice(0, colon).toLowerCase();
  const local = rawName.slice(colon + 1).toLowerCase();
  const vocabulary = scope.prefixes[prefix] ?? undeclaredPrefix(prefix);
  const name = rootAlias(local, vocabulary, isRoot, scope, prefix) ?? (vocabulary === '' ? local : `${vocabulary}:${local}`);
  scope.names.set(rawName, name);
  return name;
}

/** A root that says what it is by its name alone makes its own prefix the vocabulary's. */
function rootAlias(local: string, vocabulary: string, isRoot: boolean, scope: XmlScope, prefix: string): string | undefined {
  if (!isRoot) return undefined;
  const prefixes = scope.prefixes as Record<string, string>;
  if ((local === 'feed' || local === 'entry') && vocabulary !== 'atom') {
    prefixes[prefix] = 'atom';
    return `atom:${local}`;
  }
  if (local === 'rss' && vocabulary !== '') {
    prefixes[prefix] = '';
    return 'rss';
  }
  if (local === 'rdf' && vocabulary !== 'rdf' && vocabulary !== '') return 'rdf:rdf';
  return undefined;
}

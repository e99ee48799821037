/*
 * What of html and CSS a mail uses, and how many mail programs know it, by the data of caniemail.com.
 */
import { caniemail, rawData } from 'caniemail';
import { parseDocument } from 'htmlparser2';

/** A feature that not every mail program knows, and the share of those that do, at least in part, from 0 to 1. */
export interface RareFeature {
  readonly title: string;
  readonly share: number;
}

/** The features of a mail that fewer mail programs know than a share of those which the data lists. */
export function rareFeatures(html: string, leastShare: number): RareFeature[] {
  const titles = new Set(unitsOf(html).flatMap((unit) => titlesIn(unit)));
  return [...titles]
    .map((title) => ({ title, share: shareOf(title) }))
    .filter(({ share }) => share < leastShare)
    .sort((first, second) => first.title.localeCompare(second.title));
}

// Only how these begin makes a difference.
const isFreeText = /^(?:href|src|alt|title|aria-label|id)$/;

/** The pieces of a mail that are looked up: each element with its attributes, each declaration, each sheet; each once. */
function unitsOf(html: string): string[] {
  const units = new Set<string>();
  const walk = (nodes: ReturnType<typeof parseDocument>['children']): void => {
    for (const node of nodes) {
      if (!('name' in node) || !('children' in node)) continue;
      const { style = '', ...attributes } = node.attribs;
      if (node.name === 'style') units.add(`<style>${node.children.map((child) => ('data' in child ? child.data : '')).join('')}</style>`);
      const written = Object.entries(attributes).map(
        ([name, value]) => ` ${name}="${isFreeText.test(name) ? (/^[#a-z]+/i.exec(value)?.[0] ?? '') : value}"`,
      );
      units.add(`<${node.name}${written.join('')}></${node.name}>`);
      for (const declaration of style.split(';')) if (declaration.trim() !== '') units.add(`<p style="${declaration.trim()}"></p>`);
      walk(node.children);
    }
  };
  walk(parseDocument(html).children);
  return [...units];
}

const clients = Object.entries(rawData.data[0]!.stats).flatMap(([family, platforms]) =>
  Object.keys(platforms).map((platform) => `${family}.${platform}`),
) as never[];

/** What not all programs know of a piece. The package gives up where its data lacks a program: then they are asked one by one. */
function titlesIn(html: string): string[] {
  const ask = (some: never[]): string[] => {
    const { errors, warnings } = caniemail({ clients: some, html }).issues;
    return [errors, warnings].flatMap((kind) => [...kind.values()].flatMap((issues) => issues.map(({ title }) => title)));
  };
  try {
    return ask(['*' as never]);
  } catch {
    return clients.flatMap((client) => {
      try {
        return ask([client]);
      } catch {
        return [];
      }
    });
  }
}

function shareOf(title: string): number {
  const feature = rawData.data.find((each) => each.title === title);
  if (!feature) throw new Error(`Expected data about "${title}", found none`);
  const answers = Object.values(feature.stats).flatMap((platforms) =>
    Object.values(platforms as Record<string, Record<string, string>>).map((versions) => Object.values(versions).at(-1) ?? 'u'),
  );
  const known = answers.filter((answer) => !answer.startsWith('u'));
  return known.filter((answer) => !answer.startsWith('n')).length / known.length;
}

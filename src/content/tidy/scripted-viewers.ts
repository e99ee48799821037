/*
 * Documents that a plug-in of the source's site shows in an element that a script fills.
 */
import { endOfString } from '../../reading/json/repair-json.ts';
import { readEmbedUrl } from './embeds.ts';
import type { EmbedReading } from './embeds.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { mediaTypeOfUrl } from '../documents/document-type.ts';
import { resolveResource } from '../web-address.ts';

// Settings of a viewer; what is longer is data of something else.
const maxSettingsLength = 20_000;
const looksLikeDocument = /\.(pdf|epub|docx?|pptx?|ppsx|xlsx?|odt|ods|odp|rtf)\b/i;

/** The document that an element without content names in one of its attributes, by itself or among settings in JSON. */
export function readScriptedViewer(node: HtmlElement, baseUrl: string | undefined): EmbedReading {
  for (const [name, value] of Object.entries(node.attributes)) {
    if (name === 'title' || value.length > maxSettingsLength || !looksLikeDocument.test(value)) continue;
    const quoted = /[{[]/.test(value) ? quotedTexts(value).map((text) => text.replaceAll('\\/', '/')) : [];
    for (const address of quoted.length > 0 ? quoted : [value]) {
      const reading = documentAt(address, baseUrl);
      if (reading !== undefined) return { ...reading, title: node.attributes['title'] ?? node.attributes['data-title'] ?? '' };
    }
  }
  return { kind: 'none' };
}

/** The texts in double quotes, as they are written; what begins and never ends is none. */
function quotedTexts(value: string): string[] {
  const texts: string[] = [];
  for (let start = value.indexOf('"'); start !== -1;) {
    const end = endOfString(value, start);
    if (end === undefined) break;
    texts.push(value.slice(start + 1, end));
    start = value.indexOf('"', end + 1);
  }
  return texts;
}

/** The document of a flip book (DearFlip) whose settings its script holds and no attribute. */
export function readBookScript(node: HtmlElement, baseUrl: string | undefined): EmbedReading {
  const settings = node.children.map((child) => (child.kind === 'text' ? child.text : '')).join('');
  if (settings.length > maxSettingsLength) return { kind: 'none' };
  const source = /"source"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(settings)?.[1];
  return (source === undefined ? undefined : documentAt(source.replaceAll('\\/', '/'), baseUrl)) ?? { kind: 'none' };
}

type DocumentReading = Extract<EmbedReading, { kind: 'document' }>;

function documentAt(address: string, baseUrl: string | undefined): DocumentReading | undefined {
  if (/\s/.test(address.trim()) || !looksLikeDocument.test(address)) return undefined;
  const url = resolveResource(address, baseUrl);
  const reading = url === undefined ? undefined : readEmbedUrl(url);
  return reading?.kind === 'document' && mediaTypeOfUrl(reading.url) !== undefined ? reading : undefined;
}

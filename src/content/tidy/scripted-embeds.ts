/*
 * Posts of other services and players that a script puts into an empty element: its attributes say which.
 */
import { readEmbedUrl } from './embeds.ts';
import type { EmbedReading } from './embeds.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { resolveResource } from '../web-address.ts';

/** Which attribute of an element of this class names the page of what it shows. Buttons to share and to like have such attributes too. */
const addressAttributes: ReadonlyMap<string, string> = new Map([
  ['fb-post', 'data-href'],
  ['fb-video', 'data-href'],
  ['instagram-media', 'data-instgrm-permalink'],
  ['tiktok-embed', 'cite'],
  ['issuuembed', 'data-url'],
]);

// Settings of a player; what is longer is data of something else.
const maxSettingsLength = 20_000;

/** What an element without content shows once its script has run. */
export function readScriptedEmbed(node: HtmlElement, baseUrl: string | undefined): EmbedReading {
  const { attributes } = node;
  for (const name of attributes['class']?.split(/\s+/) ?? []) {
    const attribute = addressAttributes.get(name);
    if (attribute !== undefined) return readAddress(attributes[attribute], '', baseUrl);
    if (name === 'infogram-embed' && /^[\w-]+$/.test(attributes['data-id'] ?? ''))
      return readAddress(`https://infogram.com/${attributes['data-id']}`, attributes['data-title'] ?? '', baseUrl);
  }
  return readAddress(playerSetting(attributes['data-settings']), '', baseUrl);
}

function readAddress(address: string | undefined, title: string, baseUrl: string | undefined): EmbedReading {
  const url = resolveResource(address, baseUrl);
  return url === undefined ? { kind: 'none' } : readEmbedUrl(url, title);
}

/** The address in the settings of Elementor's video widget, which are JSON. */
function playerSetting(settings: string | undefined): string | undefined {
  if (settings === undefined || settings.length > maxSettingsLength) return undefined;
  return /"(?:youtube|vimeo|dailymotion)_url"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(settings)?.[1]?.replaceAll('\\/', '/');
}

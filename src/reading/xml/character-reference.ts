import { decodeHTMLAttribute, decodeHTMLStrict } from 'entities';
import { meantCharacter } from '../decode/decode-text.ts';

/** Where the entities that a document's own DTD declares are looked up. */
export interface EntityTable {
  get(name: string): string | undefined;
}

const reference = /&(?:#x([0-9a-f]{1,8})|#(\d{1,10})|([a-z][\w.-]{0,63}));?/gi;

/**
 * Resolves the character references of XML text, HTML's names included, because feeds use them undeclared. What names nothing stays as it is
 * (a bare `&` in a URL); a name without its semicolon is only read where XML itself would.
 */
export function resolveReferences(text: string, entities?: EntityTable): string {
  if (!text.includes('&')) return text;
  if (!otherReference.test(text)) return resolveXmlEntities(text);
  return text.replace(reference, (whole: string, hex?: string, decimal?: string, name?: string) => {
    if (name === undefined) return characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
    if (!whole.endsWith(';')) return whole;
    return xmlEntities.get(name) ?? entities?.get(name) ?? decodeHTMLStrict(whole);
  });
}

/** A reference, or a bare `&`, that is none of XML's own five. */
const otherReference = /&(?!(?:amp|lt|gt|quot|apos);)/;

/** XML's own five, by which html is escaped: whole texts of nothing else are common, and so it takes a fifth of the time. The ampersand comes last. */
function resolveXmlEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
}

const xmlEntities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The character of a numeric reference; nothing for what no text may hold. */
function characterOf(code: number): string {
  return code > 0x10ffff ? '' : meantCharacter(code);
}

/**
 * Resolves the references of HTML text. Numeric ones to forbidden characters are removed; without a semicolon they are none ("&#0") and stay.
 * Names without a semicolon count as in attributes: not in "a&copy=1".
 */
export function resolveHtmlReferences(text: string): string {
  if (!text.includes('&')) return text;
  return decodeHTMLAttribute(replaceForbiddenReferences(text, (whole) => (whole.endsWith(';') ? '' : whole.replace('&', '&amp;'))));
}

const numericReference = /&#(?:x([0-9a-f]{1,8})|(\d{1,10}));?/gi;

/** Removes numeric references to characters that no text may hold, so that they cannot come back when the html is read later. */
export function dropForbiddenReferences(html: string): string {
  return replaceForbiddenReferences(html, () => '');
}

function replaceForbiddenReferences(html: string, replacementOf: (whole: string) => string): string {
  if (!html.includes('&#')) return html;
  return html.replace(numericReference, (whole: string, hex?: string, decimal?: string) =>
    characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)) === '' ? replacementOf(whole) : whole,
  );
}

/*
 * Pictures of formulas, as servers draw them from TeX. Their alt text is the formula: wherever the picture is not, it stands in the sentence.
 */
import type { HtmlElement } from '../html/html-tree.ts';
import { isFormulaAddress } from '../html/formula-address.ts';
import { plainTex } from './tex.ts';

const formulaClass = /(?:^|\s)(?:latex|tex|mwe-math-fallback-image-(?:inline|display)|equation_image|Wirisformula|ql-img-\S{1,40})(?:\s|$)/;

/** Whether an `img` shows a formula. */
export function isFormulaImage({ tag, attributes }: HtmlElement): boolean {
  return tag === 'img' && (formulaClass.test(attributes['class'] ?? '') || isFormulaAddress(attributes['src'] ?? ''));
}

/** The formula that a picture shows: its alt text, else what its address was drawn from; undefined where none says it. */
export function formulaOfImage({ attributes }: HtmlElement): string | undefined {
  const stated = attributes['alt'] || attributes['data-equation-content'] || attributes['title'] || texInAddress(attributes['src'] ?? '');
  return plainTex(stated ?? '') || undefined;
}

/** No mail program shows SVG, and no mail of ours holds data. */
export function isMailable({ attributes }: HtmlElement): boolean {
  const address = attributes['src'] ?? '';
  return address !== '' && !/^data:|\.svg(?:[?#]|$)|\/render\/svg\/|svg\.(?:latex|image)|cht=tx/i.test(address);
}

function texInAddress(address: string): string | undefined {
  const query =
    /[?&](?:latex|tex|chl|formula)=([^&#]{1,2000})/i.exec(address)?.[1] ?? /(?:\.cgi|latex|image)\?([^&#=]{1,2000})/i.exec(address)?.[1];
  if (query === undefined) return undefined;
  try {
    return decodeURIComponent(query.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

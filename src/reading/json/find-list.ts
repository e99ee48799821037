import { asObject, parseJson } from './json-value.ts';

/** Where a list of objects, or an empty one, begins. */
export const beginsList = /\[\s*(?:\{\s*"|\])/;

// Junk holds few brackets that look like the beginning of a list.
const maxTries = 8;

/**
 * The JSON of an answer of a REST API, also where a program wrote something before or behind it: PHP's warnings, a line of a plug-in, the comment of a
 * cache. Read past junk is only a list whose members have numbers as ids and what else every resource has, and an empty list only where nothing but markup
 * follows. Undefined for what is none.
 * @throws SourceError `too_large` as `parseJson` does
 */
export function findList(text: string): unknown {
  const whole = /^[[{]/.test(text) ? parseJson(text) : undefined;
  if (whole !== undefined) return whole;
  const starts = new RegExp(beginsList.source, 'g');
  for (let tries = 0; tries < maxTries; tries++) {
    const start = starts.exec(text)?.index;
    if (start === undefined) return undefined;
    const rest = text.slice(start);
    const found = parseJson(rest);
    if (Array.isArray(found) && (found.length === 0 ? isEnd(rest) : isListOfResources(found))) return found;
  }
  return undefined;
}

// What the API gives with each post, term, file and person. A script of a page has lists with numbers, too.
const resourceNames = ['link', 'slug', 'guid', 'source_url', 'taxonomy', 'date_gmt', '_links'];

function isListOfResources(members: readonly unknown[]): boolean {
  const objects = members.map(asObject);
  const isNamed = objects.some((each) => each && (asObject(each['title']) ?? resourceNames.find((name) => name in each)) !== undefined);
  return isNamed && objects.every((each) => typeof each?.['id'] === 'number');
}

/** Behind an empty list only markup may follow: words would be the junk before another one. */
function isEnd(rest: string): boolean {
  return (
    rest
      .slice(rest.indexOf(']') + 1)
      .replaceAll(/<[^<>]*>/g, '')
      .trim() === ''
  );
}

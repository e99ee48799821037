import { withoutSurrounding } from '../../kernel/trim.ts';
import { meantText } from '../decode/decode-text.ts';

/*
 * The key of a category: what WordPress's REST API calls its slug, computed from the name where only the name is known (RSS).
 * The same steps in the same order as WordPress takes them, so that both ways of reading a site meet in one category.
 */

/** Letters that WordPress writes out and Unicode does not decompose. */
// prettier-ignore
const writtenOut: ReadonlyMap<string, string> = new Map(Object.entries({
  ª: 'a', º: 'o', Æ: 'AE', æ: 'ae', Ð: 'D', ð: 'd', Ø: 'O', ø: 'o', Þ: 'TH', þ: 'th', ß: 's', Đ: 'D', đ: 'd', Ħ: 'H', ħ: 'h', ı: 'i', Ĳ: 'IJ', ĳ: 'ij',
  ĸ: 'k', Ŀ: 'L', ŀ: 'l', Ł: 'L', ł: 'l', ŉ: 'n', Ŋ: 'N', ŋ: 'n', Œ: 'OE', œ: 'oe', Ŧ: 'T', ŧ: 't', ſ: 's', Ə: 'E', ǝ: 'e', '€': 'E', '£': '',
}));

/** Sites in these languages write umlauts and ligatures out in their own way (remove_accents by locale). */
const byLanguage: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(
  Object.entries({
    de: { Ä: 'Ae', ä: 'ae', Ö: 'Oe', ö: 'oe', Ü: 'Ue', ü: 'ue', ß: 'ss' },
    da: { Æ: 'Ae', æ: 'ae', Ø: 'Oe', ø: 'oe', Å: 'Aa', å: 'aa' },
    ca: { 'l·l': 'll' },
    sr: { Đ: 'DJ', đ: 'dj' },
    bs: { Đ: 'DJ', đ: 'dj' },
  }),
);

/** WordPress cuts the percent-encoded form at this length, never inside a character. */
const maxEncodedLength = 200;

/** The slug that WordPress gives to a category of this name. `language` is the site's, for the languages with rules of their own. */
export function categorySlug(name: string, language?: string): string {
  const latin = withoutAccents(
    meantText(name)
      .replace(/<[^<>]*>/g, '')
      .trim(),
    language,
  ).toLowerCase();
  const encoded = encodeNonAscii(latin);
  const plain = withoutEntities(encoded)
    .replaceAll('.', '-')
    .replace(/%c2%a0|%e2%80%9[34]/g, '-')
    .replaceAll('/', '-')
    .replace(
      /%c2%ad|%c2%a1|%c2%bf|%c2%ab|%c2%bb|%e2%80%b9|%e2%80%ba|%e2%80%9[89a]|%e2%80%9[cdef]|%e2%80%a2|%c2%a9|%c2%ae|%c2%b0|%e2%80%a6|%e2%84%a2|%c2%b4|%cb%8a|%cc%81|%cd%81|%cc%80|%cc%84|%cc%8c|%e2%80%8[bcdef]|%ef%bb%bf|%ef%bf%bc/g,
      '',
    )
    .replace(/%e2%80%8[0-9a]|%e2%80%a8|%e2%80%a9|%e2%80%af/g, '-')
    .replaceAll('%c3%97', 'x')
    .replace(/%(?![0-9a-f]{2})/g, '')
    .replace(/[^%a-z0-9 _-]/g, '')
    .replace(/[\s-]+/g, '-');
  return withoutSurrounding(plain, /-/);
}

/** From an ampersand to the next semicolon, as WordPress has it. */
function withoutEntities(text: string): string {
  let plain = '';
  let done = 0;
  for (let start = text.indexOf('&'); start !== -1; start = text.indexOf('&', Math.max(done, start + 1))) {
    const end = text.indexOf(';', start + 1);
    if (end === -1) break;
    if (end === start + 1) continue;
    plain += text.slice(done, start);
    done = end + 1;
  }
  return plain + text.slice(done);
}

function withoutAccents(name: string, language: string | undefined): string {
  const own = byLanguage.get((language ?? '').slice(0, 2).toLowerCase()) ?? {};
  let text = name.normalize('NFC');
  for (const [letters, written] of Object.entries(own)) text = text.replaceAll(letters, written);
  return Array.from(text, (character) => writtenOut.get(character) ?? baseLetter(character)).join('');
}

/** A Latin letter without its marks; every other script keeps its own. */
function baseLetter(character: string): string {
  if (character <= '\x7f') return character;
  const base = character.normalize('NFD').replace(/\p{M}+/gu, '');
  return /^[A-Za-z]+$/.test(base) ? base : character;
}

function encodeNonAscii(text: string): string {
  let encoded = '';
  for (const character of text) {
    const next = character <= '\x7f' ? character : encodeURIComponent(character).toLowerCase();
    if (encoded.length + next.length > maxEncodedLength) break;
    encoded += next;
  }
  return encoded;
}

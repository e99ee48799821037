import { foldCharacter } from './character-readings.ts';
import { addressPatterns, readText, shortestLocal, skipBlanks, type AddressPattern, type ReadText } from './address-patterns.ts';

/** What stands in the place of an address; replies are judged with it, see mail/known-replies.ts. */
const replacement = '[address]';

/**
 * A text without an address, however servers write it: in another case, quoted, escaped, encoded, rewritten for a return path or a relay, in words, broken
 * over lines, or cut at the end of the text. The one judgement of what of somebody stays in a stored reply: used when one is written, and for all that were
 * when its person is erased or has another address.
 *
 * The part before the sign names a person too where it stands alone, but may also be a word. It goes where the text quotes it (`<ann>`, `"ann"`), after
 * a word for a mailbox (`user ann unknown`), in the path of one (`/var/mail/ann`), at the beginning before a colon, dots or what says that it is none
 * (`ann... User unknown`), and anywhere if no word looks like it (`john.smith`). Roles and what replies are made of stay (`user unknown`): they name
 * nobody, and a reply without them says nothing to staff or to the rules that judge it. What is left of a near address of somebody else (`joann@b`,
 * `a@b.com` for `a@b.co`) stays as well; a dot after the host is taken for the end of a sentence, since a rest that stays readable is worth less than an
 * address that does.
 *
 * The time is in proportion to the text's length times that of the address.
 */
export function redactAddress(text: string, address: string): string {
  if (text === '' || !address.includes('@') || isPlainlyWithout(text, address)) return text;
  const byFirst = addressPatterns(address);
  const read = readText(text);
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length;) {
    const end = endAt(read, byFirst, at);
    if (end === undefined) {
      at += 1;
      continue;
    }
    parts.push(text.slice(kept, at), replacement);
    at = end;
    kept = end;
  }
  return kept === 0 ? text : parts.join('') + text.slice(kept);
}

const plainLocal = /^[a-z0-9._+-]+@/i;
// What begins an encoding, stands behind a host that comes first, or may be one letter in the form of another.
const notPlain = /[\\&%=+!]|[^\0-\x7F]/;

/** Whether a text has no encodings and not even the beginning of the local part: so most replies, which only say that a message was taken. */
function isPlainlyWithout(text: string, address: string): boolean {
  if (!plainLocal.test(address) || notPlain.test(text)) return false;
  const [mailbox = ''] = address.split(/[+@]/, 1);
  const beginning = withoutFillers(mailbox.slice(0, shortestLocal));
  return beginning !== '' && !withoutFillers(text).includes(beginning);
}

/** Without what may stand between the letters of a local part. */
function withoutFillers(text: string): string {
  return text.toLowerCase().replaceAll(/[\s.]/g, '');
}

/** Where the longest spelling of the address ends that begins at a place; undefined where none does. */
function endAt(read: ReadText, byFirst: ReadonlyMap<string, readonly AddressPattern[]>, at: number): number | undefined {
  if (read.text.startsWith(replacement, at)) return undefined;
  let longest: number | undefined;
  for (const { character } of read.readings(at))
    for (const pattern of byFirst.get(character) ?? []) {
      const end = endOf(read, pattern, at);
      if (end !== undefined && end > (longest ?? at)) longest = end;
    }
  return longest;
}

function endOf(read: ReadText, pattern: AddressPattern, start: number): number | undefined {
  let places: readonly number[] = [start];
  let wasCut = false;
  for (const [index, step] of pattern.steps.entries()) {
    const next: number[] = [];
    for (const place of places) {
      addNew(next, step(read, place));
      const after = pattern.hasGaps && index > 0 ? skipBlanks(read.text, place) : place;
      if (after > place) addNew(next, step(read, after));
      if (index >= pattern.cutFrom) wasCut ||= isCutAt(read.text, after);
    }
    if (next.length === 0) return wasCut && isCutMeant(read, pattern, start) ? read.text.length : undefined;
    places = next;
  }
  const ends = places.filter(
    (end) => begins(read, pattern, start, end) && stops(read.text, pattern, end) && isMeant(read, pattern, start, end),
  );
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function addNew(places: number[], more: readonly number[]): void {
  for (const place of more) if (!places.includes(place)) places.push(place);
}

/** A local part that was cut counts in a bracket alone, which no word opens. */
function isCutMeant(read: ReadText, pattern: AddressPattern, start: number): boolean {
  return begins(read, pattern, start, read.text.length) && (pattern.kind !== 'local' || read.text[start - 1] === '<');
}

/** The text ends here, or amid what an encoding begins. */
function isCutAt(text: string, at: number): boolean {
  return text.length - at <= 6 && /^(?:[%=+][0-9a-f]?|&[#a-z0-9]{0,5}|\\u?[0-9a-f]{0,3})?$/i.test(text.slice(at));
}

const letter = /^[\p{L}\p{N}\p{M}]$/u;

/** Whether nothing before a place makes it the middle of another address. */
function begins({ text, readings }: ReadText, { kind }: AddressPattern, start: number, end: number): boolean {
  const before = characterBefore({ text, readings }, start);
  if (letter.test(before)) return false;
  if (kind === 'reversed') return !/^[.-]$/.test(before);
  // A return path has something before an address, and so has what was wrapped for a relay; an address with its sign is then another one.
  const isPlain = kind === 'local' || (kind === 'address' && text.slice(start, end).includes('@'));
  if (isPlain && before === '_') return false;
  return !(isPlain && /^[.+-]$/.test(before) && letter.test(text[start - 2] ?? ''));
}

/** The character before a place; of an encoding what it stands for, if that is a sign. */
function characterBefore({ text, readings }: ReadText, start: number): string {
  for (const length of [6, 3]) {
    const decoded = start < length ? undefined : readings(start - length).find((reading) => reading.end === start);
    if (decoded && /^[\p{P}\p{S}\s]$/u.test(decoded.character)) return decoded.character;
  }
  return Array.from(text.slice(Math.max(0, start - 2), start)).at(-1) ?? '';
}

/** Whether nothing after a place makes what stands before it the beginning of another address. */
function stops(text: string, { kind, isDistinct }: AddressPattern, end: number): boolean {
  const rest = text.slice(end, end + 256);
  if (/^[\p{L}\p{N}\p{M}]/u.test(rest)) return false;
  if (kind === 'reversed') return !/^[._+-][\p{L}\p{N}]/u.test(rest);
  if (kind === 'local') return isDistinct ? !/^[._+-][\p{L}\p{N}]/u.test(rest) : !/^[._+=@-][\p{L}\p{N}]/u.test(rest);
  return !/^-[\p{L}\p{N}-]{0,63}\.[\p{L}\p{N}]/u.test(rest);
}

const pairs: Readonly<Record<string, string>> = {
  '<': '>',
  '"': '"',
  "'": "'",
  '`': "'`",
  '(': ')',
  '[': ']',
  '«': '»',
  '“': '”',
  '‘': '’',
  '„': '“”',
};
// In the languages in which servers are known to answer.
const mailboxWord =
  /(?:^|[^\p{L}\p{N}])(?:user|user ?name|user ?id|uid|mailbox|mail box|account|recipient|rcpt|rcpt to|login|alias|inbox|maildrop|local ?part|benutzer|postfach|konto|empf.nger|utilisateur|destinataire|compte|bo.te|usuario|buz.n|cuenta|destinatario|utente|casella|gebruiker)\s{0,2}[:=#]?\s{0,2}[<(["'`]?$/iu;

// Where servers keep mailboxes: /var/mail/ann, /home/vmail/example.org/ann/Maildir.
const mailboxPath = /\/(?:v?mail|mailbox(?:es)?|maildir|spool|home|users|vhosts|virtual|domains)\/(?:[\w.-]{1,30}\/){0,2}$/i;

/** Whether a local part that stands alone is one: by what stands around it. */
function isMeant({ text }: ReadText, { kind, isDistinct }: AddressPattern, start: number, end: number): boolean {
  if (kind !== 'local' || isDistinct) return true;
  const closer = pairs[foldCharacter(text[start - 1] ?? '')];
  if (closer !== undefined && end < text.length && closer.includes(text[end]!)) return true;
  const before = text.slice(Math.max(0, start - 40), start);
  if (mailboxWord.test(before) || mailboxPath.test(before)) return true;
  return (
    /^(?:\d{3} )?(?:\d\.\d{1,3}\.\d{1,3} )?$/.test(start > 40 ? '-' : before) &&
    /^(?:\.\.\.|:| (?:is not|is no|isn't|does not|doesn't|not|unknown)\b)/.test(text.slice(end, end + 12))
  );
}

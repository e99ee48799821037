/*
 * The ways in which servers write one address, as patterns: rows of steps, each of which says where it can end. Written out rather than as expressions,
 * because an address is known only while the program runs, and so that the time stays in proportion to the text.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { characterReadings, foldCharacter, type Reading } from './character-readings.ts';

/** A text that is looked through. */
export interface ReadText {
  readonly text: string;
  readonly readings: (at: number) => readonly Reading[];
}

/** Where one step that begins at a place can end. */
type Step = (read: ReadText, at: number) => readonly number[];

/** How an address may be written. */
export interface AddressPattern {
  /**
   * `address`: with its sign. `rewritten`: for a return path, a relay or a person, with something else in the place of the sign. `reversed`: the host
   * first. `local`: the part before the sign alone, which is judged by what stands around it.
   */
  readonly kind: 'address' | 'rewritten' | 'reversed' | 'local';
  /** Folded, of the first step. */
  readonly first: string;
  readonly steps: readonly Step[];
  /** Blanks and line ends may stand between the steps. */
  readonly hasGaps: boolean;
  /** A text that ends after so many steps was cut amid an address. */
  readonly cutFrom: number;
  /** Of a local part: no word looks like it. */
  readonly isDistinct: boolean;
}

/** A text with what can be read at each of its places. */
export function readText(text: string): ReadText {
  return { text, readings: characterReadings(text) };
}

// Both names are one host, and dots before its sign are nothing: support.google.com/mail/answer/7436150.
const hostsWithoutDots = ['gmail.com', 'googlemail.com'];

/** Shorter ones stand in too many words and signs. Of every spelling at least so much of the local part is there, if it has that much. */
export const shortestLocal = 3;
/** So many letters of a host tell a cut return path from another word. */
const leastOfHost = 3;

/** The patterns of an address by the character that they begin with. */
export function addressPatterns(address: string): ReadonlyMap<string, readonly AddressPattern[]> {
  const at = address.lastIndexOf('@');
  const names = hostsOf(address.slice(at + 1));
  const areDotsNothing = names.some((host) => hostsWithoutDots.includes(host));
  const hosts = names.map((host) => ({ first: foldCharacter([...host][0] ?? ''), steps: stepsOf(host) }));
  const locals = localsOf(address.slice(0, at));
  const byFirst = new Map<string, AddressPattern[]>();
  for (const local of locals) {
    const patterns = writtenLocals(local, areDotsNothing).flatMap((written) => hosts.flatMap((host) => patternsOf(written, host)));
    for (const pattern of [...patterns, ...localPatterns(local)]) {
      const others = byFirst.get(pattern.first);
      if (others) others.push(pattern);
      else byFirst.set(pattern.first, [pattern]);
    }
  }
  return byFirst;
}

/** Without quotes and escapes; and without the label of a sub-address (RFC 5233), which servers leave off. */
function localsOf(typed: string): string[] {
  const local = /^".*"$/s.test(typed) ? typed.slice(1, -1).replaceAll(/\\(.)/gsu, '$1') : typed;
  const mailbox = local.replace(/(?<=.)\+.*$/s, '');
  return [...new Set([local, mailbox].flatMap((each) => [each, each.normalize('NFC'), each.normalize('NFD')]))];
}

function hostsOf(domain: string): string[] {
  const host = domain.toLowerCase();
  const twins = hostsWithoutDots.includes(host) ? hostsWithoutDots : [];
  return [...new Set([host, domainToASCII(host), domainToUnicode(host), ...twins])].filter((each) => each !== '');
}

/** Steps, and the character that they begin with. */
interface Written {
  readonly first: string;
  readonly steps: readonly Step[];
}

function patternsOf(local: Written, host: Written): AddressPattern[] {
  const { first } = local;
  const begun = local.steps.length + 1;
  return [
    {
      kind: 'address',
      first,
      steps: [...local.steps, sign, withinHost, ...host.steps],
      hasGaps: true,
      cutFrom: begun,
      isDistinct: false,
    },
    {
      kind: 'rewritten',
      first,
      steps: [...local.steps, substitute, ...host.steps],
      hasGaps: false,
      cutFrom: begun + Math.min(leastOfHost, host.steps.length),
      isDistinct: false,
    },
    {
      kind: 'reversed',
      first: host.first,
      steps: [...host.steps, pathSign, ...local.steps],
      hasGaps: false,
      cutFrom: host.steps.length + 1 + shortestLocal,
      isDistinct: false,
    },
  ];
}

/** A local part as it is and in quotes. */
function writtenLocals(local: string, areDotsNothing: boolean): Written[] {
  const characters = [...(areDotsNothing ? local.replaceAll('.', '') : local)];
  const steps = characters.map((character, index) => (areDotsNothing && index > 0 ? afterDot : same)(foldCharacter(character)));
  const quote = same('"');
  return [
    { first: foldCharacter(characters[0] ?? ''), steps },
    { first: '"', steps: [quote, ...steps, quote] },
  ];
}

function localPatterns(local: string): AddressPattern[] {
  const characters = [...local].map(foldCharacter);
  if (characters.length < shortestLocal || saysNothing.has(characters.join(''))) return [];
  const steps = characters.map((character) => same(character));
  const isDistinct = characters.length >= 5 && /\p{L}/u.test(local) && /\p{N}|[._-]/u.test(local);
  return [{ kind: 'local', first: characters[0]!, steps, hasGaps: false, cutFrom: Math.min(shortestLocal, steps.length), isDistinct }];
}

/** Roles, which are nobody's, and words that replies are made of, which have to stay readable. */
const saysNothing = new Set(
  `abuse access account accounts address admin alias answer are blocked bounce bounces box busy can cannot closed contact could daemon deactivated deferred
  deleted delivery denied did disabled does domain email error exist exists expired failed for found from full gone greylisted has have hello help here host
  inactive inbox info invalid isn limit list local locked longer mail mailbox mailer marketing may message moved must name news newsletter none noreply not
  null office over policy postmaster press quota recipient rejected relay removed root sales security sender server service size spam staff support
  suspended system team temporarily temporary terminated test that the there this too unavailable unknown unrouteable user users valid verify virus was
  webmaster will with your`.split(/\s+/),
);

function stepsOf(host: string): Step[] {
  return [...host].map((character) => (character === '.' ? dot : same(foldCharacter(character))));
}

const nowhere: readonly number[] = [];

function readAs(character: string): Step {
  return ({ readings }, at) => {
    const all = readings(at);
    if (all.length === 1) return all[0]!.character === character ? [all[0]!.end] : nowhere;
    return all.filter((reading) => reading.character === character).map(({ end }) => end);
  };
}

/** Made once: patterns are made for every reply. */
const asciiSteps = Array.from({ length: 0x80 }, (_, code) => readAs(String.fromCharCode(code)));

function same(character: string): Step {
  return (character.length === 1 ? asciiSteps[character.charCodeAt(0)] : undefined) ?? readAs(character);
}

function oneOf(characters: string): Step {
  return ({ readings }, at) => readings(at).flatMap(({ character, end }) => (characters.includes(character) ? [end] : []));
}

/** A character with or without a dot before it. */
function afterDot(character: string): Step {
  const step = same(character);
  return (read, at) => [...step(read, at), ...plainDot(read, at).flatMap((end) => step(read, end))];
}

const plainSign = same('@');
const plainDot = same('.');
const sign: Step = (read, at) => [...plainSign(read, at), ...worded(read, at, '@')];
const dot: Step = (read, at) => [...plainDot(read, at), ...worded(read, at, '.'), ...worded(read, at, 'dot')];
const substituteSign = oneOf('=%#');
/** Between a host and the local part behind it: of SRS and of UUCP. */
const pathSign = oneOf('=!');
/** What stands for the sign: in a return path (VERP), before a relay, in words. */
const substitute: Step = (read, at) => [...substituteSign(read, at), ...worded(read, at, 'at')];

/** Labels before a host: a server names the machine behind it. */
const withinHost: Step = ({ text }, at) => {
  const ends = [at];
  for (let end = at; end < at + 64 && /^[\p{L}\p{N}.-]$/u.test(text[end] ?? ''); end += 1)
    if (text[end] === '.' && end > at) ends.push(end + 1);
  return ends;
};

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** A word for a sign: in brackets, with or without blanks, or between blanks, hyphens or underscores. */
function worded({ text }: ReadText, at: number, word: string): readonly number[] {
  const opening = skipBlanks(text, at);
  const closer = closers[text[opening] ?? ''];
  if (closer === undefined) return word.length === 1 ? nowhere : between(text, at, opening, word);
  const from = skipBlanks(text, opening + 1);
  const closing = skipBlanks(text, from + word.length);
  return isWordAt(text, from, word) && text[closing] === closer ? [skipBlanks(text, closing + 1)] : nowhere;
}

function between(text: string, at: number, afterBlanks: number, word: string): readonly number[] {
  const hyphen = text[at] ?? '';
  if (afterBlanks > at) {
    const to = afterBlanks + word.length;
    const end = skipBlanks(text, to);
    return end > to && isWordAt(text, afterBlanks, word) ? [end] : nowhere;
  }
  const to = at + 1 + word.length;
  return (hyphen === '-' || hyphen === '_') && text[to] === hyphen && isWordAt(text, at + 1, word) ? [to + 1] : nowhere;
}

function isWordAt(text: string, at: number, word: string): boolean {
  return text.slice(at, at + word.length).toLowerCase() === word;
}

/** The place behind white space; of a long run only a part, so that nothing takes longer than its text. */
export function skipBlanks(text: string, at: number): number {
  let end = at;
  while (end < at + 8 && isBlank(text.charCodeAt(end))) end += 1;
  return end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 9 && code <= 13) || (code >= 0xa0 && /^\s$/.test(String.fromCharCode(code)));
}

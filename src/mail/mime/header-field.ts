/*
 * Header fields as they go over the wire: RFC 5322, in encoded words (RFC 2047) where a text is not plain ASCII.
 * Invariant: no value can end its field, and no line is longer than 76 where it may be broken.
 */
import { envelopeAddress } from '../address.ts';
import type { Mailbox } from '../message.ts';
import { header } from './list-headers.ts';

const longestLine = 76;
/** What stands around the text of an encoded word. */
const wordFrame = '=?UTF-8?B??='.length;

/** A field whose value is text for people. @throws InvalidInputError for a control character */
export function textField(name: string, text: string): string {
  const [, value] = header(name, text.replaceAll(/\s+/g, ' ').trim());
  return field(name, isPlain(value) ? value : encodedWords(value, name.length + 2));
}

/** A field with one mailbox: the name is a quoted string or encoded words. @throws InvalidInputError for a control character */
export function mailboxField(name: string, { name: given = '', address }: Mailbox): string {
  const [, words] = header(name, given.replaceAll(/\s+/g, ' ').trim());
  const path = `<${header(name, envelopeAddress(address))[1]}>`;
  if (words === '') return field(name, path.slice(1, -1));
  const phrase = isPlain(words) && words.length <= longestLine - 20 ? quoted(words) : encodedWords(words, name.length + 2);
  return field(name, `${phrase} ${path}`);
}

/** A field with a value that has a syntax of its own, folded at its blanks. @throws InvalidInputError for a control character */
export function structuredField(name: string, value: string): string {
  return field(name, header(name, value)[1].trim());
}

/** Text that reads the same as it stands: ASCII, and nothing that a mail program takes for an encoded word. */
function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text) && !text.includes('=?') && !/[^ ]{60}/.test(text);
}

function quoted(words: string): string {
  if (/^[\w-]+(?: [\w-]+)*$/.test(words)) return words;
  return `"${words.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Encoded words, each of whole characters, in whichever encoding is shorter; the first is shorter by what stands before it on its line. */
function encodedWords(text: string, offset: number): string {
  const inLetters = [...text].map(asLetters);
  const isShorter = inLetters.join('').length <= (Buffer.byteLength(text) * 4) / 3;
  return isShorter ? wordsOfLetters(inLetters, offset) : wordsOfOctets(text, offset);
}

/** RFC 2047 5 (3): what may stand in a phrase as it is may stand so everywhere. */
function asLetters(character: string): string {
  if (/[A-Za-z0-9!*+/-]/.test(character)) return character;
  return character === ' ' ? '_' : Buffer.from(character, 'utf8').toString('hex').toUpperCase().replaceAll(/../g, '=$&');
}

function wordsOfLetters(letters: readonly string[], offset: number): string {
  const words: string[] = [];
  let word = '';
  for (const each of letters) {
    const room = longestLine - wordFrame - (words.length === 0 ? offset : 1);
    if (word.length + each.length > room) {
      words.push(word);
      word = '';
    }
    word += each;
  }
  return [...words, word].map((one) => `=?UTF-8?Q?${one}?=`).join(' ');
}

function wordsOfOctets(text: string, offset: number): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    const room = Math.floor((longestLine - wordFrame - (words.length === 0 ? offset : 1)) / 4) * 3;
    if (Buffer.byteLength(word + character) > room) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one, 'utf8').toString('base64')}?=`).join(' ');
}

/** Name and value with CRLF, folded before words that would not fit. */
function field(name: string, value: string): string {
  let folded = `${name}:`;
  let column = folded.length;
  for (const word of value.split(' ')) {
    if (column + 1 + word.length > longestLine && column > name.length + 1) {
      folded += '\r\n';
      column = 0;
    }
    folded += ` ${word}`;
    column += 1 + word.length;
  }
  return `${folded}\r\n`;
}

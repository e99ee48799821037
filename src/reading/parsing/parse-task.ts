import type { SourceDocument } from '../entry.ts';
import { boundDocument } from './bound-document.ts';
import { contextOf, parseSourceDocument, type DocumentFacts } from './parse-document.ts';
import { decodeText } from '../decode/decode-text.ts';
import { findList } from '../json/find-list.ts';
import { asList, asObject } from '../json/json-value.ts';
import {
  isRestError,
  mediaOf,
  readWordPress,
  referencesOf,
  termOf,
  type WordPressExtras,
  type WordPressMedia,
  type WordPressReferences,
} from '../formats/read-wordpress.ts';
import { SourceError } from '../source-error.ts';

/** What a parser thread can be asked to do; bytes go over without a copy. */
export type ParseTask =
  | { readonly kind: 'document'; readonly bytes: Uint8Array<ArrayBuffer>; readonly facts: DocumentFacts }
  | { readonly kind: 'wordpress-references'; readonly pages: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly kind: 'wordpress-media'; readonly pages: readonly Uint8Array<ArrayBuffer>[]; readonly url: string }
  | { readonly kind: 'wordpress-terms'; readonly pages: readonly Uint8Array<ArrayBuffer>[] }
  | {
      readonly kind: 'wordpress';
      readonly pages: readonly Uint8Array<ArrayBuffer>[];
      readonly extras: WordPressExtras;
      readonly facts: DocumentFacts;
    };

/** What each task gives. */
export interface ParseResults {
  readonly document: SourceDocument;
  readonly 'wordpress-references': WordPressReferences;
  readonly 'wordpress-media': WordPressMedia[];
  readonly 'wordpress-terms': WordPressExtras['terms'];
  readonly wordpress: SourceDocument;
}

/** Does a task. @throws SourceError for what a document can do wrong. */
export function doParseTask(task: ParseTask): ParseResults[keyof ParseResults] {
  if (task.kind === 'document') return parseSourceDocument(task.bytes, task.facts);
  const members = task.pages.flatMap((page) => listOf(page));
  if (task.kind === 'wordpress-references') return referencesOf(members);
  if (task.kind === 'wordpress-media') return members.flatMap((member) => mediaOf(member, task.url) ?? []);
  if (task.kind === 'wordpress-terms') return members.flatMap((member) => termWithId(member));
  return boundDocument(readWordPress(members, task.extras, contextOf(task.facts), []));
}

function termWithId(member: unknown): WordPressExtras['terms'][number][] {
  const term = termOf(member);
  return term === undefined ? [] : [{ id: term.id, ...term.category }];
}

/** The list that a page of the REST API is. @throws SourceError for an error object and for anything else. */
function listOf(page: Uint8Array): readonly unknown[] {
  const value = findList(decodeText(page).trimStart());
  if (Array.isArray(value)) return asList(value);
  const object = asObject(value);
  if (object !== undefined && isRestError(object))
    throw new SourceError('not_a_feed', `Expected a list from the REST API, got its error ${JSON.stringify(object['code'])}`);
  throw new SourceError('not_a_feed', 'Expected a list from the REST API, got something else');
}

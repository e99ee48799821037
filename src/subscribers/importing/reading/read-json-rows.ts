import { InvalidInputError } from '../../../kernel/errors.ts';
import type { ImportFile, ImportForm, ImportRow, RowFault } from '../import-row.ts';
import {
  readSubscriptionRecord,
  readSuppressionRecord,
  subscriptionColumns,
  suppressionColumns,
  topicsText,
  type SubscriptionRecord,
} from './own-export.ts';
import { readTexts, type ImportBytes } from './import-bytes.ts';
import { createJsonReader, type JsonElement } from './json-elements.ts';

/** Opens an export of ours as JSON; `head` is the beginning of its text. @throws InvalidInputError for other JSON */
export function openJsonFile(file: ImportBytes, head: string): ImportFile {
  const name = /^\s*\{\s*"(subscriptions|suppressions)"\s*:\s*\[/.exec(head)?.[1];
  if (name === undefined)
    throw new InvalidInputError(
      'Expected a table of people (CSV) or an export of Gazette as JSON, got other JSON: export it as CSV and import that file',
    );
  const isSubscriptions = name === 'subscriptions';
  const form: ImportForm = isSubscriptions ? 'gazette' : 'gazette-suppressions';
  const header: readonly string[] = isSubscriptions ? subscriptionColumns : suppressionColumns;
  return {
    form,
    encoding: file.encoding,
    separator: '',
    header,
    mapping: header.map((column) => ({ column, field: column })),
    cannotTellWhoLeft: false,
    bytes: file.bytes,
    sha256: file.sha256,
    rows: (from) => readJsonRows(file, form, header, from?.afterLine ?? 0),
  };
}

async function* readJsonRows(
  file: ImportBytes,
  form: ImportForm,
  header: readonly string[],
  afterLine: number,
): AsyncGenerator<ImportRow | RowFault> {
  const reader = createJsonReader();
  for await (const text of readTexts(file)) {
    for (const element of reader.push(text)) if (element.number > afterLine) yield readElement(element, form, header);
  }
  if (!reader.isDone()) throw new InvalidInputError('Expected a whole export as JSON, got one that ends in the middle');
}

function readElement({ number: line, text }: JsonElement, form: ImportForm, header: readonly string[]): ImportRow | RowFault {
  if (text === undefined) return { line, fault: 'Expected one person, got an object that is too long', cells: [] };
  const record = recordOf(text, header);
  if (!record) return { line, fault: 'Expected one person as a JSON object, got text that is none', cells: [text.slice(0, 200)] };
  const cells = header.map((name) => record[name as keyof SubscriptionRecord] ?? '');
  const row = form === 'gazette' ? readSubscriptionRecord(record) : readSuppressionRecord(record);
  return { line, cells, ...row };
}

/** An object's values as the texts of a table; undefined for text that is no object. */
function recordOf(text: string, header: readonly string[]): Readonly<Partial<SubscriptionRecord>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const object = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(header.map((name) => [name, textOf(name, Object.hasOwn(object, name) ? object[name] : undefined)]));
}

function textOf(name: string, value: unknown): string {
  if (name === 'topics' && (value === null || Array.isArray(value))) return topicsText(value === null ? null : value.map(String));
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

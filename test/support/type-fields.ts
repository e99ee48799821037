import { parseSync } from '@swc/core';

/** The names of the fields of every type in the text of a TypeScript file, those written in place too. */
export function typeFields(text: string): string[] {
  return fieldsOf(parseSync(text, { syntax: 'typescript', target: 'es2022' }));
}

function fieldsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const node = value as { readonly type?: unknown; readonly key?: { readonly value?: unknown } };
  const own = node.type === 'TsPropertySignature' ? [String(node.key?.value)] : [];
  return [...own, ...Object.values(value).flatMap(fieldsOf)];
}

import { parseSync } from '@swc/core';

/** A function of a file, with the number of lines from its first to its last. */
export interface MeasuredFunction {
  readonly line: number;
  readonly lineCount: number;
}

const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
  'MethodProperty',
  'GetterProperty',
]);

/** Every function in the text of a TypeScript file, those within others too. */
export function functionLengths(text: string): MeasuredFunction[] {
  // Places count bytes from wherever the parser's last text ended. A statement of our own at the very start says where that is.
  const marked = `0;${text}`;
  const bytes = Buffer.from(marked);
  const module = parseSync(marked, { syntax: 'typescript', target: 'es2022' });
  const start = module.body[0]!.span.start;
  const lineOf = (place: number): number =>
    bytes
      .subarray(0, place - start)
      .toString('utf8')
      .split('\n').length;
  return spansOf(module).map((span) => ({ line: lineOf(span.start), lineCount: lineOf(span.end) - lineOf(span.start) + 1 }));
}

function spansOf(value: unknown): { readonly start: number; readonly end: number }[] {
  if (typeof value !== 'object' || value === null) return [];
  const node = value as { readonly type?: unknown; readonly span?: { readonly start: number; readonly end: number } };
  const own = functionTypes.has(String(node.type)) && node.span !== undefined ? [node.span] : [];
  return [...own, ...Object.values(value).flatMap(spansOf)];
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

/** A regular expression as it stands in a file; of one that is put together while the program runs only where it stands is known. */
export interface FoundPattern {
  readonly file: string;
  /** The pattern and its flags as in code, `/\s+/g`; for one that is not known before it runs the call with its arguments. */
  readonly text: string;
  readonly pattern: RegExp | undefined;
}

/** A node of the syntax tree, as far as it is looked at. */
type Node = Readonly<Record<string, unknown>>;

/** Every regular expression in the TypeScript files below some folders. */
export function findPatterns(root: string, folders: readonly string[]): FoundPattern[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => patternsOf(join(folder, name).replaceAll('\\', '/'), readFileSync(join(root, folder, name), 'utf8'))),
  );
}

/** Every regular expression in the text of a TypeScript file. */
export function patternsOf(file: string, text: string): FoundPattern[] {
  const module = parseSync(text, { syntax: 'typescript', target: 'es2022' }) as unknown as Node;
  const nodes = [...nodesOf(module)];
  const constants = new Map<string, Node>();
  for (const node of nodes) {
    const { type, id, init } = node as { type?: unknown; id?: Node; init?: Node };
    if (type === 'VariableDeclarator' && id?.['type'] === 'Identifier' && init) constants.set(String(id['value']), init);
  }
  return nodes.flatMap((node) => {
    const found = patternOf(node, constants);
    return found === undefined ? [] : [{ file, ...found }];
  });
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Node;
  for (const inner of Object.values(value)) yield* nodesOf(inner);
}

function patternOf(node: Node, constants: ReadonlyMap<string, Node>): Omit<FoundPattern, 'file'> | undefined {
  if (node['type'] === 'RegExpLiteral') {
    const pattern = new RegExp(String(node['pattern']), String(node['flags']));
    return { text: String(pattern), pattern };
  }
  const isCall = node['type'] === 'NewExpression' || node['type'] === 'CallExpression';
  if (!isCall || (node['callee'] as Node | undefined)?.['value'] !== 'RegExp') return undefined;
  const parts = (node['arguments'] as readonly { expression: Node }[]).map(({ expression }) => constantText(expression, constants));
  if (parts.some((part) => part === undefined)) return { text: 'new RegExp(…)', pattern: undefined };
  const pattern = new RegExp(parts[0] ?? '', parts[1] ?? '');
  return { text: String(pattern), pattern };
}

/** What an expression of constant texts comes to: literals, templates, sums, joined lists, the source of a pattern, names for them. */
function constantText(node: Node, constants: ReadonlyMap<string, Node>): string | undefined {
  const of = (inner: unknown): string | undefined => constantText(inner as Node, constants);
  switch (node['type']) {
    case 'StringLiteral':
      return String(node['value']);
    case 'ParenthesisExpression':
      return of(node['expression']);
    case 'Identifier': {
      const named = constants.get(String(node['value']));
      return named && of(named);
    }
    case 'TemplateLiteral':
      return templateText(node, 'cooked', of);
    case 'TaggedTemplateExpression':
      return templateText(node['template'] as Node, 'raw', of);
    case 'BinaryExpression':
      return joined([of(node['left']), of(node['right'])], '');
    case 'MemberExpression':
      return sourceOf(node, constants);
    case 'CallExpression':
      return joinedList(node, of);
    default:
      return undefined;
  }
}

function templateText(node: Node, form: 'cooked' | 'raw', of: (inner: unknown) => string | undefined): string | undefined {
  const quasis = node['quasis'] as readonly Node[];
  const values = node['expressions'] as readonly unknown[];
  return joined(
    quasis.flatMap((quasi, index) => [String(quasi[form]), ...(index < values.length ? [of(values[index])] : [])]),
    '',
  );
}

/** `pattern.source`, where the pattern is a literal with a name. */
function sourceOf({ object, property }: Node, constants: ReadonlyMap<string, Node>): string | undefined {
  const named = constants.get(String((object as Node)['value']));
  return (property as Node)['value'] === 'source' && named?.['type'] === 'RegExpLiteral' ? String(named['pattern']) : undefined;
}

/** `[…].join('|')`. */
function joinedList({ callee, arguments: args }: Node, of: (inner: unknown) => string | undefined): string | undefined {
  const { object, property } = callee as { object?: Node; property?: Node };
  if (property?.['value'] !== 'join' || object?.['type'] !== 'ArrayExpression') return undefined;
  const separator = of((args as readonly Node[])[0]?.['expression'] ?? {});
  const elements = object['elements'] as readonly ({ expression: unknown } | undefined)[];
  return separator === undefined
    ? undefined
    : joined(
        elements.map((element) => of(element?.expression)),
        separator,
      );
}

function joined(parts: readonly (string | undefined)[], separator: string): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(separator);
}

/*
 * Placeholders are filled by copying, long after Liquid has run: so a template may only output them as they are.
 * A filter, a condition or an assignment would act on the mark instead of the value; each such use is refused when the template is loaded.
 */
import { Output, TypeGuards, analyzeSync } from 'liquidjs';
import type { Template, Variable } from 'liquidjs';
import type { ParsedTemplate } from './liquid.ts';
import { isPlaceholderName, placeholderNames } from '../../content/text/placeholder.ts';
import { templateError } from './template-error.ts';

const roots: readonly string[] = [...new Set(placeholderNames.map((name) => name.split('.')[0] ?? ''))];

/** @throws InvalidInputError naming file and line of a placeholder that is unknown, or used other than as a plain output. */
export function checkPlaceholders(template: ParsedTemplate, options: { readonly areAllowed: boolean }): void {
  const analysis = analyzeSync(template.nodes, { partials: false });
  const plain = new Set(plainOutputs(template.nodes));
  for (const root of roots) {
    for (const shadow of analysis.locals[root] ?? []) {
      throw templateError(template.file, shadow.location.row, `Expected another name than "${root}", which holds placeholders`);
    }
    for (const variable of analysis.variables[root] ?? []) checkUse(template, variable, plain, options.areAllowed);
  }
}

function checkUse(template: ParsedTemplate, variable: Variable, plain: ReadonlySet<string>, areAllowed: boolean): void {
  const name = variable.segments.every((segment) => typeof segment === 'string') ? variable.segments.join('.') : String(variable);
  const line = variable.location.row;
  if (!isPlaceholderName(name)) {
    throw templateError(template.file, line, `Expected one of the placeholders ${placeholderNames.join(', ')}, got "${name}"`);
  }
  if (!areAllowed) throw templateError(template.file, line, `Expected no placeholder here: it is the same for every reader; got "${name}"`);
  if (!plain.has(positionKey([variable.location.row, variable.location.col]))) {
    throw templateError(
      template.file,
      line,
      `Expected a plain output {{ ${name} }}, got it with a filter or inside a tag: placeholders are filled per reader, after Liquid has run`,
    );
  }
}

/** Positions of variables that stand alone in an output, without filters. */
function plainOutputs(nodes: readonly Template[]): string[] {
  return nodes.flatMap((node) => {
    if (!(node instanceof Output)) return plainOutputs(childrenOf(node));
    const [token, ...others] = node.value.initial.postfix;
    const isPlain =
      node.value.filters.every(isEscape) && others.length === 0 && token !== undefined && TypeGuards.isPropertyAccessToken(token);
    return isPlain ? [positionKey(token.getPosition())] : [];
  });
}

/** An html engine appends its escape to every output, as a filter that has no name that one could write. */
function isEscape(filter: { readonly name: string }): boolean {
  return !/^\w/.test(filter.name);
}

/** A tag's inner templates; liquidjs hands them out of a generator that has nothing to wait for. */
function childrenOf(node: Template): readonly Template[] {
  const generator = node.children?.(false, true);
  if (!generator) return [];
  for (let step = generator.next(); ; step = generator.next(step.value)) if (step.done) return step.value;
}

function positionKey(position: readonly number[]): string {
  return position.join(':');
}

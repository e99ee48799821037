/* Hooks of a module loader: notes what is imported, and by which file. */
import { appendFileSync } from 'node:fs';

let path = '';

/** Takes the file to write to. */
export function initialize(data) {
  path = data.path;
}

/** Resolves as ever, and writes down `importer → imported`, a line each. */
export async function resolve(specifier, context, nextResolve) {
  const resolved = await nextResolve(specifier, context);
  appendFileSync(path, `${JSON.stringify({ importer: context.parentURL ?? '', url: resolved.url })}\n`);
  return resolved;
}

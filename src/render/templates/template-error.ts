import { LiquidError } from 'liquidjs';
import type { z } from 'zod';
import { InvalidInputError } from '../../kernel/errors.ts';

/** A fault in a template, as staff read it: "templates/mail/letter/digest.mjml.liquid:12: …". */
export function templateError(file: string, line: number, message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${file}:${line}: ${message}`, { ...(cause === undefined ? {} : { cause }), details: { file, line } });
}

/** Turns whatever Liquid threw into a template error with file and line; other errors pass unchanged. */
export function fromLiquidError(error: unknown, file: string): unknown {
  // The end of the stack, mostly: tags that nest without end.
  if (error instanceof RangeError) return templateError(file, 1, `Expected a template that is not too deep, got: ${error.message}`, error);
  if (!(error instanceof Error) || !LiquidError.is(error)) return error;
  const [line = 1] = error.token.getPosition();
  const message = (error.originalError?.message ?? error.message).replace(/, (?:file:|line:\d).*$/s, '');
  return templateError(file, line, message.charAt(0).toUpperCase() + message.slice(1), error);
}

/** The 1-based line of the first occurrence of a text; 1 where there is none. */
export function lineOf(source: string, text: string): number {
  const index = text === '' ? -1 : source.indexOf(text);
  return index < 0 ? 1 : lineAt(source, index);
}

/** The 1-based line of an offset. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

/** Parses a JSON file against a shape. @throws InvalidInputError naming file and line. */
export function parseJsonFile<T>(file: string, source: string, shape: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? source.length);
    throw templateError(
      file,
      lineAt(source, offset),
      `Expected JSON, got: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw templateError(
    file,
    lineOf(source, `"${path.at(-1) ?? ''}"`),
    `${path.join('.') || 'The file'}: ${issue?.message ?? 'invalid'}`,
    result.error,
  );
}

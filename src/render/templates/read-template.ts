import { open } from 'node:fs/promises';
import { lineAt, templateError } from './template-error.ts';

/** The longest file below templates/ that is read; the longest that Gazette brings along has 14,000. */
const maxFileBytes = 200_000;

/** Reads a file of a template. @throws InvalidInputError naming the file, and the line where it becomes too long; what the file system says when there is none. */
export async function readTemplateFile(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size <= maxFileBytes) return await file.readFile('utf8');
    const { buffer } = await file.read(Buffer.alloc(maxFileBytes), 0, maxFileBytes, 0);
    const [allowed, got] = [maxFileBytes, size].map((count) => count.toLocaleString('en-US'));
    throw templateError(path, lineAt(buffer.toString('utf8'), maxFileBytes), `Expected a file of at most ${allowed} bytes, got ${got}`);
  } finally {
    await file.close();
  }
}

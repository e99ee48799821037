import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all: a disk that is full leaves what was there before. `--dump /dev/stdout` and the like are written as they are. */
export function writeWholeFile(path: string, text: string): void {
  if (path.startsWith('/dev/')) {
    writeFileSync(path, text);
    return;
  }
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, { flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

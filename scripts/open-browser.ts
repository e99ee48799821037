import { spawn } from 'node:child_process';

/** Opens a file or URL in the reader's browser; does nothing where there is none. */
export function openInBrowser(target: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', target]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', target]
        : ['xdg-open', target];
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  // No desktop, no browser: the path has been printed.
  child.on('error', () => {});
  child.unref();
}

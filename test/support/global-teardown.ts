import './global-setup.ts';

/** Runs once after all tests. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.gazetteTestServer?.close();
}

import { startTestServer, type TestServer } from './test-server.ts';

declare global {
  // The only way from Jest's global setup to its teardown.
  var gazetteTestServer: TestServer | undefined;
}

/** Runs once before all tests: one Postgres server, one migrated template database. TEST_DATABASE_URL names a server to use instead. */
export default async function globalSetup(): Promise<void> {
  const server = await startTestServer(process.env['TEST_DATABASE_URL']);
  globalThis.gazetteTestServer = server;
  // Workers inherit the environment.
  process.env['GAZETTE_TEST_SERVER'] = server.url;
  process.env['GAZETTE_TEST_TEMPLATE'] = server.template;
  process.env['GAZETTE_TEST_FOLDER'] = server.runFolder;
  // So does what the tests start; and whatever it leaves behind goes with the folder.
  process.env['TMPDIR'] = server.runFolder;
}

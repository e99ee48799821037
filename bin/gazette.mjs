#!/usr/bin/env node
/* The launcher: checks Node, builds what is missing, runs the program. Everything else is in scripts/gazette.ts. */
import { pathToFileURL } from 'node:url';

// What cannot be written ends nothing. Who reads us may have seen enough (`| head`), or the terminal was closed: that is no failure.
let outputFailed = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') return;
    outputFailed = true;
    // Also where it is heard of after the program has ended.
    if (process.exitCode === 0) process.exitCode = 1;
  });
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNodeGoodEnough = (major === 20 && minor >= 20) || (major === 22 && minor >= 13) || major > 22;

if (isNodeGoodEnough) {
  const exitCode = await run();
  process.exitCode = exitCode === 0 && outputFailed ? 1 : exitCode;
  // An interrupt ends it soon, whatever still waits for a server that does not answer.
  if (exitCode === 130) setTimeout(() => process.exit(), 1_000).unref();
} else {
  console.error(`gazette: expected Node 20.20 or later of 20, or 22.13 or later; this is ${process.versions.node} (${process.execPath})`);
  process.exitCode = 1;
}

async function run() {
  try {
    const { buildWhenStale, builtProgram } = await import('./build.mjs');
    await buildWhenStale((what) => console.error(`gazette: ${what}`));
    const { main } = await import(pathToFileURL(builtProgram).href);
    return await main(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(`gazette: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

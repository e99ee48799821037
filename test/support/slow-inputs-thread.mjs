/* A thread’s program that looks for an input which keeps a pattern busy, for each of the patterns that it is given. */
import { parentPort, workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

const unregister = register();
const { findSlowInput } = await import('./slow-inputs.ts');
await unregister();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort.postMessage(workerData.map((pattern) => findSlowInput(pattern)));

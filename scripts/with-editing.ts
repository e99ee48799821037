import { openEditing } from '../src/app/open-editing.ts';
import { createAppReader } from '../src/app/open-reader.ts';
import type { Store } from '../src/app/open-store.ts';
import type { EditionPorts } from '../src/editions/edition-ports.ts';
import type { CommandContext } from './command.ts';
import { withStore } from './open.ts';
import { version } from './version.ts';

/** Opens the store with what composing and rendering editions needs, for the time of one command. */
export function withEditing(context: CommandContext, work: (store: Store, ports: EditionPorts) => Promise<number>): Promise<number> {
  return withStore(context, async (store) => {
    const reader = createAppReader(store.config, { version: version() });
    try {
      const ports = await context.saying('making the queue and the templates ready', async () => {
        await store.queue.prepare();
        return openEditing(store, reader);
      });
      return await work(store, ports);
    } finally {
      await reader.close();
    }
  });
}

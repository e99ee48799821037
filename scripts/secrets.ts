import { createLogger } from '../src/app/logger.ts';
import { openStore } from '../src/app/open-store.ts';
import { tokenKeyFingerprint } from '../src/subscribers/check-token-keys.ts';
import type { Command } from './command.ts';
import { readConfig } from './open.ts';

/** `gazette secrets accept`. */
export const secretsAccept: Command = {
  name: 'secrets accept',
  summary: 'Go on with other token keys where the old ones are lost; links in mail already sent then lead nowhere.',
  options: { yes: { help: 'Do not ask. Needed where there is no terminal.' } },
  examples: ['secrets accept', 'secrets accept --yes'],
  exitCodes: '1 when you did not agree.',
  async run(args, context) {
    const config = readConfig(context);
    if (!args.has('yes') && !context.isTerminal) {
      context.warn('gazette secrets accept: there is no terminal to ask; expected --yes');
      return 2;
    }
    const question = 'Go on with the token keys in force? Links to confirm, leave and decide in mail already sent will lead nowhere.';
    if (!args.has('yes') && !(await context.confirm(question))) return 1;
    const store = await openStore(config, createLogger('warn'), { acceptsTokenKeys: true });
    try {
      context.print(
        `The links of this installation are signed with the key ${tokenKeyFingerprint(store.secrets.tokenKeys[0])} from now on.`,
      );
      return 0;
    } finally {
      await store.close();
    }
  },
};

import { noteDone } from './staff.ts';
import { openStore } from '../src/app/open-store.ts';
import { tokenKeyFingerprint } from '../src/subscribers/tokens/check-token-keys.ts';
import type { Run } from './command.ts';
import { createCommandLog, readConfig } from './open.ts';

/** What `gazette secrets accept` does. */
export const secretsAccept: Run = async (args, context) => {
  const config = readConfig(context);
  if (!args.has('yes') && !context.isTerminal) {
    context.warn('gazette secrets accept: there is no terminal to ask; expected --yes');
    return 2;
  }
  const question = 'Go on with the token keys in force? Links to confirm, leave and decide in mail already sent will lead nowhere.';
  if (!args.has('yes') && !(await context.confirm(question))) return 1;
  const store = await openStore(config, createCommandLog(context, config), { acceptsTokenKeys: true, saying: context.saying });
  try {
    const key = tokenKeyFingerprint(store.secrets.tokenKeys[0]);
    await noteDone(context, store.database, { secret: [key] });
    context.print(`The links of this installation are signed with the key ${key} from now on.`);
    return 0;
  } finally {
    await store.close();
  }
};

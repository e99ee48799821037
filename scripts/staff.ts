import { userInfo } from 'node:os';
import type { Queryable } from '../src/db/db.ts';
import { recordAction } from '../src/staff/record-action.ts';
import { parseBy, type Subjects } from '../src/staff/staff-action.ts';
import { asUsage, type Arguments, type CommandContext } from './command.ts';

/** Who types a command: as they say, else the user of the system. @throws UsageError */
export function readBy(args: Arguments, env: CommandContext['env']): string {
  const said = args.text('by');
  return said === undefined ? systemUser(env) : asUsage(() => parseBy(said));
}

/** Of somebody who became another user to type it also who they were. */
function systemUser(env: CommandContext['env']): string {
  const [user, before] = [userName(), env['SUDO_USER']];
  const name = before && before !== user ? `${before} as ${user}` : user;
  return name.replaceAll('@', ' at ').slice(0, 100);
}

function userName(): string {
  try {
    return userInfo().username || 'unknown';
  } catch {
    // A container may run as a number that has no name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Writes into the log of staff's actions what a command has changed. Call it as soon as it has. */
export function noteDone({ command, by }: Pick<CommandContext, 'command' | 'by'>, db: Queryable, subjects: Subjects): Promise<void> {
  return recordAction(db, { by, action: command, subjects });
}

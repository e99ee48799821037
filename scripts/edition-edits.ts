import { noteDone } from './staff.ts';
import { editDraft, recheckEdition, type DraftEdit } from '../src/editions/decide/decide-by-staff.ts';
import type { PublicCheck } from '../src/editions/decide/public-check.ts';
import { countOf } from '../src/kernel/count-of.ts';
import { UsageError } from '../src/kernel/errors.ts';
import type { Arguments, CommandContext, Run } from './command.ts';
import { parseId } from './deliveries.ts';
import { withEditing } from './with-editing.ts';

/** What `gazette editions edit` does. */
export const editionsEdit: Run = (args, context) =>
  withEditing(context, async ({ database }, ports) => {
    const id = parseId(args.positionals[0]!);
    const checked = await editDraft(ports, id, readEdit(args));
    await noteDone(context, database, { edition: [id] });
    return report(checked, context);
  });

function readEdit(args: Arguments): DraftEdit {
  const texts: Record<string, string | null> = {};
  for (const name of ['subject', 'preheader', 'note']) {
    const value = args.text(name);
    if (value !== undefined) texts[name] = value.trim() === '' ? null : value;
  }
  const edits = (name: string, edit: DraftEdit['posts'][number]['edit']): DraftEdit['posts'] =>
    args.list(name).map((text) => ({ position: BigInt(parseId(text)), edit }));
  const order = (args.text('order') ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (new Set(order).size < order.length) throw new UsageError(`Expected each position once in --order, got "${args.text('order')}"`);
  const edit: DraftEdit = {
    texts,
    posts: [
      ...edits('pin', { isPinnedFirst: true }),
      ...edits('unpin', { isPinnedFirst: false }),
      ...edits('leave', { isLeftOut: true }),
      ...edits('take', { isLeftOut: false }),
      ...order.map((text, rank) => ({ position: BigInt(parseId(text)), edit: { rank } })),
    ],
  };
  if (edit.posts.length === 0 && Object.keys(texts).length === 0)
    throw new UsageError('Expected something to change. See "gazette editions edit --help".');
  return edit;
}

/** What `gazette editions recheck` does. */
export const editionsRecheck: Run = (args, context) =>
  withEditing(context, async ({ database }, ports) => {
    const id = parseId(args.positionals[0]!);
    const checked = await recheckEdition(ports, id);
    await noteDone(context, database, { edition: [id] });
    return report(checked, context);
  });

function report(checked: PublicCheck, context: CommandContext): number {
  if (checked.kind === 'passed') {
    context.print(`All gates hold. Subject: ${checked.subject}; ${countOf(checked.recipients, 'recipient')}.`);
    for (const repair of checked.repairs) context.print(`Mended: ${repair}`);
    return 0;
  }
  context.warn(checked.kind === 'held' ? `Held: ${checked.reason}` : `The edition is ${checked.state} and can no longer be changed.`);
  return 1;
}

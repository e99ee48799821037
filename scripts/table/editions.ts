import { editionStates } from '../../src/ledger/drafts/edition.ts';
import type { Command, Run } from '../command.ts';
import { limitOption, listLimits } from './list-limits.ts';

/** `gazette editions list`. */
export const editionsList: Command = {
  name: 'editions list',
  summary: 'List editions, newest first.',
  options: {
    newsletter: { value: 'newsletter', help: 'Only of this newsletter.' },
    state: { value: 'state', help: `Only in this state: ${editionStates.join(', ')}.` },
    limit: limitOption(listLimits.editions),
    before: { value: 'id', help: 'Only editions with a lower id: the next page.' },
    json: { help: 'One JSON document.' },
  },
  examples: ['editions list', 'editions list --state held'],
  run: async (...given) => (await import('../editions.ts')).editionsList(...given),
};

/** `gazette editions show`. */
export const editionsShow: Command = {
  name: 'editions show',
  summary: 'One edition: its posts, digests, gates and deliveries.',
  positionals: '<edition>',
  options: { json: { help: 'One JSON document.' } },
  examples: ['editions show 12', 'editions show 12 --json'],
  run: async (...given) => (await import('../editions-show.ts')).editionsShow(...given),
};

/** `gazette editions prune`. */
export const editionsPrune: Command = {
  name: 'editions prune',
  changes: true,
  summary: 'Delete the deliveries of old editions and keep their counts; shows which, and asks.',
  options: {
    'older-than': { value: 'days', help: 'Those that ended so many days ago, at least 90.', default: 'KEEP_DELIVERIES' },
    'dry-run': { help: 'Only show which.' },
    yes: { help: 'Do not ask. Needed where there is no terminal.' },
    json: { help: 'Which they are, as one JSON document.' },
  },
  examples: ['editions prune --dry-run', 'editions prune --older-than 365 --yes'],
  exitCodes: '1 when you did not agree.',
  run: async (...given) => (await import('../editions-prune.ts')).editionsPrune(...given),
};

/** `gazette editions edit`. */
export const editionsEdit: Command = {
  name: 'editions edit',
  changes: true,
  summary: 'Change a draft: words, order, pins, posts left for the next edition. Its gates are asked again.',
  positionals: '<edition>',
  options: {
    subject: { value: 'text', help: 'Subject (Liquid); empty takes it out again.' },
    preheader: { value: 'text', help: 'Preheader (Liquid); empty takes it out again.' },
    note: { value: 'text', help: 'A note at the top; empty takes it out again.' },
    order: { value: 'positions', help: 'Positions in the order to show them, such as "14,9,11"; the others follow, newest first.' },
    pin: { value: 'position', help: 'Show this post first.', multiple: true },
    unpin: { value: 'position', help: 'Show it in its place again.', multiple: true },
    leave: { value: 'position', help: 'Leave this post for the next edition.', multiple: true },
    take: { value: 'position', help: 'Put a post that was left out back into this edition.', multiple: true },
  },
  examples: ['editions edit 12 --note "Happy new year from all of us." --pin 41', 'editions edit 12 --leave 39'],
  exitCodes: '1 when a gate failed, or the edition is no draft.',
  run: async (...given) => (await import('../edition-edits.ts')).editionsEdit(...given),
};

/** `gazette editions recheck`. */
export const editionsRecheck: Command = {
  name: 'editions recheck',
  changes: true,
  summary: 'Render a draft or held edition anew, after a change of template or settings, and ask its gates again.',
  positionals: '<edition>',
  examples: ['editions recheck 12'],
  exitCodes: '1 when a gate failed.',
  run: async (...given) => (await import('../edition-edits.ts')).editionsRecheck(...given),
};

/** `gazette editions approve`. */
export const editionsApprove: Command = {
  name: 'editions approve',
  changes: true,
  summary: 'Approve a draft: it is frozen and goes out.',
  positionals: '<edition>',
  examples: ['editions approve 12'],
  exitCodes: '1 when somebody decided otherwise before, or a gate failed.',
  run: async (...given) => (await import('../edition-decisions.ts')).editionsApprove(...given),
};

interface Decision {
  readonly name: string;
  readonly summary: string;
  /** A reason as staff may give it; without one the command takes none. */
  readonly reason?: string;
  readonly run: Run;
}

function decision({ name, summary, reason, run }: Decision): Command {
  return {
    name: `editions ${name}`,
    changes: true,
    summary,
    positionals: '<edition>',
    options: reason === undefined ? {} : { reason: { value: 'text', help: 'Why, for the record.', default: 'by staff' } },
    examples: [`editions ${name} 12`, ...(reason === undefined ? [] : [`editions ${name} 12 --reason "${reason}"`])],
    exitCodes: '1 when the edition is in a state that does not allow it.',
    run,
  };
}

/** `gazette editions skip`. */
export const editionsSkip: Command = decision({
  name: 'skip',
  summary: 'Do not send a draft; its posts wait for the next edition.',
  reason: 'nothing but a notice this week',
  run: async (...given) => (await import('../edition-decisions.ts')).editionsSkip(...given),
});

/** `gazette editions cancel`. */
export const editionsCancel: Command = decision({
  name: 'cancel',
  summary: 'Stop an edition that is going out; what was not sent is given back.',
  reason: 'wrong date in the first post',
  run: async (...given) => (await import('../edition-decisions.ts')).editionsCancel(...given),
});

/** `gazette editions pause`. */
export const editionsPause: Command = decision({
  name: 'pause',
  summary: 'Send nothing more of an edition until it is resumed.',
  reason: 'our site is down',
  run: async (...given) => (await import('../edition-decisions.ts')).editionsPause(...given),
});

/** `gazette editions resume`. */
export const editionsResume: Command = decision({
  name: 'resume',
  summary: 'Go on with a paused edition.',
  run: async (...given) => (await import('../edition-decisions.ts')).editionsResume(...given),
});

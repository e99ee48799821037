import { deliveryStates } from '../../src/ledger/queue/delivery.ts';
import type { Command } from '../command.ts';
import { limitOption, listLimits } from './list-limits.ts';

/** `gazette deliveries`. */
export const deliveries: Command = {
  name: 'deliveries',
  summary: 'The ledger of an edition: counts, and who is in which state.',
  positionals: '[<edition>]',
  options: {
    newsletter: { value: 'newsletter', help: 'The latest edition of this newsletter, where no edition is named.' },
    account: { value: 'account', help: 'The latest edition of a newsletter that is mailed through this account.' },
    all: { help: 'Instead of the latest edition all of them, the newest first: of every newsletter, of one, or of an account.' },
    nothing: { help: 'Instead the active readers who get nothing of it, or got nothing, and why. Also of a draft.' },
    state: {
      value: 'state',
      multiple: true,
      group: 'Only some',
      help: `Only deliveries in this state, or in one of several: ${deliveryStates.join(', ')}.`,
    },
    reason: {
      value: 'reason',
      multiple: true,
      group: 'Only some',
      help: 'Only what ended for this reason, or one of several: what was refused (address, mailbox, policy, message, unclear), or another one that WHY begins with.',
    },
    reply: { value: 'text', group: 'Only some', help: 'Only where the last reply has this text in it, such as 5.7.1.' },
    domain: { value: 'domain', multiple: true, group: 'Only some', help: 'Only to addresses of this domain, or of one of several.' },
    address: { value: 'address', group: 'Only some', help: 'Only to this person: an address, or the id of a subscription.' },
    since: { value: 'when', group: 'Only some', help: 'Only what WHEN says is from this day (of universal time) or instant on.' },
    until: { value: 'when', group: 'Only some', help: 'Only up to the end of this day, or to this instant.' },
    limit: limitOption(listLimits.deliveries),
    after: { value: 'id', help: 'Go on after this id, of a delivery or, with --nothing, a subscription.' },
    json: { help: 'One JSON document.' },
    csv: { help: 'A table for spreadsheets instead, of everything that is chosen, however much; --limit counts where it is given.' },
    out: { value: 'file', help: 'With --csv: a file to write, readable by you alone.', default: 'the standard output' },
  },
  examples: [
    'deliveries',
    'deliveries 12 --state rejected,expired --domain example.org',
    'deliveries --all --address ann@example.org',
    'deliveries --all --since 2026-05-01 --csv --out deliveries.csv',
    'deliveries 12 --nothing',
  ],
  run: async (...given) => (await import('../deliveries.ts')).deliveries(...given),
};

/** `gazette deliveries resend`. */
export const deliveriesResend: Command = {
  name: 'deliveries resend',
  changes: true,
  summary: 'Send again what ended in doubt: a reader may get it twice, under the same Message-ID.',
  positionals: '<edition>',
  options: {
    'in-doubt': {
      help: 'Those that ended in doubt, as far as their readers may be mailed now. What was refused needs no resending: it is given back, or its address is suppressed.',
    },
    'dry-run': { help: 'Say how many; change nothing.' },
    yes: { help: 'Do not ask. Needed where there is no terminal.' },
  },
  examples: ['deliveries resend 12 --in-doubt --dry-run', 'deliveries resend 12 --in-doubt'],
  exitCodes: '1 when you did not agree, or the edition was cancelled.',
  run: async (...given) => (await import('../deliveries-resend.ts')).deliveriesResend(...given),
};

/** `gazette accounts list`. */
export const accountsList: Command = {
  name: 'accounts list',
  summary: 'Accounts and receiving domains that stand still: what was refused, since when, and when it is tried again.',
  options: { json: { help: 'One JSON document.' } },
  examples: ['accounts list', 'accounts list --json'],
  run: async (...given) => (await import('../accounts.ts')).accountsList(...given),
};

/** `gazette accounts retry`. */
export const accountsRetry: Command = {
  name: 'accounts retry',
  changes: true,
  summary: 'Try accounts and domains that stand still now, instead of when they are due: after a password, a sender or a quota was mended.',
  examples: ['accounts retry'],
  run: async (...given) => (await import('../accounts.ts')).accountsRetry(...given),
};

import type { Remedy } from '../kernel/errors.ts';
import type { PublicHold } from '../ledger/hold/public-sending.ts';
import type { PublicHeldDomain } from '../ledger/accounts/public-held-domain.ts';
import type { PublicOutage } from '../ledger/accounts/public-outage.ts';
import type { LimitsInForce } from '../mail/accounts/limits-in-force.ts';
import type { SendingTime } from '../mail/accounts/sending-time.ts';
import type { AccountTrouble } from '../mail/message.ts';
import type { Installation } from './installation/installation.ts';
import type { StaleServer } from './installation/serving.ts';

/** How much it matters: `fail` keeps mail from being sent, `warn` may be meant so. */
export type FindingState = 'ok' | 'warn' | 'fail';

/** One thing that was looked at, and what was found, as facts: whoever shows it words it. */
export type Finding = { readonly state: FindingState } & FindingFacts;

/** What may be found. */
export type FindingFacts =
  | { readonly check: 'runtime'; readonly nodeVersion: string; readonly dataFolder: string }
  | ({ readonly check: 'installation' } & Pick<Installation, 'folder' | 'origin' | 'envFile' | 'ignoredFile'>)
  /** It runs with other settings than are in force now. */
  | ({ readonly check: 'stale_server' } & StaleServer)
  | { readonly check: 'templates'; readonly usable: readonly string[] }
  /** One that no newsletter uses does no harm. */
  | { readonly check: 'broken_template'; readonly template: string; readonly fault: string }
  | { readonly check: 'newsletter_template'; readonly newsletter: string; readonly template: string; readonly fault: string }
  | { readonly check: 'database'; readonly serverVersion: string; readonly whereData: string }
  | { readonly check: 'address_key' }
  /** By their fingerprints: the one that signs, and the others that verify. */
  | { readonly check: 'token_keys'; readonly signing: string; readonly others: readonly string[] }
  | { readonly check: 'workers'; readonly count: number }
  | { readonly check: 'outage'; readonly outage: PublicOutage }
  /** Of an account that delivers to the hosts of its readers itself. */
  | { readonly check: 'held_domain'; readonly domain: PublicHeldDomain }
  | { readonly check: 'held'; readonly hold: PublicHold }
  /** What would tell a restored backup is kept from our role, or not said by this server. */
  | { readonly check: 'untold_identity'; readonly missing: readonly ('systemIdentifier' | 'timeline')[] }
  /** Those of one's own: the sample does not count. */
  | { readonly check: 'newsletters'; readonly count: number }
  | { readonly check: 'no_schedule'; readonly newsletter: string }
  | { readonly check: 'closed_newsletter'; readonly newsletter: string; readonly closedAt: Date }
  | { readonly check: 'failing_source'; readonly sourceId: string; readonly failureCount: number; readonly reason: string | null }
  /** Whose key signs: undefined is each sender's domain. Only where we sign ourselves. */
  | { readonly check: 'signing'; readonly domain: string | undefined; readonly selector: string; readonly bits: number }
  /** The key signs for another domain: nothing of this newsletter can be sent. */
  | { readonly check: 'uncovered_sender'; readonly newsletter: string; readonly sender: string; readonly domain: string }
  /** What an account may be given, and who says so; `relay`: what is known of it. */
  | {
      readonly check: 'account';
      readonly account: string;
      readonly variable: string;
      readonly server: string;
      readonly limits: LimitsInForce['limits'];
      readonly origins: LimitsInForce['origins'];
      /** What each receiving domain may be given; null where its server hides them. */
      readonly direct: { readonly connections: number; readonly perMinute: number | null } | null;
      readonly relay: { readonly name: string; readonly source: string; readonly readOn: string; readonly note: string | null } | null;
    }
  /** What a send to the active readers takes; `time` null: as fast as the wire. */
  | {
      readonly check: 'sending_time';
      readonly newsletter: string;
      readonly account: string;
      readonly readerCount: number;
      readonly perDay: number | null;
      readonly time: SendingTime | null;
    }
  | { readonly check: 'unknown_account'; readonly newsletter: string; readonly account: string; readonly known: readonly string[] }
  | { readonly check: 'no_mail_server' }
  /** `server` without its password; `sender` undefined: the connection, its protection and the login. */
  | {
      readonly check: 'mail_server';
      readonly variable: string;
      readonly server: string;
      readonly sender: string | undefined;
      readonly trouble: AccountTrouble | undefined;
      /** What it said, or what happened. */
      readonly detail: string;
    }
  /** The relay at `host` is about to take no passwords any more; `ends` follows "by password". */
  | {
      readonly check: 'password_login_ends';
      readonly account: string;
      readonly variable: string;
      readonly host: string;
      readonly ends: string;
    }
  | { readonly check: 'local_links'; readonly publicUrl: string }
  /** A check could not be made. */
  | { readonly check: 'failed'; readonly message: string; readonly remedy: Remedy | undefined };

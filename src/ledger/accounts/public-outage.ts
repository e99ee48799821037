import type { AccountOutage, AccountTrouble } from './account-outage.ts';

/** An account that stands still, as programs see it: what `--json` prints. */
export interface PublicOutage {
  readonly id: string;
  readonly account: string;
  /** The address that was refused; null where the account was. */
  readonly sender: string | null;
  readonly trouble: AccountTrouble;
  readonly reply: string;
  readonly beganAt: Date;
  readonly nextTryAt: Date;
  readonly waitMs: number;
  readonly ageMs: number;
  readonly tryCount: number;
  readonly toldAt: Date | null;
  /** The one domain at whose readers it was said, where that leaves it in doubt. */
  readonly onlyAt: string | null;
}

/** The same of a row. */
export function publicOutage(outage: AccountOutage): PublicOutage {
  return {
    id: outage.id,
    account: outage.account,
    sender: outage.sender,
    trouble: outage.trouble,
    reply: outage.reply,
    beganAt: outage.beganAt,
    nextTryAt: outage.nextTryAt,
    waitMs: outage.waitMs,
    ageMs: outage.ageMs,
    tryCount: outage.tryCount,
    toldAt: outage.toldAt,
    onlyAt: outage.onlyAt,
  };
}

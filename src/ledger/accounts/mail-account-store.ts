import type { Queryable } from '../../db/db.ts';

/** An account by the name that newsletters choose it by. */
export interface NamedAccount {
  readonly name: string;
  /** Its server and login, as outages name it. */
  readonly account: string;
}

/** Notes which accounts there are; what was noted of other names is forgotten. */
export async function noteAccounts(db: Queryable, accounts: readonly NamedAccount[]): Promise<void> {
  await db.query(
    `with given as (select * from unnest($1::text[], $2::text[]) as g (name, account)),
       gone as (delete from mail_account m where not exists (select from given where name = m.name))
     insert into mail_account (name, account) select name, account from given
     on conflict on constraint mail_account_pkey do update set account = excluded.account`,
    [accounts.map(({ name }) => name), accounts.map(({ account }) => account)],
  );
}

/** The accounts that there are, as outages name them. */
export async function listAccounts(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ account: string }>(`select distinct account from mail_account order by account`);
  return rows.map((row) => row.account);
}

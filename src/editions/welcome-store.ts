import type { Tx } from '../db/db.ts';
import { hadDeliverySql } from '../ledger/queue/prune-store.ts';

/** Whom to welcome, and with which edition. */
export interface WelcomeFacts {
  readonly newsletterId: string;
  readonly address: string;
  readonly name: string | null;
  readonly language: string;
  readonly tokenVersion: number;
  /** The edition that was asked for, with its archive page; null where there is none, or where it holds a post that was withdrawn since. */
  readonly editionId: string | null;
  readonly archiveRenditionId: string | null;
}

/** What a welcome needs; undefined for a person who ever had a delivery in the newsletter, or is erased. */
export async function findWelcomeFacts(tx: Tx, subscriptionId: string, editionId: string | undefined): Promise<WelcomeFacts | undefined> {
  const { rows } = await tx.query<WelcomeFacts>(
    `select s.newsletter_id as "newsletterId", p.address, p.name, s.language, s.token_version as "tokenVersion",
            e.id as "editionId", e.archive_rendition_id as "archiveRenditionId"
     from subscription s
       join subscriber p on p.id = s.subscriber_id
       left join lateral (
         select x.id, x.archive_rendition_id from edition x
         where x.id = $2 and x.newsletter_id = s.newsletter_id and x.state in ('sending', 'done') and x.archive_rendition_id is not null
           and not exists (
             select from rendition a join release r on r.position = any (a.positions) join post w on w.id = r.post_id
             where a.id = x.archive_rendition_id and w.state = 'retracted')) e on true
     where s.id = $1 and p.address is not null and not ${hadDeliverySql('s.id')}`,
    [subscriptionId, editionId ?? null],
  );
  return rows[0];
}

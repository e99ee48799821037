import type { Queryable, Database } from '../../db/db.ts';
import type { Edition } from '../../ledger/drafts/edition.ts';
import { countedReasons } from '../../ledger/drafts/judgement.ts';
import { planDraft } from '../../ledger/drafts/plan-edition.ts';
import type { Rendition } from '../../ledger/drafts/rendition.ts';
import { findRendition, findRenditionOfGroup } from '../../ledger/drafts/rendition-store.ts';

/** What somebody is asked to decide about. */
export interface DecidedPlan {
  /** The digest that most readers would get; undefined while it is not rendered. */
  readonly rendition: Rendition | undefined;
  readonly postCount: number;
  readonly recipientCount: number;
  /** How many get nothing of it, by why. */
  readonly nothing: ReturnType<typeof countedReasons>;
}

/**
 * What an edition would do, as it was planned when it was checked, for as long as that check holds; planned now where there was none, or staff have edited it
 * since. A page that somebody opens three times does not walk a million readers three times.
 */
export async function loadDecidedPlan(database: Database, edition: Edition, now: Date): Promise<DecidedPlan> {
  return (await findKeptPlan(database, edition)) ?? planNow(database, edition, now);
}

async function findKeptPlan(db: Queryable, { checkedPlan, archiveRenditionId }: Edition): Promise<DecidedPlan | undefined> {
  if (checkedPlan === null || checkedPlan.archiveRenditionId !== archiveRenditionId) return undefined;
  const { postCount, recipientCount, renditionId, nothing } = checkedPlan;
  return { rendition: await findRendition(db, renditionId), postCount, recipientCount, nothing: nothing as DecidedPlan['nothing'] };
}

async function planNow(database: Database, edition: Edition, now: Date): Promise<DecidedPlan> {
  const plan = await planDraft(database, { editionId: edition.id, now });
  const { language, positions, releases } = plan.groups[0] ?? plan.archive;
  const rendition = await findRenditionOfGroup(database, { editionId: edition.id, language, positions, releases });
  return { rendition, postCount: releases.length, recipientCount: plan.recipientCount, nothing: countedReasons(plan.nothing) };
}

import type { Database } from '../../db/db.ts';
import type { Remedy } from '../../kernel/errors.ts';
import { defaultJoinReachDays } from '../../ledger/drafts/joining-base.ts';
import { getNewsletter } from '../../newsletters/newsletter-store.ts';
import { getSubscriptionId } from '../../subscribers/choices/find-subscription.ts';
import { loadExplainFacts } from './explain-store.ts';
import { explain, remedyOf } from './explain.ts';
import { publicExplanation, type PublicExplanation } from './public-explanation.ts';

/** Which post, and who asks after it. */
export interface ExplainQuestion {
  readonly postId: string;
  /** The slug of the newsletter. */
  readonly newsletter: string;
  readonly address: string;
  readonly addressKeySecret: Buffer;
  readonly now: Date;
  /** How far back who joins gets what was released, in days. Default: 35. */
  readonly joinReachDays?: number;
}

/** An explanation, and what staff can do about it; undefined where there is nothing to do. */
export interface Explained {
  readonly explanation: PublicExplanation;
  readonly remedy: Remedy | undefined;
}

/** Why a subscriber got a post, when, or why not. @throws NotFoundError, InvalidInputError for no address */
export async function explainPost(database: Database, question: ExplainQuestion): Promise<Explained> {
  const newsletter = await getNewsletter(database, question.newsletter);
  const subscriptionId = await getSubscriptionId(database, newsletter, question.address, question.addressKeySecret);
  const { postId, now, joinReachDays = defaultJoinReachDays } = question;
  const facts = await loadExplainFacts(database, { postId, subscriptionId, now, joinReachDays });
  return { explanation: publicExplanation(explain(facts), facts), remedy: remedyOf(facts) };
}

/* Where a subscription began, and why it gets nothing from before. */
import { utcMoment } from '../../kernel/text/utc-moment.ts';

/**
 * What set the position at which a subscription begins. `edition`: the one before they joined had passed it. `newsletter`: it was made there.
 * `reach`: who joins gets nothing that was released before `from`. Undefined where they started afresh, or where it is not known.
 */
export type Beginning =
  | { readonly kind: 'edition'; readonly editionId: string }
  | { readonly kind: 'newsletter' }
  | { readonly kind: 'reach'; readonly from: Date };

/** Why a post from before a subscription began is not sent. */
export function beforeText(beginning: Beginning | undefined): string {
  switch (beginning?.kind) {
    case 'edition':
      return `it was released before the edition preceding their joining (edition ${beginning.editionId}), and who joins gets what was released since.`;
    case 'newsletter':
      return 'it was released before the newsletter was made, and nothing from before is sent.';
    case 'reach':
      return `it was released too long before they joined: who joins gets nothing from before ${utcMoment(beginning.from)}.`;
    case undefined:
      return 'it was released before they became active (or started afresh), and nothing from before is sent.';
  }
}

import type { PublicNewsletter } from '../public-newsletter.ts';
import type { NewsletterHistory } from './closing-store.ts';

/** What becomes of a newsletter that is taken off. */
export interface PublicClosing {
  readonly newsletter: PublicNewsletter;
  readonly history: NewsletterHistory;
  /** `delete` where it has no history; `close` keeps everything; `none`: it is closed already. */
  readonly what: 'delete' | 'close' | 'none';
}

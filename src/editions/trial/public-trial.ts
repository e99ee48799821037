import type { SendOutcome } from '../../mail/message.ts';
import type { SourceDocument } from '../../reading/entry.ts';
import { shownUrl } from '../../reading/source-url.ts';
import type { TriedFeed } from './try-feed.ts';

/** A feed that was tried, as programs see it: what `--json` prints. */
export interface PublicTrial {
  /** The feed that was read, where a page led to it too; without user and password. */
  readonly url: string;
  readonly title: string;
  readonly format: SourceDocument['format'];
  /** How many entries the feed has. */
  readonly entries: number;
  /** How many of them stand in full in the digest, and how many documents beside them. */
  readonly shown: number;
  readonly documents: number;
  readonly subject: string;
  readonly htmlBytes: number;
  /** Where the html part was written; the text part stands beside it. */
  readonly file: string;
  /** What became of the message. */
  readonly outcome: SendOutcome['kind'];
  /** What could not be read, each one sentence. */
  readonly skipped: readonly string[];
  /** What was mended in the digest, each one sentence. */
  readonly repairs: readonly string[];
}

/** The same of a tried feed, once its digest was written and handed over. */
export function publicTrial(trial: TriedFeed, file: string, outcome: SendOutcome): PublicTrial {
  const { document, digest } = trial;
  return {
    url: shownUrl(trial.url),
    title: document.title,
    format: document.format,
    entries: document.entries.length,
    shown: trial.shownCount,
    documents: trial.documentCount,
    subject: digest.subject,
    htmlBytes: Buffer.byteLength(digest.html),
    file,
    outcome: outcome.kind,
    skipped: document.skipped,
    repairs: digest.repairs,
  };
}

import type { EditionPreview, PreviewedDigest } from './preview-edition.ts';

/** A digest of a preview as programs see it. */
export interface PublicPreviewedDigest {
  /** The html part and the text part, or the files that they were written to. */
  readonly html: string;
  readonly text: string;
  readonly recipientCount: number;
  readonly postCount: number;
  readonly htmlBytes: number;
  readonly subject: string;
  /** What would hold it. */
  readonly failedGates: readonly string[];
  /** What was mended, each one sentence. */
  readonly repairs: readonly string[];
}

/** What would go, and to how many, as programs see it: what `--json` prints. */
export interface PublicPreview {
  readonly recipients: number;
  /** Those whose posts are fewer than the minimum. */
  readonly waiting: number;
  readonly digests: readonly PublicPreviewedDigest[];
}

/** The same of a digest, with its parts where `parts` says. */
export function publicPreviewedDigest(digest: PreviewedDigest, parts: Pick<PublicPreviewedDigest, 'html' | 'text'>): PublicPreviewedDigest {
  const { recipientCount, postCount, htmlBytes, subject, failedGates, repairs } = digest;
  return { html: parts.html, text: parts.text, recipientCount, postCount, htmlBytes, subject, failedGates, repairs };
}

/** The same of a preview whose digests were all rendered. */
export function publicPreview({ recipients, waiting }: EditionPreview, digests: readonly PublicPreviewedDigest[]): PublicPreview {
  return { recipients, waiting, digests };
}

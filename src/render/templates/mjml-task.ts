/** The first fault that MJML finds, as it names it. */
export interface MjmlFault {
  readonly line?: number;
  readonly message?: string;
  readonly tagName?: string;
}

/** What came of a run of MJML. */
export type MjmlAnswer =
  | { readonly kind: 'compiled'; readonly html: string }
  | { readonly kind: 'faulty'; readonly fault: MjmlFault }
  /** It was not even MJML. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A sign-up that waits for staff, as commands and pages show it. */
export interface PublicHeldSignUp {
  readonly id: string;
  /** Slug. */
  readonly newsletter: string;
  readonly address: string;
  readonly name: string | null;
  readonly source: string;
  readonly receivedAt: Date;
}

/** What is shown of a page: what `--json` prints. */
export interface PublicHeldSignUps {
  /** On all pages. */
  readonly count: number;
  readonly signUps: readonly PublicHeldSignUp[];
}

/** A claim that ends by itself unless it is renewed. */
export interface KeptClaim {
  /** How long it holds from each renewal on: a process that died gives free after this what it had claimed. */
  readonly claimMs: number;
  /** Makes it hold for another `claimMs`, where it is held still. */
  readonly renew: () => Promise<void>;
  /** Hears of a renewal that failed; the next one may do. */
  readonly onFailure: (error: unknown) => void;
}

// Three renewals in a row may fail before the claim is anybody's.
const renewalsPerClaim = 4;

/** Does work that may take longer than the claim it is done under: meanwhile nobody else takes it for dead. */
export async function keepingClaim<T>({ claimMs, renew, onFailure }: KeptClaim, work: () => Promise<T>): Promise<T> {
  const renewal = setInterval(() => void renew().catch(onFailure), claimMs / renewalsPerClaim);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}

/** Tells the time. Pure code takes instants as arguments; use cases take a Clock, so that tests can set it. */
export type Clock = () => Date;

/** The machine's clock. */
export const systemClock: Clock = () => new Date();

/** Tells the time. Pure code takes instants as arguments; use cases take a Clock, so that tests can set it. */
export type Clock = () => Date;

/** The machine's clock. */
export const systemClock: Clock = () => new Date();

/** The days of the week in English, as `Date.getUTCDay` and cron count them: Sunday is 0. */
export const weekdays: readonly string[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

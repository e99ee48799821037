/** An account that was given all that an hour or a day has, as programs see it. */
export interface PublicUsedUp {
  /** Its server and login. */
  readonly account: string;
  readonly usedUpUntil: Date;
}

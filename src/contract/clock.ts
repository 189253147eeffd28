/** Where the cache reads the time. Inject one to test expiry without waiting. */
export interface Clock {
  /** The present instant, in milliseconds since the epoch. */
  now(): number;
  /**
   * Milliseconds since some instant, by a clock that nobody sets. Where there is one, a value is past its time as soon as either
   * says so.
   */
  elapsed?(): number;
}

/** Where the cache reads the time. Inject one to test expiry without waiting. */
export interface Clock {
  /** The present instant, in milliseconds since the epoch. */
  now(): number;
}

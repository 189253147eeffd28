/** How many keys are noted at most. */
const KEYS_AT_MOST = 10_000;

/**
 * The keys for which the function is not to run for a while, because it failed: those that have a stale value meanwhile.
 *
 * Why bounded: a key that is forgotten is merely tried again.
 */
export class Retries {
  readonly #span: number;
  readonly #until = new Map<unknown, number>();

  /** `span` is how long a key rests after a failure, in milliseconds. */
  constructor(span: number) {
    this.#span = span;
  }

  /** Whether the function is not to run for a key. */
  rests(key: unknown, now: number): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#until.delete(key);
    return false;
  }

  /** Notes that the function failed for a key. */
  failed(key: unknown, now: number): void {
    this.#until.delete(key);
    if (this.#until.size >= KEYS_AT_MOST) this.#until.delete(this.#until.keys().next().value);
    this.#until.set(key, now + this.#span);
  }

  /** Notes that the function gave a value for a key. */
  succeeded(key: unknown): void {
    if (this.#until.size > 0) this.#until.delete(key);
  }
}

/** Where a counter stops. */
const most = 15;

/**
 * Estimates how often a key was seen lately, from its hash: a count-min sketch of four rows in 8 bytes a key, aged by
 * halving all counters after ten times as many sightings as it has room for keys.
 *
 * After G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (TOS 2017), and
 * Caffeine's `FrequencySketch`.
 */
export class Sketch {
  #counters = new Uint8Array(0);
  #capacity = 0;
  #seen = 0;

  /** For how many keys it has room. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for more keys, at the price of all estimates. */
  grow(keys: number): void {
    let capacity = Math.max(16, this.#capacity);
    while (capacity < keys) capacity *= 2;
    this.#capacity = capacity;
    this.#counters = new Uint8Array(capacity * 8);
    this.#seen = 0;
  }

  /** Counts a sighting. */
  add(hash: number): void {
    const counters = this.#counters;
    const mask = counters.length - 1;
    const step = stride(hash);
    let grown = false;
    for (let row = 0, at = hash; row < 4; row++, at = (at + step) | 0) {
      const count = counters[at & mask]!;
      if (count === most) continue;
      counters[at & mask] = count + 1;
      grown = true;
    }
    if (grown && ++this.#seen >= 10 * this.#capacity) this.#age();
  }

  /** How often the key was seen, from 0 to 15; never too low between two agings. */
  estimate(hash: number): number {
    const counters = this.#counters;
    const mask = counters.length - 1;
    const step = stride(hash);
    let least = most;
    for (let row = 0, at = hash; row < 4; row++, at = (at + step) | 0) least = Math.min(least, counters[at & mask]!);
    return least;
  }

  #age(): void {
    const counters = this.#counters;
    for (let at = 0; at < counters.length; at++) counters[at]! >>= 1;
    this.#seen >>= 1;
  }
}

/** An odd distance between the four counters of a key. */
function stride(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1;
}

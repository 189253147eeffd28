/** Records that share a bucket; the oldest of them is overwritten. */
const ways = 8;

/**
 * Remembers which keys left most recently, by their hashes, in 8 to 16 bytes a key. Forgets a few too early.
 *
 * Laid out as in the S3-FIFO paper: buckets of fingerprints stamped with a count of departures. A record is believed
 * while fewer departures than the capacity came after it, so nothing has to be queued or deleted.
 */
export class Ghost {
  #hashes = new Uint32Array(ways);
  /** The number of the departure, from 1, modulo 2^32; 0 in an empty slot. */
  #stamps = new Uint32Array(ways);
  #departures = 0;
  #capacity = 0;

  /** How many departures back it remembers; more asks for more memory at once. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    let slots = this.#hashes.length;
    while (slots < capacity) slots *= 2;
    if (slots === this.#hashes.length) return;
    const [hashes, stamps] = [this.#hashes, this.#stamps];
    this.#hashes = new Uint32Array(slots);
    this.#stamps = new Uint32Array(slots);
    for (let at = 0; at < hashes.length; at++) {
      if (stamps[at] !== 0) this.#write(hashes[at]!, stamps[at]!);
    }
  }

  /** Notes the departure of a key. */
  add(hash: number): void {
    this.#departures = (this.#departures + 1) >>> 0 || 1;
    this.#write(hash, this.#departures);
  }

  /** Whether the key left recently; forgets it. */
  take(hash: number): boolean {
    const hashes = this.#hashes;
    const start = this.#bucket(hash);
    for (let at = start; at < start + ways; at++) {
      if (hashes[at] !== hash || this.#stamps[at] === 0) continue;
      const age = (this.#departures - this.#stamps[at]!) >>> 0;
      this.#stamps[at] = 0;
      return age < this.#capacity;
    }
    return false;
  }

  #bucket(hash: number): number {
    return (hash & (this.#hashes.length / ways - 1)) * ways;
  }

  /** Into an empty slot, or over the oldest record of the bucket. */
  #write(hash: number, stamp: number): void {
    const stamps = this.#stamps;
    const start = this.#bucket(hash);
    let chosen = start;
    let oldest = 0;
    for (let at = start; at < start + ways; at++) {
      if (stamps[at] === 0) {
        chosen = at;
        break;
      }
      const age = (this.#departures - stamps[at]!) >>> 0;
      if (age > oldest) {
        chosen = at;
        oldest = age;
      }
    }
    this.#hashes[chosen] = hash;
    stamps[chosen] = stamp;
  }
}

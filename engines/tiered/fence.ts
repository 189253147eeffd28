/** Counts among which keys are divided, a power of two. Two keys that share one are fenced together, which costs a look into the back. */
const COUNTS = 1024;

/**
 * Tells whether a key may have changed since a read or a write of it began, so that what is late is not put into the front.
 *
 * Why counts, and not a note for each key: they take the same room whatever the number of keys.
 */
export class Fence {
  readonly #counts = new Uint32Array(COUNTS);
  #all = 0;

  /** Where a key stands now. */
  mark(key: string): number {
    return this.#all + this.#counts[slotOf(key)]!;
  }

  /** Whether nothing is known to have changed the key since it stood there. */
  holds(key: string, mark: number): boolean {
    return this.mark(key) === mark;
  }

  /** Notes that a key may have changed. */
  break(key: string): void {
    this.#counts[slotOf(key)]!++;
  }

  /** Notes that every key may have changed. */
  breakAll(): void {
    this.#all++;
  }
}

/** Keys end in the digits of a digest; any other end will do, too. */
function slotOf(key: string): number {
  let slot = 0;
  for (let at = Math.max(0, key.length - 6); at < key.length; at++) slot = (slot << 5) - slot + key.charCodeAt(at) | 0;
  return slot & COUNTS - 1;
}

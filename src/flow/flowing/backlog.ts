import { chain, type MaybePromise } from "../../contract/maybe_promise.ts";

/** A chunk as it is held for those who read it later. */
export interface Held {
  /** What is kept of it in the end: the chunk, or the form of it that is kept. */
  readonly kept: unknown;
  /** What it weighs, in bytes. */
  readonly size: number;
  /** Gives it to one more reader. */
  give(): unknown;
}

/** Where chunks go when there are too many of them for memory. */
export interface Spill {
  /** How many bytes are held in memory before that, and how many go at once. */
  readonly from: number;
  readonly step: number;
  /** Writes the next segment, of chunks as they are kept. */
  write(kept: readonly unknown[], at: number): MaybePromise<void>;
  /** The chunks of a segment, for one reader. */
  read(at: number): MaybePromise<readonly unknown[]>;
}

/** All that a flow gave, as it is kept: so many segments with so many bytes, and the chunks after them. */
export interface Kept {
  readonly segments: number;
  readonly bytes: number;
  readonly chunks: readonly unknown[];
}

/** Where a chunk is that went into a segment. */
export interface Place {
  readonly segment: number;
  readonly at: number;
}

/** The chunks that a source gave, in order: the first of them in segments, or dropped, the others in memory. */
export class Backlog {
  /** How many bytes all chunks have that came. */
  bytes = 0;
  readonly #spill: Spill | undefined;
  readonly #held: Held[] = [];
  /** How many chunks are no longer in memory. */
  #gone = 0;
  /** The chunks before which each segment ends, and the bytes in all of them. */
  readonly #ends: number[] = [];
  #spilled = 0;

  constructor(spill: Spill | undefined) {
    this.#spill = spill;
  }

  /** How many chunks came. */
  get length(): number {
    return this.#gone + this.#held.length;
  }

  /** Whether chunks were dropped that are in no segment, and with them the beginning for whoever comes. */
  get holey(): boolean {
    return this.#gone > (this.#ends.at(-1) ?? 0);
  }

  /** Notes a chunk that came. */
  add(held: Held): void {
    this.#held.push(held);
    this.bytes += held.size;
  }

  /** A chunk that is in memory. */
  at(index: number): Held | undefined {
    return this.#held[index - this.#gone];
  }

  /** Where a chunk is that is in a segment. */
  placeOf(index: number): Place | undefined {
    const segment = this.#ends.findIndex((end) => index < end);
    return segment < 0 ? undefined : { segment, at: index - (this.#ends[segment - 1] ?? 0) };
  }

  /** Drops what is in memory of the chunks before one. */
  dropBefore(index: number): void {
    if (index <= this.#gone) return;
    this.#held.splice(0, index - this.#gone);
    this.#gone = index;
  }

  /** Writes segments, when there is too much in memory, until less than one is left there. */
  spill(): MaybePromise<void> {
    const spill = this.#spill;
    if (spill === undefined) return;
    const inMemory = this.bytes - this.#spilled;
    return inMemory > (this.#ends.length === 0 ? spill.from : spill.step) ? this.#write(spill) : undefined;
  }

  #write(spill: Spill): MaybePromise<void> {
    let [count, bytes] = [0, 0];
    while (count < this.#held.length && bytes < spill.step) bytes += this.#held[count++]!.size;
    if (bytes < spill.step) return;
    const kept = this.#held.slice(0, count).map(({ kept }) => kept);
    return chain(spill.write(kept, this.#ends.length), () => {
      this.#held.splice(0, count);
      this.#gone += count;
      this.#spilled += bytes;
      this.#ends.push(this.#gone);
      return this.#write(spill);
    });
  }

  /** All of it as it is kept, if nothing was dropped. */
  kept(): Kept {
    return { segments: this.#ends.length, bytes: this.#spilled, chunks: this.#held.map(({ kept }) => kept) };
  }
}

import { keyHash } from "./key_hash.ts";
import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";
import { Sketch } from "./sketch.ts";

/** Values of `place`. */
const inWindow = 0;
const onProbation = 1;
const isProtected = 2;
const isGone = -1;

/** Reads that wait in the ring until they are replayed. */
const ring = 64;

/**
 * W-TinyLFU: new entries pass a small LRU window; to get into the main region an entry must have been seen more often
 * lately than the one it would replace. The main region is a segmented LRU, four fifths of it protected. The size of
 * the window climbs towards the better hit ratio.
 *
 * After G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (TOS 2017), and
 * G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive Software Cache Management" (Middleware 2018), with the
 * constants of Caffeine. A hit is one write into a ring, replayed in order before anything is judged. The hash of a key
 * is its `mark`.
 */
export class TinyLfuOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = true;
  readonly #window = new Queue<N>();
  readonly #probation = new Queue<N>();
  readonly #protected = new Queue<N>();
  readonly #sketch = new Sketch();
  readonly #reads: (N | undefined)[] = new Array(ring).fill(undefined);
  #unread = 0;
  /** The share of the window in all entries. */
  #share = 0.01;
  #step = 0.0625;
  #hits = 0;
  #misses = 0;
  #lastRatio = 0;
  #coin = 1;

  added(node: N): void {
    this.#replay();
    node.mark = keyHash(node.key) >>> 2;
    node.place = inWindow;
    this.#window.push(node);
    if (this.#size > this.#sketch.capacity) this.#sketch.grow(this.#size);
    this.#sketch.add(node.mark);
    this.#misses++;
    this.#climb();
  }

  touched(node: N): void {
    this.#reads[this.#unread++] = node;
    if (this.#unread === ring) this.#replay();
  }

  renewed(node: N): void {
    this.touched(node);
  }

  removed(node: N): void {
    this.#queueOf(node).remove(node);
    node.place = isGone;
  }

  victim(): N | undefined {
    this.#replay();
    const room = Math.max(1, Math.round(this.#size * this.#share));
    while (this.#window.size > room) this.#move(this.#window.oldest!, onProbation);
    const candidate = this.#window.size >= room ? this.#window.oldest : undefined;
    const incumbent = this.#probation.oldest ?? this.#protected.oldest;
    if (candidate === undefined || incumbent === undefined) {
      return this.#leave(candidate ?? incumbent ?? this.#window.oldest);
    }
    if (!this.#admits(candidate, incumbent)) return this.#leave(candidate);
    this.#move(candidate, onProbation);
    return this.#leave(incumbent);
  }

  get #size(): number {
    return this.#window.size + this.#probation.size + this.#protected.size;
  }

  #queueOf(node: N): Queue<N> {
    return node.place === inWindow ? this.#window : node.place === onProbation ? this.#probation : this.#protected;
  }

  #move(node: N, place: number): void {
    this.#queueOf(node).remove(node);
    node.place = place;
    this.#queueOf(node).push(node);
  }

  #leave(node: N | undefined): N | undefined {
    if (node !== undefined) this.removed(node);
    return node;
  }

  /** A frequent loser gets in once in 128 times, so that nobody can pin the region by forging collisions. */
  #admits(candidate: N, incumbent: N): boolean {
    const [rising, staying] = [this.#sketch.estimate(candidate.mark), this.#sketch.estimate(incumbent.mark)];
    if (rising !== staying || rising < 6) return rising > staying;
    this.#coin = Math.imul(this.#coin, 0x41c64e6d) + 0x3039 | 0;
    return (this.#coin >>> 16 & 127) === 0;
  }

  #replay(): void {
    const reads = this.#reads;
    for (let at = 0; at < this.#unread; at++) {
      const node = reads[at]!;
      reads[at] = undefined;
      if (node.place === isGone) continue;
      this.#hits++;
      this.#sketch.add(node.mark);
      if (node.place === onProbation) this.#promote(node);
      else this.#queueOf(node).renew(node);
    }
    this.#unread = 0;
  }

  #promote(node: N): void {
    this.#move(node, isProtected);
    const room = (this.#probation.size + this.#protected.size) * 0.8;
    if (this.#protected.size > room) this.#move(this.#protected.oldest!, onProbation);
  }

  /** After each sample, goes on growing or shrinking the window while the hit ratio improves, else turns round. */
  #climb(): void {
    const sample = this.#hits + this.#misses;
    if (sample < 10 * this.#size) return;
    const ratio = this.#hits / sample;
    const change = ratio - this.#lastRatio;
    const amount = change >= 0 ? this.#step : -this.#step;
    this.#share = Math.min(0.8, Math.max(0.01, this.#share + amount));
    this.#step = Math.abs(change) >= 0.05 ? 0.0625 * Math.sign(amount) : amount * 0.98;
    this.#lastRatio = ratio;
    this.#hits = 0;
    this.#misses = 0;
  }
}

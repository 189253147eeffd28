import { Ghost } from "./ghost.ts";
import { keyHash } from "./key_hash.ts";
import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";

/** The bit of `place` that tells the queues apart. The bits above it are a hash of the key. */
const inMain = 1;

/**
 * S3-FIFO: new entries wait in a small queue, a tenth of all; what is read there moves to the main queue, the rest
 * leaves and is remembered for a while by its hash. What comes back in that while goes straight to the main queue.
 *
 * After J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023).
 * The two-bit frequency of the paper is `hits - mark`, capped at 3 when it is looked at, so that a hit writes one
 * counter and nothing else. A replaced value keeps its place and counts as read.
 */
export class S3FifoOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = false;
  readonly #small = new Queue<N>();
  readonly #main = new Queue<N>();
  readonly #ghost = new Ghost();

  added(node: N): void {
    node.mark = 0;
    const hash = keyHash(node.key) >>> 4;
    const known = this.#ghost.take(hash);
    node.place = hash << 1 | (known ? inMain : 0);
    (known ? this.#main : this.#small).push(node);
  }

  touched(): void {}

  renewed(node: N): void {
    node.mark = -Math.min(3, node.hits - node.mark + 1);
  }

  removed(node: N): void {
    (node.place & inMain ? this.#main : this.#small).remove(node);
  }

  victim(): N | undefined {
    const all = this.#small.size + this.#main.size;
    if (this.#small.size * 10 >= all) return this.#fromSmall(all) ?? this.#fromMain();
    return this.#fromMain() ?? this.#fromSmall(all);
  }

  #fromSmall(all: number): N | undefined {
    for (let node = this.#small.shift(); node !== undefined; node = this.#small.shift()) {
      if (node.hits - node.mark <= 1) {
        this.#ghost.resize(all);
        this.#ghost.add(node.place >> 1);
        return node;
      }
      node.mark = node.hits;
      node.place |= inMain;
      this.#main.push(node);
    }
    return undefined;
  }

  #fromMain(): N | undefined {
    for (let node = this.#main.shift(); node !== undefined; node = this.#main.shift()) {
      const reads = Math.min(3, node.hits - node.mark);
      if (reads === 0) return node;
      node.mark = node.hits - reads + 1;
      this.#main.push(node);
    }
    return undefined;
  }
}

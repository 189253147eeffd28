import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";

/**
 * SIEVE: a hand walks from the oldest to the newest, spares once what was read since it last came by, and evicts the
 * first entry that was not. Scans leave quickly, and what is spared stays where it is.
 *
 * After Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is Simpler than LRU" (NSDI 2024). The visited bit
 * of the paper is `hits > mark`. A replaced value keeps its place and counts as read.
 */
export class SieveOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = false;
  readonly #queue = new Queue<N>();
  #hand: N | undefined;

  added(node: N): void {
    node.mark = 0;
    this.#queue.push(node);
  }

  touched(): void {}

  renewed(node: N): void {
    node.mark = -1;
  }

  removed(node: N): void {
    if (this.#hand === node) this.#hand = this.#queue.after(node);
    this.#queue.remove(node);
  }

  victim(): N | undefined {
    let node = this.#hand ?? this.#queue.oldest;
    while (node !== undefined && node.hits > node.mark) {
      node.mark = node.hits;
      node = this.#queue.after(node) ?? this.#queue.oldest;
    }
    if (node === undefined) return undefined;
    this.#hand = this.#queue.after(node);
    this.#queue.remove(node);
    return node;
  }
}

import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";

/**
 * Least frequently used first: the fewest reads since the value was stored; among equals, the one unused for longest.
 *
 * One list sorted by reads, with the last node of each count at hand, so that every step is O(1). After K. Shah,
 * A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme" (2010), with positions in one
 * list in place of a list for each count.
 */
export class LfuOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = true;
  readonly #queue = new Queue<N>();
  /** The last node of each count of reads that occurs. The count a node is filed under is its `mark`. */
  readonly #last = new Map<number, N>();

  added(node: N): void {
    this.#file(node, node.hits, this.#last.get(node.hits));
  }

  touched(node: N): void {
    const behind = this.#last.get(node.hits) ?? this.#last.get(node.mark);
    if (behind === node) {
      this.#withdraw(node.mark, node);
      node.mark = node.hits;
      this.#last.set(node.hits, node);
      return;
    }
    this.removed(node);
    this.#file(node, node.hits, behind);
  }

  removed(node: N): void {
    this.#withdraw(node.mark, node);
    this.#queue.remove(node);
  }

  victim(): N | undefined {
    const node = this.#queue.oldest;
    if (node !== undefined) this.removed(node);
    return node;
  }

  #file(node: N, count: number, behind: N | undefined): void {
    node.mark = count;
    this.#queue.insert(node, behind);
    this.#last.set(count, node);
  }

  /** Makes the node before it the last of its count, if it was the last. */
  #withdraw(count: number, node: N): void {
    if (this.#last.get(count) !== node) return;
    const before = node.prev as N | undefined;
    if (before !== undefined && before.mark === count) this.#last.set(count, before);
    else this.#last.delete(count);
  }
}

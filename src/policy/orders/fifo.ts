import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";

/** First in, first out: the value stored longest ago leaves, however often it was read. */
export class FifoOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = false;
  readonly #queue = new Queue<N>();

  added(node: N): void {
    this.#queue.push(node);
  }

  touched(): void {}

  removed(node: N): void {
    this.#queue.remove(node);
  }

  victim(): N | undefined {
    return this.#queue.shift();
  }
}

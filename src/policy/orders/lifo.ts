import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";

/** Last in, first out: the value stored most recently leaves, which keeps the oldest ones. */
export class LifoOrder<N extends Ranked> implements EvictionOrder<N> {
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
    return this.#queue.pop();
  }
}

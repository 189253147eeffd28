import type { EvictionOrder, Ranked } from "./order.ts";
import { Queue } from "./queue.ts";

/** Most recently used first: right for loops over more entries than there is room for. */
export class MruOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = true;
  readonly #queue = new Queue<N>();

  added(node: N): void {
    this.#queue.push(node);
  }

  touched(node: N): void {
    this.#queue.renew(node);
  }

  removed(node: N): void {
    this.#queue.remove(node);
  }

  victim(): N | undefined {
    return this.#queue.pop();
  }
}

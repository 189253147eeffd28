import type { EvictionOrder, Ranked } from "./order.ts";

/** Random replacement: any entry leaves, with equal chances. */
export class RandomOrder<N extends Ranked> implements EvictionOrder<N> {
  readonly eager = false;
  /** All nodes; each knows its index as its `place`. */
  readonly #nodes: N[] = [];
  readonly #random: () => number;

  /** @param random Numbers in [0, 1). Called for the first time when something has to leave. */
  constructor(random: () => number) {
    this.#random = random;
  }

  added(node: N): void {
    node.place = this.#nodes.push(node) - 1;
  }

  touched(): void {}

  removed(node: N): void {
    const last = this.#nodes.pop()!;
    if (last === node) return;
    this.#nodes[node.place] = last;
    last.place = node.place;
  }

  victim(): N | undefined {
    const node = this.#nodes[Math.floor(this.#random() * this.#nodes.length)];
    if (node !== undefined) this.removed(node);
    return node;
  }
}
